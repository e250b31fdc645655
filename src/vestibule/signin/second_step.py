"""Passing the second step: with an authenticator's code, a backup code or a passkey."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from vestibule.audit.values import Factor, Origin
from vestibule.authenticators.flows import CodeUsed
from vestibule.backup_codes import flows as backup_codes
from vestibule.backup_codes.flows import BackupCodeUsed, WrongBackupCode
from vestibule.backup_codes.values import BackupCode
from vestibule.browsers import known
from vestibule.foundation.budgets import Allowed, Refused, Try, give_back, peek
from vestibule.foundation.services import Services
from vestibule.passkeys.values import Purpose, RelyingParty
from vestibule.signin.code_try import judge_code, record_replay, spend_match
from vestibule.signin.errors import NothingUsable, TooManyTries
from vestibule.signin.flows import Opened, TrustWish, Waiting, finish, go_on
from vestibule.signin.hashing_slots import hashing_slot
from vestibule.signin.passkey_try import Asked, judge_passkey
from vestibule.signin.schedule import (
    BACKUP_CODE_ACCOUNT,
    BACKUP_CODE_OWN,
    BACKUP_CODE_PENDING,
    CODE_PENDING,
    PASSKEY_PENDING,
)
from vestibule.signin.stages import Pending, Stage
from vestibule.signin.tries import record_failure, take_tries
from vestibule.subjects.flows import SubjectSeen


@dataclass(frozen=True)
class Passed:
    """What comes next, and whether this code made it certain that the app's clock is wrong."""

    opened: Opened | Waiting
    clock_turned_out_wrong: bool


def with_code(
    services: Services,
    pending: Pending,
    code: str,
    origin: Origin,
    known_cookie: str | None,
    wish: TrustWish | None = None,
) -> Passed:
    """Pass the second step with a well-formed authenticator code.

    Raises :class:`TooManyTries`, :class:`WrongCode`, :class:`CodeUsed`, :class:`NothingUsable`,
    :class:`~vestibule.signin.errors.SigninOver`, ``Unavailable``.
    """
    _refuse_unless_enough(pending)
    holder = Try(CODE_PENDING, pending.id)
    found = judge_code(services, pending.subject_id, holder, code, origin, known_cookie)

    def change(connection: Connection, now: datetime, seen: SubjectSeen) -> SubjectSeen:
        spend_match(connection, seen.id, found, now)
        return seen

    try:
        opened = _pass(services, pending, Factor.TOTP, origin, known_cookie, change, wish)
        return Passed(opened, found.match.clock_turned_out_wrong)
    except CodeUsed:
        record_replay(services, pending.subject_id, origin)
        raise


def with_backup_code(
    services: Services, pending: Pending, code: BackupCode, origin: Origin, known_cookie: str | None
) -> Opened | Waiting:
    """Pass the second step with a well-formed backup code.

    A code is right whatever outsiders spent on the account; a wrong one is answered alike whether
    or not its selector is known. Else outsiders would look for the selectors, and spend those
    codes' own budgets (P4). Raises :class:`TooManyTries`, :class:`WrongBackupCode`,
    :class:`BackupCodeUsed`, :class:`~vestibule.signin.errors.SigninOver`, ``Busy``,
    ``Unavailable``.
    """
    _refuse_unless_enough(pending)
    subject_id = pending.subject_id
    account = Try(BACKUP_CODE_ACCOUNT, subject_id)
    refused: Refused | None = None
    with services.database.read() as connection:
        browser = known.known_to(connection, subject_id, known_cookie, services.clock.now())
    with hashing_slot(services, browser) as slot:
        with services.database.read() as connection:
            stored = backup_codes.find(connection, subject_id, code.selector)
        # A selector that belongs to no code has a budget too, under its own hash.
        key = services.keyring.mac("backup-code selector", f"{subject_id}:{code.selector}")
        own = Try(BACKUP_CODE_OWN, stored.id if stored else key)
        now = services.clock.now()

        def look(connection: Connection, taken: Allowed) -> None:
            nonlocal refused
            refused = None
            if account.budget.kind not in taken.counts:
                refused = peek(connection, now, [account]) or Refused(account.budget.kind, now)

        holder = Try(BACKUP_CODE_PENDING, pending.id)
        by = (subject_id, Factor.BACKUP_CODE, origin)
        take_tries(services, now, [own], *by, holder, look, quietly=[account])
        try:
            found = backup_codes.check(slot, stored, code)
        except (WrongBackupCode, BackupCodeUsed) as error:
            with services.database.write() as connection:
                record_failure(connection, now, subject_id, Factor.BACKUP_CODE, origin)
            if refused and isinstance(error, WrongBackupCode):
                raise TooManyTries(refused.kind, refused.retry_at) from None
            raise

    def change(connection: Connection, now: datetime, seen: SubjectSeen) -> SubjectSeen:
        backup_codes.spend_code(connection, seen.id, found, now, origin)
        if not refused:
            give_back(connection, account)
        return seen

    try:
        return _pass(services, pending, Factor.BACKUP_CODE, origin, known_cookie, change)
    except BackupCodeUsed:
        with services.database.write() as connection:
            record_failure(connection, now, subject_id, Factor.BACKUP_CODE, origin)
        raise


def with_passkey(
    services: Services,
    pending: Pending,
    site: RelyingParty,
    answer: str,
    origin: Origin,
    known_cookie: str | None,
    wish: TrustWish | None = None,
) -> Opened | Waiting:
    """Pass the second step with a passkey; codes may cool off meanwhile, or be closed (P4).

    Raises ``PasskeyRefused``, :class:`TooManyTries`, ``SigninOver``, ``Unavailable``.
    """
    asked = Asked(Purpose.SECOND_STEP, pending.id, pending.subject_id)
    held = Try(PASSKEY_PENDING, pending.id)
    judged = judge_passkey(services, site, asked, answer, held, origin)

    def change(connection: Connection, now: datetime, seen: SubjectSeen) -> SubjectSeen:
        judged.spend_on(connection, now, origin)
        return seen

    return _pass(services, pending, Factor.PASSKEY, origin, known_cookie, change, wish)


def _refuse_unless_enough(pending: Pending) -> None:
    """A code is none where only a passkey counts: the page did not ask for one."""
    if pending.stage is not Stage.SECOND_STEP:
        raise NothingUsable


def _pass(
    services: Services,
    pending: Pending,
    factor: Factor,
    origin: Origin,
    known_cookie: str | None,
    change: Callable[[Connection, datetime, SubjectSeen], SubjectSeen],
    wish: TrustWish | None = None,
) -> Opened | Waiting:
    if len(pending.stages) > 1:
        return go_on(services, pending, change)
    return finish(services, pending, factor, origin, known_cookie, change, wish=wish)
