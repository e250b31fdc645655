"""Links with which an account sets up its first authenticator."""

from dataclasses import dataclass
from datetime import datetime

from vestibule.audit.values import Origin
from vestibule.foundation.services import Services
from vestibule.one_time_tokens import flows as one_time_tokens
from vestibule.one_time_tokens.values import Fault, Link, LinkRefused, Purpose
from vestibule.signin.at_hand import count
from vestibule.subjects.flows import ensure_on, lock


class HasSecondStep(ValueError):
    """The account has a second step: there is no first authenticator to set up."""


@dataclass(frozen=True)
class Issued:
    token: str
    ends_at: datetime


def issue(services: Services, user_id: str, origin: Origin) -> Issued:
    """Make a link's token for a user of the host; a link made before is void.

    Raises :class:`HasSecondStep`, ``Unavailable``.
    """
    lifetime = services.settings.enrolment_link_lifetime
    while True:
        now = services.clock.now()
        with services.database.write() as connection:
            seen = ensure_on(connection, now, user_id)
            # False where something was revoked between the two statements: look once more.
            if not lock(connection, seen):
                continue
            if count(connection, seen.id):
                raise HasSecondStep("This account has a second step already.")
            token = one_time_tokens.issue(
                connection, now, seen, Purpose.ENROLMENT, lifetime, origin
            )
            return Issued(token, now + lifetime)


def good_for(services: Services, token: str, subject_id: str) -> Link:
    """The link of a token, if it is this account's; raises :class:`LinkRefused` (L40)."""
    link = one_time_tokens.look_up(services, token, Purpose.ENROLMENT)
    if link.subject_id != subject_id:
        raise LinkRefused(Fault.OF_ANOTHER)
    return link
