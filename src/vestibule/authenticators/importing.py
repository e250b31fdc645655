"""Giving people the authenticators that they had at another program."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, bindparam, insert, select

from vestibule.audit.flows import record
from vestibule.audit.models import Event
from vestibule.audit.values import EventKind, Factor, Origin
from vestibule.authenticators.flows import MOST_AUTHENTICATORS, bound_to
from vestibule.authenticators.models import Authenticator
from vestibule.authenticators.values import DEFAULT_NAME, WIDEST_WINDOW, step_at
from vestibule.foundation.services import Services
from vestibule.foundation.tokens import new_id
from vestibule.subjects.flows import SubjectSeen, ensure_on, find, lock, revoke

_HAS = select(Authenticator.id, Authenticator.fingerprint).where(
    Authenticator.subject_id == bindparam("subject_id")
)
_IMPORTS = select(Event.details).where(
    Event.subject_id == bindparam("subject_id"),
    Event.kind == EventKind.AUTHENTICATOR_IMPORTED.value,
)

ORIGIN = Origin("", "", "")
"""The command line: no request."""


@dataclass(frozen=True)
class Wanted:
    """The user, by the key that the host has for it, and a secret for that account."""

    user_id: str
    secret: str = field(repr=False)  # a traceback must not show it (P10)


class Outcome(StrEnum):
    NEW = "new"
    THERE = "there"
    """The account has this secret."""
    REMOVED = "removed"
    """It was taken over before, and the person removed it since."""
    OWN = "own"
    """The person set up an authenticator here: an older one must not come beside it."""
    FULL = "full"


def outlook(services: Services, batch: Sequence[Wanted]) -> list[Outcome]:
    """What :func:`take_over` would do; nothing is written."""
    with services.database.read() as connection:
        return [_judge(connection, services, one) for one in batch]


def take_over(services: Services, batch: Sequence[Wanted]) -> list[Outcome]:
    """Give each account its secret, all of a batch in one transaction.

    Once done it changes nothing when done again. Codes of this moment and older ones are spent:
    the other program may have accepted them just now (P2). Every session and pending sign-in of an
    account that gets one ends: it was built without that second step. Raises ``Unavailable``.
    """
    with services.database.write() as connection:
        now = services.clock.now()
        # In one order, so that two imports at once wait for each other instead of deadlocking.
        outcomes = {
            place: add_on(connection, services, now, batch[place])
            for place in sorted(range(len(batch)), key=lambda place: batch[place].user_id)
        }
    return [outcomes[place] for place in range(len(batch))]


def add_on(connection: Connection, services: Services, now: datetime, wanted: Wanted) -> Outcome:
    """As :func:`take_over` for one account, inside the caller's transaction."""
    subject = _locked(connection, now, wanted.user_id)
    outcome = _judge(connection, services, wanted)
    if outcome is Outcome.NEW:
        _add(connection, services, now, subject, wanted.secret)
    return outcome


def _locked(connection: Connection, now: datetime, user_id: str) -> SubjectSeen:
    seen = ensure_on(connection, now, user_id)
    while not lock(connection, seen):
        # Something was revoked since: look again until the version stands still.
        seen = ensure_on(connection, now, user_id)
    return seen


def _judge(connection: Connection, services: Services, wanted: Wanted) -> Outcome:
    subject = find(connection, wanted.user_id)
    if subject is None:
        return Outcome.NEW
    # Under every key: a row may be older than the current one.
    prints = services.keyring.macs("totp-secret", f"{subject.id}:{wanted.secret}")
    has = {row.id: row.fingerprint for row in connection.execute(_HAS, {"subject_id": subject.id})}
    if any(one in prints for one in has.values()):
        return Outcome.THERE
    imported = {
        row.details["authenticator"]: row.details["fingerprint"]
        for row in connection.execute(_IMPORTS, {"subject_id": subject.id})
    }
    if any(one in prints for one in imported.values()):
        return Outcome.REMOVED
    if has.keys() - imported.keys():
        return Outcome.OWN
    return Outcome.FULL if len(has) >= MOST_AUTHENTICATORS else Outcome.NEW


def _add(
    connection: Connection, services: Services, now: datetime, subject: SubjectSeen, secret: str
) -> None:
    identity = new_id()
    sealed = services.keyring.seal(secret.encode(), *bound_to(subject.id, identity))
    fingerprint = services.keyring.mac("totp-secret", f"{subject.id}:{secret}")
    connection.execute(
        insert(Authenticator).values(
            id=identity,
            subject_id=subject.id,
            name=DEFAULT_NAME,
            fingerprint=fingerprint,
            key_id=sealed.key_id,
            ciphertext=sealed.ciphertext,
            # The other program may have let in a phone whose clock is ahead.
            last_step=step_at(now) + WIDEST_WINDOW,
            confirmed_at=now,
            last_used_at=now,
        )
    )
    revoke(connection, subject)
    record(
        connection,
        now,
        EventKind.AUTHENTICATOR_IMPORTED,
        origin=ORIGIN,
        subject_id=subject.id,
        factor=Factor.TOTP,
        # A later import knows by it what the person has removed since.
        details={"authenticator": identity, "fingerprint": fingerprint},
    )
