"""Every authenticator's secret, for an operator who leaves."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy import bindparam, func, select

from vestibule.audit.flows import record
from vestibule.audit.values import EventKind, Origin
from vestibule.authenticators.flows import bound_to
from vestibule.authenticators.models import Authenticator
from vestibule.foundation.keyring import Sealed
from vestibule.foundation.services import Services
from vestibule.subjects.models import Subject

BATCH = 500
_NEXT = (
    select(
        Authenticator.id,
        Authenticator.subject_id,
        Authenticator.key_id,
        Authenticator.ciphertext,
        Subject.user_id,
    )
    .join(Subject, Subject.id == Authenticator.subject_id)
    .where(Subject.closed == "", Authenticator.id > bindparam("last"))
    .order_by(Authenticator.id)
    .limit(BATCH)
)


@dataclass(frozen=True)
class Exported:
    user_id: str
    secret: str = field(repr=False)  # a traceback must not show it (P10)


def announced(services: Services, origin: Origin) -> int:
    """Write the event that tells of an export, and return how many secrets there are.

    Committed before the first secret is read: whoever stops the export half-way leaves its trace.
    """
    with services.database.write() as connection:
        count = connection.execute(select(func.count()).select_from(Authenticator)).scalar_one()
        record(
            connection,
            services.clock.now(),
            EventKind.SECRETS_EXPORTED,
            origin=origin,
            details={"count": count},
        )
    return count


def secrets_in_batches(services: Services) -> Iterator[list[Exported]]:
    """All secrets, disabled authenticators' too: without those the accounts would have no second
    step at all. Raises ``KeyMissing``, ``Unreadable`` and ``Unavailable``.
    """
    last = ""
    while True:
        with services.database.read() as connection:
            rows = connection.execute(_NEXT, {"last": last}).all()
        if not rows:
            return
        last = rows[-1].id
        yield [
            Exported(
                row.user_id,
                services.keyring.unseal(
                    Sealed(row.key_id, row.ciphertext), *bound_to(row.subject_id, row.id)
                ).decode(),
            )
            for row in rows
        ]
