"""Taking tries of the second step: committed, with their events, before anything is compared."""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import Connection

from vestibule.audit.flows import record
from vestibule.audit.values import EventKind, Factor, Origin, Result
from vestibule.authenticators.flows import disable_all
from vestibule.foundation.budgets import Allowed, Try, spend
from vestibule.foundation.services import Services
from vestibule.signin.errors import TooManyTries
from vestibule.signin.refusals import of_kind, record_refusal
from vestibule.signin.schedule import CODE_ACCOUNT


def take_tries(
    services: Services,
    now: datetime,
    tries: Sequence[Try],
    subject_id: str | None,
    factor: Factor,
    origin: Origin,
    holder: Try | None = None,
    and_then: Callable[[Connection, Allowed], None] | None = None,
    quietly: Sequence[Try] = (),
) -> Allowed:
    """Take one try from each budget in a committed transaction of its own, with its event.

    ``holder`` is what the sign-in itself may spend; where that is used up, signing in again helps
    at once. ``quietly`` is as of :func:`spend`; ``and_then`` runs in that transaction once all are
    taken. Raises :class:`TooManyTries`; refusals are events too.
    """
    own = [holder] if holder else []

    def attempt(connection: Connection, taken: Allowed) -> None:
        if holder and holder.budget.kind not in taken.counts:
            # Raised inside the transaction, so that the account's budget loses nothing.
            raise TooManyTries(holder.budget.kind, now)
        if and_then:
            and_then(connection, taken)
        record(
            connection,
            now,
            EventKind.TRY_TAKEN,
            origin=origin,
            subject_id=subject_id,
            factor=factor,
        )

    try:
        outcome = spend(services.database, now, tries, attempt, [*own, *quietly])
        if isinstance(outcome, Allowed):
            return outcome
        raise TooManyTries(outcome.kind, outcome.retry_at)
    except TooManyTries as refused:
        with services.database.write() as connection:
            record_refusal(
                connection,
                now,
                of_kind(refused.kind, [*tries, *own]),
                subject_id=subject_id,
                factor=factor,
                origin=origin,
            )
            if subject_id and refused.kind == CODE_ACCOUNT.kind and refused.retry_at is None:
                # Used up for good, yet not disabled: the process that took the last try was
                # killed before it wrote the outcome.
                disable_all(connection, subject_id, now, origin)
        raise


def record_failure(
    connection: Connection,
    now: datetime,
    subject_id: str,
    factor: Factor,
    origin: Origin,
    kind: EventKind = EventKind.SECOND_STEP_FAILED,
) -> None:
    record(
        connection,
        now,
        kind,
        origin=origin,
        subject_id=subject_id,
        factor=factor,
        result=Result.FAILED,
    )
