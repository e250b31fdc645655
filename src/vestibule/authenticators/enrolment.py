"""Setting up an authenticator: offer a secret, then confirm it with its first code."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from vestibule.audit.flows import record
from vestibule.audit.values import EventKind, Factor, Origin
from vestibule.authenticators.flows import MOST_AUTHENTICATORS, bound_to, of_subject, usable
from vestibule.authenticators.models import Authenticator, Enrolment
from vestibule.authenticators.values import new_secret
from vestibule.foundation.database import insert_new
from vestibule.foundation.keyring import Sealed
from vestibule.foundation.purging import delete_over
from vestibule.foundation.services import Services
from vestibule.foundation.tokens import new_id


class EnrolmentOver(Exception):
    """No secret waits for this session or sign-in: it took too long, or was confirmed already."""


class TooManyAuthenticators(Exception):
    """The account has as many authenticators as it may have."""


@dataclass(frozen=True)
class Offer:
    """A secret that waits for its first code until ``ends_at``."""

    secret: str
    ends_at: datetime
    is_new: bool = False
    """Nobody was shown it before, so no code can be of it."""


def waiting(services: Services, owner: str, subject_id: str) -> Offer | None:
    """The secret offered to this owner before, while it may still be confirmed."""
    with services.database.read() as connection:
        row = connection.execute(
            select(Enrolment.key_id, Enrolment.ciphertext, Enrolment.ends_at).where(
                Enrolment.owner == owner, Enrolment.subject_id == subject_id
            )
        ).first()
    if row is None or row.ends_at <= services.clock.now():
        return None
    secret = services.keyring.unseal(
        Sealed(row.key_id, row.ciphertext), "enrolment", subject_id, owner
    )
    return Offer(secret.decode(), row.ends_at)


def offer(services: Services, owner: str, subject_id: str, origin: Origin) -> Offer:
    """The same secret for every reload of one set-up; a new one where none waits."""
    found = waiting(services, owner, subject_id)
    if found:
        return found
    now = services.clock.now()
    sealed = services.keyring.seal(new_secret().encode(), "enrolment", subject_id, owner)
    with services.database.write() as connection:
        connection.execute(
            delete(Enrolment).where(Enrolment.owner == owner, Enrolment.ends_at <= now)
        )
        # Two tabs may ask at once: the primary key lets one secret win, both show that one.
        is_new = insert_new(
            connection,
            Enrolment,
            owner=owner,
            subject_id=subject_id,
            key_id=sealed.key_id,
            ciphertext=sealed.ciphertext,
            ends_at=now + services.settings.enrolment_lifetime,
        )
        if is_new:
            record(
                connection,
                now,
                EventKind.ENROLMENT_STARTED,
                origin=origin,
                subject_id=subject_id,
                factor=Factor.TOTP,
            )
    found = waiting(services, owner, subject_id)
    if found is None:
        raise EnrolmentOver
    return replace(found, is_new=is_new)


def add(
    connection: Connection,
    services: Services,
    now: datetime,
    *,
    owner: str,
    subject_id: str,
    secret: str,
    name: str,
    step: int,
    origin: Origin,
    actor: str | None = None,
) -> None:
    """Turn the waiting secret into an authenticator, inside the caller's transaction.

    The caller holds the lock on the subject. ``step`` is the step of the first code: it is spent
    by this (TOTP-9). Raises :class:`EnrolmentOver` where the secret was confirmed by another
    request meanwhile, :class:`TooManyAuthenticators` where the account is full.
    """
    taken = connection.execute(
        delete(Enrolment).where(Enrolment.owner == owner, Enrolment.ends_at > now)
    )
    if taken.rowcount != 1:
        raise EnrolmentOver
    if len(usable(of_subject(connection, subject_id))) >= MOST_AUTHENTICATORS:
        raise TooManyAuthenticators
    identity = new_id()
    sealed = services.keyring.seal(secret.encode(), *bound_to(subject_id, identity))
    connection.execute(
        insert(Authenticator).values(
            id=identity,
            subject_id=subject_id,
            name=name,
            fingerprint=services.keyring.mac("totp-secret", f"{subject_id}:{secret}"),
            key_id=sealed.key_id,
            ciphertext=sealed.ciphertext,
            last_step=step,
            confirmed_at=now,
            last_used_at=now,
        )
    )
    record(
        connection,
        now,
        EventKind.AUTHENTICATOR_ADDED,
        origin=origin,
        subject_id=subject_id,
        factor=Factor.TOTP,
        actor=actor,
        details={"authenticator": identity},
    )


def purge(connection: Connection, now: datetime) -> int:
    """Delete secrets that were never confirmed in time."""
    return delete_over(connection, Enrolment, Enrolment.ends_at <= now)
