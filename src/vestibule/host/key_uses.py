"""What a key is still needed for: before it is taken out of the ring."""

from sqlalchemy import Text, cast, func, select

from vestibule.audit.models import Event, EventSeal
from vestibule.authenticators.models import Authenticator, Enrolment
from vestibule.foundation.services import Services
from vestibule.notices.models import Outbox
from vestibule.sessions.models import Session
from vestibule.signin.models import PendingSignin

# What is named by the key in a column of its own, and what is a text that begins with it.
_NAMED = (
    (Authenticator.key_id, "authenticators"),
    (Enrolment.key_id, "set-ups that wait for their first code"),
)
_BEGINS = (
    (PendingSignin.host_session, "sign-ins between the steps"),
    (Session.unseen_codes, "backup codes that were not shown yet"),
    (cast(Outbox.parameters, Text), "mails that wait"),
)
_SIGNED = ((Event.key_id, "events"), (EventSeal.key_id, "seals"))


def sealed_with(services: Services, key_id: str) -> dict[str, int]:
    """How many rows only this key opens, by what they are."""
    found = {}
    with services.database.read() as connection:
        for column, what in _NAMED:
            count = select(func.count()).where(column == key_id)
            found[what] = connection.execute(count).scalar_one()
        for text, what in _BEGINS:
            count = select(func.count()).where(text.contains(f"{key_id}.", autoescape=True))
            found[what] = connection.execute(count).scalar_one()
    return {what: count for what, count in found.items() if count}


def has_signed(services: Services, key_id: str) -> bool:
    """Whether the audit log has rows that only this key can verify."""
    with services.database.read() as connection:
        return any(
            connection.execute(select(column).where(column == key_id).limit(1)).first()
            for column, _ in _SIGNED
        )
