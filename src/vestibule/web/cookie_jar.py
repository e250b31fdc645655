"""The cookies that an answer sets and takes away."""

from datetime import datetime

from flask import request
from werkzeug.wrappers import Response


class CookieJar:
    """What one answer does to the browser's cookies; written once, at the very end."""

    def __init__(self, *, secure: bool) -> None:
        self._secure = secure
        self._set: dict[str, tuple[str, datetime | None]] = {}
        self._dropped: set[tuple[str, str | None, str]] = set()

    def held(self, name: str) -> str | None:
        """What the browser came with."""
        return request.cookies.get(name)

    def given(self, name: str) -> str | None:
        """What the browser gets with this answer."""
        return self._set[name][0] if name in self._set else None

    def give(self, name: str, token: str, until: datetime | None = None) -> None:
        """Without a time it is gone with the browser."""
        self._set[name] = token, until

    def drop(self, name: str, *, domain: str | None = None, path: str = "/") -> None:
        """Take a cookie away, whether the browser came with it or was to get it now."""
        self._set.pop(name, None)
        if name in request.cookies:
            self._dropped.add((name, domain, path))

    def leave(self, name: str) -> None:
        """The browser keeps of this name what it came with."""
        self._set.pop(name, None)
        self._dropped = {one for one in self._dropped if one[0] != name}

    def write(self, answer: Response, now: datetime) -> None:
        # Opaque, no Domain; the server's row decides the end, never the cookie's age (SES-7).
        attributes = {"secure": self._secure, "httponly": True, "samesite": "Lax"}
        for name, (token, until) in self._set.items():
            max_age = None if until is None else until - now
            answer.set_cookie(name, token, max_age=max_age, path="/", **attributes)  # type: ignore[arg-type]
        for name, domain, path in self._dropped:
            if name not in self._set:
                answer.delete_cookie(name, path=path, domain=domain, **attributes)  # type: ignore[arg-type]
