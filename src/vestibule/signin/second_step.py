"""Passing the second step: with an authenticator's code or with a backup code."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from vestibule.audit.flows import record
from vestibule.audit.values import EventKind, Factor, Origin, Result
from vestibule.authenticators import flows as authenticators
from vestibule.authenticators.flows import CodeUsed, Match, WrongCode
from vestibule.backup_codes import flows as backup_codes
from vestibule.backup_codes.flows import BackupCodeUsed, WrongBackupCode
from vestibule.backup_codes.values import BackupCode
from vestibule.foundation.budgets import (
    Allowed,
    Refused,
    Try,
    clear,
    give_back,
    peek,
    spend,
    take_within,
)
from vestibule.foundation.services import Services
from vestibule.signin.errors import NothingUsable, TooManyTries
from vestibule.signin.flows import Opened, finish
from vestibule.signin.schedule import (
    BACKUP_CODE_ACCOUNT,
    BACKUP_CODE_OWN,
    BACKUP_CODE_PENDING,
    CODE_ACCOUNT,
    CODE_PENDING,
)
from vestibule.signin.stages import Pending
from vestibule.subjects.flows import SubjectSeen


@dataclass(frozen=True)
class Passed:
    """The session, and whether it is certain since this code that the app's clock is wrong."""

    opened: Opened
    clock_turned_out_wrong: bool


def with_code(services: Services, pending: Pending, code: str, origin: Origin) -> Passed:
    """Pass the second step with a well-formed authenticator code.

    Raises :class:`TooManyTries`, :class:`WrongCode`, :class:`CodeUsed`, :class:`NothingUsable`,
    :class:`~vestibule.signin.errors.SigninOver`, ``Unavailable``.
    """
    holder = Try(CODE_PENDING, pending.id)
    found = judge_code(services, pending.subject_id, holder, code, origin)

    def change(connection: Connection, now: datetime, seen: SubjectSeen) -> SubjectSeen:
        spend_match(connection, seen.id, found, now)
        return seen

    try:
        opened = finish(services, pending, Factor.TOTP, origin, change)
        return Passed(opened, found.clock_turned_out_wrong)
    except CodeUsed:
        record_replay(services, pending.subject_id, origin)
        raise


def judge_code(
    services: Services,
    subject_id: str,
    holder: Try | None,
    code: str,
    origin: Origin,
    failed: EventKind = EventKind.SECOND_STEP_FAILED,
) -> Match:
    """Take a try of an account's codes (and of the sign-in's, ``holder``), then compare.

    Nothing of the code itself is spent yet: :func:`spend_match` does that in the transaction that
    uses it. A failure is written here as ``failed``, and after the last allowed one the
    authenticators are disabled. Raises as :func:`with_code`.
    """
    # A node whose clock ran ahead would accept, and so burn, everybody's coming codes.
    services.database_clock.refuse_if_apart()
    with services.database.read() as connection:
        stored = authenticators.of_subject(connection, subject_id)
    if not authenticators.usable(stored):
        raise NothingUsable
    secrets = authenticators.unsealed(services, subject_id, stored)
    now = services.clock.now()
    tries = [Try(CODE_ACCOUNT, subject_id)]
    taken = take_tries(services, now, tries, subject_id, Factor.TOTP, origin, holder)
    try:
        return authenticators.find_match(secrets, code, now, services.settings.totp_window)
    except CodeUsed:
        record_replay(services, subject_id, origin)
        raise
    except WrongCode as error:
        error.failures = taken.counts[CODE_ACCOUNT.kind]
        with services.database.write() as connection:
            _record_failure(connection, now, subject_id, Factor.TOTP, origin, failed)
            if error.failures >= CODE_ACCOUNT.limit:
                authenticators.disable_all(connection, subject_id, now, origin)
        raise


def spend_match(connection: Connection, subject_id: str, found: Match, now: datetime) -> None:
    """Spend a judged code's step and end the row of failures; raises :class:`CodeUsed`."""
    authenticators.spend_step(connection, found, now)
    clear(connection, CODE_ACCOUNT, subject_id)


