"""Who sets up an authenticator, and whether the policy lets them."""

from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from flask import request, url_for
from werkzeug.wrappers import Response

from vestibule.one_time_tokens.values import Link, Purpose
from vestibule.recovery.flows import under_way
from vestibule.sessions.values import LiveSession
from vestibule.signin.enrolment_links import good_for
from vestibule.signin.policy import Demand
from vestibule.signin.stages import OF_A_SECOND_STEP, Pending, PendingOver, Stage
from vestibule.signin.values import safe_next
from vestibule.texts import Text
from vestibule.web.leading_on import is_setup
from vestibule.web.pages import (
    after_sign_in,
    lead_back,
    left_in_words,
    see_other,
    sign_in_first,
    why_over,
)
from vestibule.web.request_state import runtime, state

RECOVERY_OVER = Text("The second step stays as it is: what was asked for is over. Sign in again.")


@dataclass(frozen=True)
class Person:
    """Who sets up: somebody who must at the end of a sign-in, or somebody signed in."""

    holder: Pending | LiveSession
    account_name: str
    demand: Demand

    @property
    def must(self) -> bool:
        return isinstance(self.holder, Pending)

    @property
    def recovers(self) -> bool:
        """Whether it takes the place of a second step that was lost."""
        return isinstance(self.holder, Pending) and self.holder.stage is Stage.RECOVERY

    @property
    def is_first(self) -> bool:
        """Whether it is the account's first authenticator: the policy speaks of no other."""
        if isinstance(self.holder, Pending):
            return self.holder.second_step_at is None
        factors = self.holder.factors
        return factors.second_step_at is None and factors.trusted_by is None

    @property
    def next_url(self) -> str:
        """Where the set-up leads: what the sign-in was for, or what this page was opened for."""
        wanted: str | None = request.values.get("next")
        if isinstance(self.holder, Pending):
            wanted = self.holder.next_url
        if wanted and is_setup(wanted):
            # Opened by somebody who had to sign in first: it must not lead to itself.
            wanted = parse_qs(urlsplit(wanted).query).get("next", [""])[0]
        return safe_next(wanted) or after_sign_in()

    @property
    def over(self) -> PendingOver | None:
        """What is kept of a sign-in that ended meanwhile."""
        if isinstance(self.holder, Pending):
            return PendingOver(self.holder.account_name, self.holder.next_url)
        return None


def who_sets_up() -> Person | Response:
    """Whose set-up this request is of; or the way to where they have to go first."""
    pending, session = state().pending, runtime().session()
    # A live pending sign-in is what this browser is doing now, whatever session it still holds.
    if isinstance(pending, Pending):
        if pending.stage in OF_A_SECOND_STEP:
            # L04: between the steps of an account that has a factor, no secret is ever shown.
            return see_other(url_for("vestibule.verify"))
        if pending.stage is Stage.RECOVERY and not _is_open(pending):
            return lead_back(RECOVERY_OVER, PendingOver(pending.account_name, pending.next_url))
        demand = runtime().demand()
        if demand is None or not demand.is_offered:
            # The user is gone, or need not and may not set up any more.
            over = PendingOver(pending.account_name, pending.next_url)
            return lead_back(why_over(over), over)
        return Person(pending, pending.account_name, demand)
    demand = runtime().demand()
    if session and demand:
        return Person(session, runtime().account_name(), demand)
    if isinstance(pending, PendingOver):
        return lead_back(why_over(pending), pending)
    wanted = url_for("vestibule.setup", next=safe_next(request.args.get("next")))
    if state().link_token(Purpose.ENROLMENT):
        return lead_back(Text("Sign in to set up the second step."), PendingOver("", wanted))
    return sign_in_first(wanted)


def _is_open(pending: Pending) -> bool:
    """Whether nobody stopped meanwhile what let this sign-in go on with a set-up."""
    now = runtime().services.clock.now()
    with runtime().services.database.read() as connection:
        found = under_way(connection, now, pending.subject_id)
    return found is not None and found.is_open(now)


class NotOffered(Exception):
    """The policy offers this account no second step, or only with a link."""


def link_of(person: Person) -> Link | None:
    """The link to be used up by this set-up, where the policy wants one.

    Raises :class:`NotOffered` where it is not there, and :class:`LinkRefused`.
    """
    if not person.is_first:
        return None
    if not person.demand.is_offered:
        raise NotOffered
    if not person.demand.by_link:
        return None
    token = state().link_token(Purpose.ENROLMENT)
    if token is None:
        raise NotOffered
    return good_for(runtime().services, token, person.holder.subject_id)


def time_left(person: Person) -> dict[str, object]:
    """For a page: when the second step will be required, and how long that is from now."""
    due = person.demand.due if person.is_first else None
    left = left_in_words(due - runtime().services.clock.now()) if due else ""
    return {"due": due, "left": left}
