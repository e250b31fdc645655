"""What a policy says of an account, and what that asks of it at one instant."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, Literal, NamedTuple, get_args

from vestibule.sessions.values import SigninContext

Word = Literal["off", "optional", "required", "phishing_resistant"]


@dataclass(frozen=True)
class Required:
    """The account must have a second step: from ``since`` on (a date begins at 0:00 UTC), else at
    once; until then it may. ``by_link``: the first one is set up only with a one-time link.
    ``phishing_resistant``: nothing but a passkey is enough. Raises ValueError for a ``since`` that
    is no date, or has a time and no zone.
    """

    since: date | datetime | None = None
    by_link: bool = False
    phishing_resistant: bool = False

    def __post_init__(self) -> None:
        if self.since is not None:
            instant(self.since)


Policy = Word | Required
Decide = Callable[[Any, SigninContext], Policy]


class Demand(NamedTuple):
    """What is asked now of an account without a second step."""

    is_offered: bool
    """Whether it may set one up at all."""
    is_required: bool
    due: datetime | None = None
    """When it will be required, where that is still to come."""
    by_link: bool = False
    phishing_resistant: bool = False
    """Whether only a passkey is enough, also for an account that has another second step."""


def demand(said: object, now: datetime) -> Demand:
    """Read what a policy said; raises ValueError where that is no policy.

    Anything else would silently mean "optional", and let people in.
    """
    if isinstance(said, Required):
        since = None if said.since is None else instant(said.since)
        if since is not None and now < since:
            return Demand(is_offered=True, is_required=False, due=since, by_link=said.by_link)
        return Demand(
            is_offered=True,
            is_required=True,
            by_link=said.by_link,
            phishing_resistant=said.phishing_resistant,
        )
    if said == "phishing_resistant":
        return Demand(is_offered=True, is_required=True, phishing_resistant=True)
    if not isinstance(said, str) or said not in get_args(Word):
        raise ValueError(
            f"The policy said {said!r}: it must say 'off', 'optional', 'required', "
            "'phishing_resistant' or Required(...)."
        )
    return Demand(is_offered=said != "off", is_required=said == "required")


def instant(given: object) -> datetime:
    """The moment that a date begins, in UTC, or a time with its zone."""
    if isinstance(given, datetime):
        if given.tzinfo is None:
            raise ValueError(f"{given!r} has no time zone: nobody can tell when that is.")
        return given.astimezone(UTC)
    if isinstance(given, date):
        return datetime.combine(given, time(), UTC)
    raise ValueError(f"{given!r} is neither a date nor a time.")
