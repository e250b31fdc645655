"""“This wasn’t me”: whoever reads the mailbox closes the account to everybody."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from vestibule.audit.flows import record
from vestibule.audit.values import EventKind, Origin
from vestibule.foundation.services import Services
from vestibule.notices.links import end_links, id_in_token, use_link
from vestibule.notices.models import Outbox
from vestibule.notices.values import link_works_for
from vestibule.signin.second_address import remove_disputed
from vestibule.subjects.flows import SubjectSeen, lock, revoke
from vestibule.subjects.models import Subject


@dataclass(frozen=True)
class Disownable:
    """A notice whose link still works."""

    id: str
    subject_id: str
    user_id: str
    kind: str
    made_at: datetime
    address: str
    browser: str


def look_up(services: Services, token: str) -> Disownable | None:
    """The notice of a link; None where it does not work (any more). Looking changes nothing (L59).

    Unlike other links it outlives changes of the account: whoever is inside would make them.
    """
    identity = id_in_token(services.keyring, token)
    if identity is None:
        return None
    statement = (
        select(Outbox.__table__, Subject.user_id)
        .join(Subject, Subject.id == Outbox.subject_id)
        .where(
            Outbox.id == identity,
            Outbox.link_used_at.is_(None),
            Subject.closed == "",
        )
    )
    with services.database.read() as connection:
        row = connection.execute(statement).first()
    if row is None or row.made_at <= services.clock.now() - link_works_for(row.kind):
        return None
    told = row.parameters
    return Disownable(
        row.id,
        row.subject_id,
        row.user_id,
        row.kind,
        row.made_at,
        told["address"],
        told["browser"],
    )


def disown(
    services: Services,
    notice: Disownable,
    disable_password: Callable[[], None],
    origin: Origin,
) -> bool:
    """Make the password unusable, then end every session, sign-in and remembered browser.

    In this order: a sign-in that began with the password before it was disabled has the version
    from before, and dies with the second change. A thief who sets a new password in between, or
    takes the address to have one sent there, revokes something by that: then it is disabled once
    more. A second address that is new goes too. False where the link was used meanwhile. What
    ``disable_password`` raises leaves the link as it was.
    """
    while True:
        seen = _as_it_is(services, notice)
        if seen is None:
            return False
        disable_password()
        now = services.clock.now()
        with services.database.write() as connection:
            if not lock(connection, seen):
                continue
            if not use_link(connection, now, notice.id, notice.subject_id, notice.kind):
                return False
            remove_disputed(connection, now, notice.subject_id, origin)
            end_links(connection, now, notice.subject_id)
            revoke(connection, seen)
            record(
                connection,
                now,
                EventKind.PASSWORD_DISABLED,
                origin=origin,
                subject_id=notice.subject_id,
                details={"notice": notice.kind},
            )
            return True


def _as_it_is(services: Services, notice: Disownable) -> SubjectSeen | None:
    """The account now; None where it was closed, or the link used."""
    asked = (
        select(Subject.version)
        .join(Outbox, Outbox.subject_id == Subject.id)
        .where(
            Subject.id == notice.subject_id,
            Subject.closed == "",
            Outbox.id == notice.id,
            Outbox.link_used_at.is_(None),
        )
    )
    with services.database.read() as connection:
        version = connection.execute(asked).scalar()
    return None if version is None else SubjectSeen(notice.subject_id, version)
