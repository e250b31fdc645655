"""Making, looking up and using one-time links."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, delete, insert, select

from vestibule.audit.flows import record
from vestibule.audit.values import EventKind, Origin
from vestibule.foundation.purging import delete_over
from vestibule.foundation.services import Services
from vestibule.foundation.tokens import new_token, token_key
from vestibule.one_time_tokens.models import OneTimeToken
from vestibule.one_time_tokens.values import Fault, Link, LinkRefused, Purpose
from vestibule.subjects.flows import SubjectSeen
from vestibule.subjects.models import Subject

_LOAD = (
    select(
        OneTimeToken.id,
        OneTimeToken.subject_id,
        Subject.user_id,
        OneTimeToken.about,
        OneTimeToken.ends_at,
        (Subject.version == OneTimeToken.version).label("is_current"),
    )
    .join(Subject, Subject.id == OneTimeToken.subject_id)
    .where(
        OneTimeToken.id == bindparam("id"),
        OneTimeToken.kind == bindparam("kind"),
        Subject.closed == "",
    )
)


def issue(
    connection: Connection,
    now: datetime,
    seen: SubjectSeen,
    purpose: Purpose,
    lifetime: timedelta,
    origin: Origin,
    about: str = "",
) -> str:
    """Make a link's token; older ones of its purpose are void.

    The caller holds the lock on the subject, so two of these cannot leave two.
    """
    connection.execute(
        delete(OneTimeToken).where(
            OneTimeToken.subject_id == seen.id, OneTimeToken.kind == purpose.value
        )
    )
    token = new_token()
    connection.execute(
        insert(OneTimeToken).values(
            id=token_key(token),
            subject_id=seen.id,
            version=seen.version,
            kind=purpose.value,
            about=about,
            made_at=now,
            ends_at=now + lifetime,
        )
    )
    details = {"purpose": purpose.value}
    record(connection, now, EventKind.LINK_MADE, origin=origin, subject_id=seen.id, details=details)
    return token


def look_up(services: Services, token: str, purpose: Purpose) -> Link:
    """The link of a token; raises :class:`LinkRefused`. Looking changes nothing (L59)."""
    values = {"id": token_key(token), "kind": purpose.value}
    with services.database.read() as connection:
        row = connection.execute(_LOAD, values).first()
    if row is None:
        raise LinkRefused(Fault.UNKNOWN)
    if not row.is_current:
        raise LinkRefused(Fault.REVOKED)
    if row.ends_at <= services.clock.now():
        raise LinkRefused(Fault.EXPIRED)
    return Link(row.id, row.subject_id, row.user_id, row.about)


def works(services: Services, token: str, purpose: Purpose) -> bool:
    """Whether a link of this token can still be used."""
    try:
        look_up(services, token, purpose)
    except LinkRefused:
        return False
    return True


def use(
    connection: Connection,
    now: datetime,
    link: Link,
    seen: SubjectSeen,
    purpose: Purpose,
    origin: Origin,
) -> None:
    """Use a link up, in the transaction of what it is for; raises :class:`LinkRefused`.

    The DELETE is the claim: of any number of parallel uses one finds the row (L07), and only for
    the account and the version that it was made for (L40).
    """
    gone = connection.execute(
        delete(OneTimeToken).where(
            OneTimeToken.id == link.id,
            OneTimeToken.subject_id == seen.id,
            OneTimeToken.version == seen.version,
            OneTimeToken.kind == purpose.value,
            OneTimeToken.ends_at > now,
        )
    )
    if gone.rowcount != 1:
        raise LinkRefused(Fault.UNKNOWN)
    details = {"purpose": purpose.value}
    record(connection, now, EventKind.LINK_USED, origin=origin, subject_id=seen.id, details=details)


def purge(connection: Connection, now: datetime) -> int:
    """Delete links a day after they ended; until then their page says that they did."""
    old = now - timedelta(days=1)
    return delete_over(connection, OneTimeToken, OneTimeToken.ends_at <= old)
