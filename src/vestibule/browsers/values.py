"""What a browser's cookie says, as pure facts."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from vestibule.foundation.tokens import token_key
from vestibule.texts import Text

STILL_UNDER_WAY = timedelta(seconds=30)
"""A browser that opens several pages at once sends them all with the cookie it had: for so long
after the first of them an old token is that browser's, afterwards it is somebody's copy."""

LONGEST = timedelta(days=400)
"""No browser keeps a cookie for longer (RFC 6265bis), so no row is kept for longer either."""


MOST_LISTED = 100
"""A page shows so many browsers, those used last; an account may have any number."""

LONGEST_NAME = 60
"""Characters of the name that a person gives a browser."""


@dataclass(frozen=True)
class TwoParts:
    """The two parts of a cookie: one names the row, the other changes at each use."""

    name: str = field(repr=False)
    token: str = field(repr=False)

    @property
    def text(self) -> str:
        return f"{self.name}.{self.token}"

    @property
    def row_id(self) -> str:
        """The key of the row that it names."""
        return token_key(self.name)


def read_cookie(text: str) -> TwoParts:
    """Any text is one; only the database knows which are good."""
    name, _, token = text.partition(".")
    return TwoParts(name, token)


@dataclass(frozen=True)
class NewCookie:
    """A cookie for the browser to keep until then."""

    browser_id: str
    text: str = field(repr=False)
    ends_at: datetime


@dataclass(frozen=True)
class Remembered:
    """A remembered browser that was good when it was loaded for this request."""

    id: str
    cookie: TwoParts = field(repr=False)
    subject_id: str
    version: int
    user_id: str
    login_id: str
    method: str
    first_step_at: datetime
    ends_at: datetime


def clean_name(text: str) -> str:
    """A name that a person gives a browser, as it is kept; empty: the one it has by itself."""
    return " ".join(text.split())


def name_problem(text: str) -> Text | None:
    """Why this cannot be a browser's name, as a sentence; None if it can."""
    name = clean_name(text)
    if len(name) > LONGEST_NAME:
        return Text(
            "The name has %(count)s characters, at most %(most)s are possible.",
            count=len(name),
            most=LONGEST_NAME,
        )
    if not name.isprintable():
        return Text("The name has a character that cannot be shown. Type it again without.")
    return None


def bounded(length: timedelta) -> timedelta:
    """How long a browser is remembered where the host asks for ``length``."""
    return min(length, LONGEST)
