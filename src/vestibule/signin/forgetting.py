"""Closing the account of a user who is gone."""

from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from vestibule.audit.flows import record
from vestibule.audit.values import EventKind, Origin
from vestibule.authenticators.models import Authenticator, Enrolment
from vestibule.backup_codes.models import BackupCode
from vestibule.browsers.models import (
    AdoptedCookie,
    KnownBrowser,
    RememberedBrowser,
    TrustedBrowser,
)
from vestibule.foundation.budgets import clear
from vestibule.one_time_tokens.models import OneTimeToken
from vestibule.passkeys.models import Passkey, PasskeyChallenge
from vestibule.recovery.models import Recovery
from vestibule.sessions.models import Session
from vestibule.signin.models import PendingSignin
from vestibule.signin.schedule import CODE_ACCOUNT, CODE_KNOWN, CODE_STRANGERS
from vestibule.subjects.flows import find
from vestibule.subjects.models import Subject


def forget(connection: Connection, now: datetime, user_id: str, origin: Origin) -> bool:
    """Close the account of a user who is gone, inside the caller's transaction.

    Factors, codes, sessions and sign-ins are deleted; events stay, under the account's random id.
    Whoever gets the user's key next starts anew. False where there was no such account.
    """
    seen = find(connection, user_id)
    if seen is None:
        return False
    connection.execute(
        update(Subject)
        .where(Subject.id == seen.id)
        .values(closed=seen.id, version=Subject.version + 1)
    )
    _clear_tries(connection, seen.id)
    for model in (
        Session,
        PendingSignin,
        RememberedBrowser,
        KnownBrowser,
        TrustedBrowser,
        AdoptedCookie,
        OneTimeToken,
        Recovery,
        Enrolment,
        BackupCode,
        Authenticator,
        PasskeyChallenge,
        Passkey,
    ):
        connection.execute(delete(model).where(model.subject_id == seen.id))
    # What waits in the outbox is still sent: it may tell the owner who closed the account, and why.
    record(connection, now, EventKind.ACCOUNT_FORGOTTEN, origin=origin, subject_id=seen.id)
    connection.execute(
        update(Subject)
        .where(Subject.id == seen.id)
        .values(contact="", second_address="", passkey_handle=None)
    )
    return True


def _clear_tries(connection: Connection, subject_id: str) -> None:
    """Wrong codes in a row, which nobody ends any more with a right one; in the order of ``spend``,
    or it could deadlock with one.
    """
    of_account = select(KnownBrowser.id).where(KnownBrowser.subject_id == subject_id)
    clear(connection, CODE_ACCOUNT, subject_id)
    for known in sorted(connection.execute(of_account).scalars()):
        clear(connection, CODE_KNOWN, known)
    clear(connection, CODE_STRANGERS, subject_id)
