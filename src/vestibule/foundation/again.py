"""Doing a transaction again that the database undid for another's sake: the one place for it."""

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from vestibule.foundation.database import Conflict, commits_here

TIMES = 3
"""How often it is done in all. The other one goes on meanwhile, so the second time it succeeds."""

P = ParamSpec("P")
R = TypeVar("R")


def again(use_case: Callable[P, R]) -> Callable[P, R]:
    """Do it again where it raises :class:`Conflict`, for a use case that is one transaction.

    What was undone may be done again, as nobody heard of it. What was committed may not: once the
    use case has committed anything, a try that it took above all, the conflict is raised as it is.
    """

    @functools.wraps(use_case)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        for _ in range(TIMES - 1):
            before = commits_here()
            try:
                return use_case(*args, **kwargs)
            except Conflict:
                if commits_here() != before:
                    raise
        return use_case(*args, **kwargs)

    return wrapped
