"""What only the host knows, and whether it ever said so: the audit log tells."""

from sqlalchemy import Connection, select

from vestibule.audit.models import Event
from vestibule.audit.values import EventKind, Factor
from vestibule.foundation.services import Services
from vestibule.settings import Finding

_CALLS = (
    (
        EventKind.TRY_TAKEN,
        Finding(
            "password_try",
            "Never seen: wrong passwords are not counted.",
            "with vestibule.password_try(name, user) as attempt: (around the comparison)",
        ),
    ),
    (
        EventKind.PASSWORD_CHANGED,
        Finding(
            "password_changed",
            "Never seen: sessions opened with an old password go on.",
            "vestibule.password_changed(user) (after each change of a password)",
        ),
    ),
    (
        EventKind.SIGNED_OUT_EVERYWHERE,
        Finding(
            "sign_out_everywhere",
            "Never seen: nobody can end a session that was left open elsewhere.",
            "vestibule.sign_out_everywhere(user) (behind a button of the account's page)",
        ),
    ),
    (
        EventKind.ACCOUNT_FORGOTTEN,
        Finding(
            "forget",
            "Never seen: if users are deleted with SQL, their second step stays behind.",
            "vestibule.forget(user) (where a user is deleted; db.session.delete(user) needs none)",
        ),
    ),
)


def calls_never_seen(services: Services) -> list[Finding]:
    """Each call that left no event yet, in whatever process; with the line to add."""
    with services.database.read() as connection:
        return [finding for kind, finding in _CALLS if not _was_seen(connection, kind)]


def _was_seen(connection: Connection, kind: EventKind) -> bool:
    found = select(Event.id).where(Event.kind == kind.value).limit(1)
    if kind is EventKind.TRY_TAKEN:
        # Codes are counted too, without any call of the host's.
        found = found.where(Event.factor == Factor.PASSWORD.value)
    return connection.execute(found).first() is not None
