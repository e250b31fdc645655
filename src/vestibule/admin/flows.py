"""What an administrator does to an account, each with a reason that the audit log keeps."""

from vestibule.audit.flows import record
from vestibule.audit.values import EventKind, Origin
from vestibule.authenticators.changing import remove_all
from vestibule.authenticators.flows import of_subject
from vestibule.backup_codes.flows import facts, retire_all
from vestibule.foundation.budgets import clear
from vestibule.foundation.services import Services
from vestibule.recovery.flows import discard
from vestibule.signin.schedule import CODE_ACCOUNT, CODE_STRANGERS
from vestibule.subjects.flows import find, lock_as_it_is, revoke

LONGEST_REASON = 200


class NothingToReset(Exception):
    """The account has no second step."""


def reset_second_step(
    services: Services, user_id: str, *, reason: str, actor: str, origin: Origin
) -> None:
    """Remove every authenticator and backup code of an account, in one transaction with its event.

    Every session, sign-in and trust of before ends (P7), and a recovery that was asked for is void.
    Raises :class:`NothingToReset`, ``Unavailable``.
    """
    now = services.clock.now()
    with services.database.write() as connection:
        found = find(connection, user_id)
        seen = lock_as_it_is(connection, found.id) if found else None
        if seen is None:
            raise NothingToReset
        if not of_subject(connection, seen.id) and not facts(connection, seen.id).total:
            raise NothingToReset
        remove_all(connection, now, seen.id, origin)
        retire_all(connection, now, seen.id, origin)
        discard(connection, seen.id)
        for budget in (CODE_ACCOUNT, CODE_STRANGERS):
            clear(connection, budget, seen.id)
        revoke(connection, seen)
        record(
            connection,
            now,
            EventKind.SECOND_STEP_RESET,
            origin=origin,
            subject_id=seen.id,
            actor=actor,
            details={"reason": reason},
        )
