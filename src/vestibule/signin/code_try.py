"""One try of an authenticator's code, by whoever has passed the first step."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from vestibule.audit.flows import record
from vestibule.audit.values import EventKind, Factor, Origin, Result
from vestibule.authenticators import flows as authenticators
from vestibule.authenticators.flows import (
    CodeUsed,
    Match,
    StoredAuthenticator,
    WrongCode,
    stored_in,
)
from vestibule.browsers import known
from vestibule.foundation.budgets import Try, clear, give_back
from vestibule.foundation.services import Services
from vestibule.foundation.tokens import token_key
from vestibule.signin.errors import NothingUsable
from vestibule.signin.schedule import CODE_ACCOUNT, CODE_KNOWN, CODE_STRANGERS
from vestibule.signin.tries import record_failure, take_tries
from vestibule.subjects.flows import find, lock

_STORED_AND_KNOWN = authenticators.OF_SUBJECT.add_columns(
    known.IS_KNOWN_TO.scalar_subquery().label("known")
)


@dataclass(frozen=True)
class Judged:
    """A right code that is not spent yet, and the try that this browser took for it."""

    match: Match
    browsers_try: Try


def judge_code(
    services: Services,
    subject_id: str,
    holder: Try | None,
    code: str,
    origin: Origin,
    known_cookie: str | None,
    failed: EventKind = EventKind.SECOND_STEP_FAILED,
) -> Judged:
    """Take a try of an account's codes (and of the sign-in's, ``holder``), then compare.

    It costs one unit for each authenticator, since each is compared with: of the account's own
    row, and of what this browser has, or all have together that the account does not know.

    Nothing of the code itself is spent yet: :func:`spend_match` does that in the transaction that
    uses it. A failure is written here as ``failed``; after the last allowed one codes are closed to
    unknown browsers, or the authenticators disabled. Raises as
    :func:`vestibule.signin.second_step.with_code`.
    """
    # A node whose clock ran ahead would accept, and so burn, everybody's coming codes.
    services.database_clock.refuse_if_apart()
    now = services.clock.now()
    with services.database.read() as connection:
        stored, browser = _stored_and_known(connection, subject_id, known_cookie, now)
    if not authenticators.usable(stored):
        raise NothingUsable
    secrets = authenticators.unsealed(services, subject_id, stored)
    account = Try(CODE_ACCOUNT, subject_id, cost=len(secrets))
    own = _browsers_try(subject_id, browser, len(secrets))
    taken = take_tries(services, now, [account, own], subject_id, Factor.TOTP, origin, holder)
    try:
        found = authenticators.find_match(secrets, code, now, services.settings.totp_window)
        return Judged(found, own)
    except CodeUsed:
        record_replay(services, subject_id, origin)
        raise
    except WrongCode as error:
        error.failures = taken.counts[CODE_ACCOUNT.kind] // account.cost
        with services.database.write() as connection:
            record_failure(connection, now, subject_id, Factor.TOTP, origin, failed)
            if _was_the_last(account, taken.counts):
                authenticators.disable_all(connection, subject_id, now, origin)
            elif own.budget is CODE_STRANGERS and _was_the_last(own, taken.counts):
                record(
                    connection,
                    now,
                    EventKind.CODES_CLOSED,
                    origin=origin,
                    subject_id=subject_id,
                    factor=Factor.TOTP,
                    result=Result.REFUSED,
                )
        raise


def _stored_and_known(
    connection: Connection, subject_id: str, known_cookie: str | None, now: datetime
) -> tuple[list[StoredAuthenticator], str | None]:
    """The authenticators, and the id of this browser if the account knows it."""
    values = {"subject_id": subject_id, "browser": token_key(known_cookie or ""), "now": now}
    rows = connection.execute(_STORED_AND_KNOWN, values).all()
    return [stored_in(row) for row in rows], rows[0].known if rows else None


def _browsers_try(subject_id: str, browser: str | None, cost: int) -> Try:
    if browser is None:
        return Try(CODE_STRANGERS, subject_id, cost)
    return Try(CODE_KNOWN, browser, cost)


def _was_the_last(attempt: Try, counts: Mapping[str, int]) -> bool:
    return counts[attempt.budget.kind] + attempt.cost > attempt.budget.limit


def spend_match(connection: Connection, subject_id: str, found: Judged, now: datetime) -> None:
    """Spend a judged code's step and end the row of failures; raises :class:`CodeUsed`.

    What other browsers failed that the account does not know stays counted, whoever signs in: else
    each sign-in of the owner would buy a stranger new tries.
    """
    authenticators.spend_step(connection, found.match, now)
    clear(connection, CODE_ACCOUNT, subject_id)
    if found.browsers_try.budget is CODE_KNOWN:
        clear(connection, CODE_KNOWN, found.browsers_try.subject)
    else:
        give_back(connection, found.browsers_try)


def reopen(services: Services, user_id: str, origin: Origin) -> None:
    """Let unknown browsers try codes again: the owner says that the wrong ones were theirs."""
    with services.database.write() as connection:
        seen = find(connection, user_id)
        if seen is None or not lock(connection, seen):
            return
        clear(connection, CODE_STRANGERS, seen.id)
        record(
            connection,
            services.clock.now(),
            EventKind.CODES_REOPENED,
            origin=origin,
            subject_id=seen.id,
            factor=Factor.TOTP,
        )


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