def record_replay(services: Services, subject_id: str, origin: Origin) -> None:
    """A spent code came again: worth an event of its own (TOTP-7)."""
    with services.database.write() as connection:
        record(
            connection,
            services.clock.now(),
            EventKind.CODE_REPLAYED,
            origin=origin,
            subject_id=subject_id,
            factor=Factor.TOTP,
            result=Result.FAILED,
        )


def with_backup_code(
    services: Services, pending: Pending, code: BackupCode, origin: Origin
) -> Opened:
    """Pass the second step with a well-formed backup code.

    A code is right whatever outsiders spent on the account; a wrong one is answered alike whether
    or not its selector is known. Else outsiders would look for the selectors, and spend those
    codes' own budgets (P4). Raises :class:`TooManyTries`, :class:`WrongBackupCode`,
    :class:`BackupCodeUsed`, :class:`~vestibule.signin.errors.SigninOver`, ``Busy``,
    ``Unavailable``.
    """
    subject_id = pending.subject_id
    account = Try(BACKUP_CODE_ACCOUNT, subject_id)
    refused: Refused | None = None
    with services.hasher.slot() as slot:
        with services.database.read() as connection:
            stored = backup_codes.find(connection, subject_id, code.selector)
        # A selector that belongs to no code has a budget too, under its own hash.
        key = services.keyring.mac("backup-code selector", f"{subject_id}:{code.selector}")
        own = Try(BACKUP_CODE_OWN, stored.id if stored else key)
        now = services.clock.now()

        def account_too(connection: Connection) -> None:
            nonlocal refused
            if not take_within(connection, now, account):
                refused = peek(connection, now, [account]) or Refused(account.budget.kind, now)

        holder = Try(BACKUP_CODE_PENDING, pending.id)
        take_tries(
            services, now, [own], subject_id, Factor.BACKUP_CODE, origin, holder, account_too
        )
        try:
            found = backup_codes.check(slot, stored, code)
        except (WrongBackupCode, BackupCodeUsed) as error:
            with services.database.write() as connection:
                _record_failure(connection, now, subject_id, Factor.BACKUP_CODE, origin)
            if refused and isinstance(error, WrongBackupCode):
                raise TooManyTries(refused.kind, refused.retry_at) from None
            raise

    def change(connection: Connection, now: datetime, seen: SubjectSeen) -> SubjectSeen:
        backup_codes.spend_code(connection, seen.id, found, now, origin)
        if not refused:
            give_back(connection, account)
        return seen

    try:
        return finish(services, pending, Factor.BACKUP_CODE, origin, change)
    except BackupCodeUsed:
        with services.database.write() as connection:
            _record_failure(connection, now, subject_id, Factor.BACKUP_CODE, origin)
        raise


def take_tries(
    services: Services,
    now: datetime,
    tries: Sequence[Try],
    subject_id: str,
    factor: Factor,
    origin: Origin,
    holder: Try | None = None,
    and_then: Callable[[Connection], None] | None = None,
) -> Allowed:
    """Take one try from each budget in a committed transaction of its own, with its event.

    ``holder`` is what the sign-in itself may spend; where that is used up, signing in again helps
    at once. ``and_then`` runs in that transaction once all are taken. Raises
    :class:`TooManyTries`; the refusal is an event too.
    """

    def attempt(connection: Connection) -> None:
        if holder and not take_within(connection, now, holder):
            # Raised inside the transaction, so that the account's budget loses nothing.
            raise TooManyTries(holder.budget.kind, now)
        if and_then:
            and_then(connection)
        record(
            connection,
            now,
            EventKind.TRY_TAKEN,
            origin=origin,
            subject_id=subject_id,
            factor=factor,
        )

    try:
        outcome = spend(services.database, now, tries, attempt)
        if isinstance(outcome, Allowed):
            return outcome
        raise TooManyTries(outcome.kind, outcome.retry_at)
    except TooManyTries as refused:
        with services.database.write() as connection:
            record(
                connection,
                now,
                EventKind.TRY_REFUSED,
                origin=origin,
                subject_id=subject_id,
                factor=factor,
                result=Result.REFUSED,
                details={"budget": refused.kind},
            )
            if refused.kind == CODE_ACCOUNT.kind and refused.retry_at is None:
                # Used up for good, yet not disabled: the process that took the last try was
                # killed before it wrote the outcome.
                authenticators.disable_all(connection, subject_id, now, origin)
        raise


def _record_failure(
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
