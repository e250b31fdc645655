"""Cookies that stand or fall with a commit of the host's."""

from collections.abc import Callable

from werkzeug.wrappers import Response

from vestibule.foundation.database import Unavailable
from vestibule.web.cookie_jar import CookieJar


class HostCommits:
    """SQLAlchemy tells of a commit just before it is done. What an answer gives or takes away then
    is proved by the database before it is sent: where the commit failed, the browser keeps what it
    came with.
    """

    def __init__(self, cookies: CookieJar) -> None:
        self._cookies = cookies
        self._unproved: list[tuple[Callable[[], bool], tuple[str, ...]]] = []

    def prove(self, happened: Callable[[], bool], *names: str) -> None:
        """Let these cookies be as they are now only if ``happened()`` when the answer is sent."""
        self._unproved.append((happened, names))

    def settle(self, answer: Response) -> None:
        for happened, names in self._unproved:
            if not _is_true(happened, answer):
                for name in names:
                    self._cookies.leave(name)


def _is_true(happened: Callable[[], bool], answer: Response) -> bool:
    try:
        return happened()
    except Unavailable:
        # Nobody knows but the view, and that answered.
        return answer.status_code < 500
