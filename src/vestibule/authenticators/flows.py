"""Checking a code against an account's authenticators, and spending it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from vestibule.audit.flows import record
from vestibule.audit.values import EventKind, Factor, Origin, Result
from vestibule.authenticators.clock_diagnosis import drift_after, is_certain
from vestibule.authenticators.models import Authenticator
from vestibule.authenticators.values import match
from vestibule.foundation.guarded_writes import claim_by
from vestibule.foundation.keyring import Sealed
from vestibule.foundation.services import Services

MOST_AUTHENTICATORS = 5
"""Each one multiplies what a guess can hit, so an account has at most this many."""

OF_SUBJECT = (
    select(
        Authenticator.id,
        Authenticator.name,
        Authenticator.key_id,
        Authenticator.ciphertext,
        Authenticator.last_step,
        Authenticator.confirmed_at,
        Authenticator.last_used_at,
        Authenticator.disabled_at,
        Authenticator.drift,
    )
    .where(Authenticator.subject_id == bindparam("subject_id"))
    .order_by(Authenticator.confirmed_at, Authenticator.id)
)


_SPEND = (
    update(Authenticator)
    .where(
        Authenticator.id == bindparam("of_id"),
        Authenticator.last_step < bindparam("step"),
        Authenticator.disabled_at.is_(None),
    )
    .values(
        last_step=bindparam("step"), last_used_at=bindparam("now"), drift=bindparam("new_drift")
    )
)


@dataclass(frozen=True)
class StoredAuthenticator:
    id: str
    name: str
    sealed: Sealed
    last_step: int
    confirmed_at: datetime
    last_used_at: datetime
    disabled_at: datetime | None
    drift: int
    """What its codes showed of its clock: :func:`~.clock_diagnosis.drift_after`."""


@dataclass(frozen=True)
class Unsealed:
    """An authenticator's secret, for the length of one comparison."""

    id: str
    secret: str = field(repr=False)  # a traceback must not show it (P10)
    last_step: int
    drift: int


@dataclass(frozen=True)
class Match:
    """A code that is right: for which authenticator and step, and what it shows of the clock."""

    authenticator_id: str
    step: int
    drift: int
    clock_turned_out_wrong: bool
    """This very code made it certain."""


class WrongCode(Exception):
    """The code belongs to no authenticator of the account now."""

    failures = 1
    """Wrong codes of the account in a row, this one included."""


class CodeUsed(Exception):
    """The code was right, but its step is spent."""


def of_subject(connection: Connection, subject_id: str) -> list[StoredAuthenticator]:
    """All authenticators of an account, disabled ones too: those still count as a second step."""
    rows = connection.execute(OF_SUBJECT, {"subject_id": subject_id})
    return [stored_in(row) for row in rows]


def stored_in(row: Any) -> StoredAuthenticator:
    """What a row of ``OF_SUBJECT`` says."""
    return StoredAuthenticator(
        row.id,
        row.name,
        Sealed(row.key_id, row.ciphertext),
        row.last_step,
        row.confirmed_at,
        row.last_used_at,
        row.disabled_at,
        row.drift,
    )


def usable(stored: Sequence[StoredAuthenticator]) -> list[StoredAuthenticator]:
    return [one for one in stored if one.disabled_at is None]


def unsealed(
    services: Services, subject_id: str, stored: Sequence[StoredAuthenticator]
) -> list[Unsealed]:
    """The usable authenticators with their secrets, before a try is taken: a key that is missing
    must cost nobody a try. Raises ``KeyMissing`` and ``Unreadable``.
    """
    return [
        Unsealed(
            one.id,
            services.keyring.unseal(one.sealed, *bound_to(subject_id, one.id)).decode(),
            one.last_step,
            one.drift,
        )
        for one in usable(stored)
    ]


def find_match(secrets: Sequence[Unsealed], code: str, now: datetime, window: int) -> Match:
    """Compare a well-formed code with every usable authenticator.

    Raises :class:`WrongCode`, or :class:`CodeUsed` where the step was accepted before (TOTP-7).
    """
    replayed = False
    found = None
    for one in secrets:
        hit = match(one.secret, code, now, window)
        if hit is None:
            continue
        if hit.step <= one.last_step:
            replayed = True
        elif found is None:
            drift = drift_after(one.drift, hit.offset, now)
            turned = is_certain(drift) and not is_certain(one.drift)
            found = Match(one.id, hit.step, drift, turned)
    if found:
        return found
    raise CodeUsed if replayed else WrongCode


def spend_step(connection: Connection, found: Match, now: datetime) -> None:
    """Spend the step: of any number of parallel tries with one code exactly one gets here.

    Raises :class:`CodeUsed`. One conditional UPDATE, never read-then-write (TOTP-8); an older step
    than the last accepted one never passes (L18).
    """
    values = {"of_id": found.authenticator_id, "step": found.step, "now": now}
    values["new_drift"] = found.drift
    if not claim_by(connection, _SPEND, values):
        raise CodeUsed


def disable_all(connection: Connection, subject_id: str, now: datetime, origin: Origin) -> None:
    """Disable an account's authenticators after too many failures in a row (RL-2).

    They keep counting as a second step: a disabled one opens neither the site nor enrolment.
    """
    changed = connection.execute(
        update(Authenticator)
        .where(Authenticator.subject_id == subject_id, Authenticator.disabled_at.is_(None))
        .values(disabled_at=now)
    ).rowcount
    if changed:
        record(
            connection,
            now,
            EventKind.AUTHENTICATOR_DISABLED,
            origin=origin,
            subject_id=subject_id,
            factor=Factor.TOTP,
            result=Result.REFUSED,
            details={"count": changed},
        )


def bound_to(subject_id: str, authenticator_id: str) -> tuple[str, ...]:
    """What ties a ciphertext to its row: moved to another account or row it cannot be read."""
    return ("authenticator", subject_id, authenticator_id)
