"""Objects that must let go of something when the process forks: locks, files, connections."""

import os
import weakref
from typing import Protocol


class Forked(Protocol):
    """What has something that a child process must not share with its parent."""

    def before_fork(self) -> None: ...

    def after_fork_in_child(self) -> None: ...


_known: "weakref.WeakSet[Forked]" = weakref.WeakSet()


def tell_of_forks(one: Forked) -> None:
    """Calls the object's two methods around every later fork, as long as it lives."""
    _known.add(one)


def _before() -> None:
    for one in list(_known):
        one.before_fork()


def _after_in_child() -> None:
    for one in list(_known):
        one.after_fork_in_child()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before, after_in_child=_after_in_child)
