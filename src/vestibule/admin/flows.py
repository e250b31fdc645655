"""What an administrator does to an account, each with a reason that the audit log keeps."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection

from vestibule.audit.flows import record
from vestibule.audit.values import EventKind, Origin
from vestibule.authenticators.changing import remove_all
from vestibule.authenticators.flows import of_subject
from vestibule.backup_codes.flows import facts, retire_all
from vestibule.foundation.budgets import clear
from vestibule.foundation.services import Services
from vestibule.recovery.flows import discard, stop_on
from vestibule.signin.password_try import key_of_name
from vestibule.signin.schedule import (
    BACKUP_CODE_ACCOUNT,
    CODE_ACCOUNT,
    CODE_STRANGERS,
    PASSWORD_ACCOUNT,
    PASSWORD_NAME,
)
from vestibule.subjects.flows import SubjectSeen, ensure_on, find, lock_as_it_is, revoke

LONGEST_REASON = 200


class NothingToReset(Exception):
    """The account has no second step."""


class AccountClosed(Exception):
    """The account was closed since the administrator's page found it."""


@dataclass(frozen=True)
class Account:
    """Whose account something is done to."""

    user_id: str
    subject_id: str | None
    """As the page found it; None for a user who never was here. Whoever has the key of a user who
    went meanwhile is somebody else."""


class NothingToStop(Exception):
    """No recovery of the account is under way."""


@dataclass(frozen=True)
class By:
    """Who does it, why, and from where."""

    actor: str
    reason: str
    origin: Origin


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


def refuse_closed(services: Services, account: Account) -> None:
    """Raises :class:`AccountClosed`: before anything is written that would bring it back."""
    with services.database.read() as connection:
        found = find(connection, account.user_id)
    if account.subject_id is not None and (found is None or found.id != account.subject_id):
        raise AccountClosed


def sign_out_everywhere(services: Services, account: Account, by: By) -> None:
    """End every session, sign-in and trust of an account at the next request (P7, SES-12).

    Raises :class:`AccountClosed`, as all of these do, and ``Unavailable``.
    """
    with services.database.write() as connection:
        end_all_on(connection, services, account, EventKind.SIGNED_OUT_BY_ADMINISTRATOR, by)


def unlock(services: Services, account: Account, names: Collection[str], by: By) -> None:
    """Give an account its tries back. ``names`` is what the person signs in with.

    An authenticator that was disabled stays so: 100 wrong codes were no mistyping.
    """
    with services.database.write() as connection:
        seen = _locked(connection, services, account)
        # In the order in which tries are taken: any other could deadlock with one.
        clear(connection, BACKUP_CODE_ACCOUNT, seen.id)
        clear(connection, CODE_ACCOUNT, seen.id)
        clear(connection, CODE_STRANGERS, seen.id)
        clear(connection, PASSWORD_ACCOUNT, services.keyring.mac("account", account.user_id))
        for key in sorted({key_of_name(services, name) for name in names}):
            clear(connection, PASSWORD_NAME, key)
        _record(connection, services, seen, EventKind.UNLOCKED, by)


def stop_recovery(services: Services, account: Account, by: By) -> None:
    """Raises :class:`NothingToStop` where none is under way any more, ``Unavailable``."""
    with services.database.write() as connection:
        seen, now = _locked(connection, services, account), services.clock.now()
        given = {"actor": by.actor, "reason": by.reason}
        if not stop_on(connection, now, seen.id, "administrator", by.origin, **given):
            raise NothingToStop


def end_all_on(
    connection: Connection, services: Services, account: Account, kind: EventKind, by: By
) -> None:
    """End everything of an account, and write why, in the caller's transaction."""
    seen = _locked(connection, services, account)
    revoke(connection, seen)
    _record(connection, services, seen, kind, by)


def link_sent_on(
    connection: Connection, services: Services, account: Account, purpose: str, by: By
) -> None:
    """Write in the caller's transaction that a link was sent to the person, and why."""
    seen = _locked(connection, services, account)
    _record(connection, services, seen, EventKind.LINK_SENT, by, purpose=purpose)


def _locked(connection: Connection, services: Services, account: Account) -> SubjectSeen:
    identity = account.subject_id
    if identity is None:
        identity = ensure_on(connection, services.clock.now(), account.user_id).id
    seen = lock_as_it_is(connection, identity)
    if seen is None:
        raise AccountClosed
    return seen


def _record(
    connection: Connection,
    services: Services,
    seen: SubjectSeen,
    kind: EventKind,
    by: By,
    **details: str,
) -> None:
    record(
        connection,
        services.clock.now(),
        kind,
        origin=by.origin,
        subject_id=seen.id,
        actor=by.actor,
        details={"reason": by.reason, **details},
    )
