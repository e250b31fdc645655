"""What an account has for its second step, counted in one statement: for every sign-in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, func, select

from vestibule.authenticators.models import Authenticator
from vestibule.backup_codes.models import BackupCode
from vestibule.browsers.known import IS_KNOWN_TO
from vestibule.foundation.budgets import BudgetRow
from vestibule.foundation.tokens import token_key
from vestibule.passkeys.models import Passkey
from vestibule.signin.schedule import CODE_STRANGERS


def _number_of(row: type[Any], *where: ColumnElement[bool]) -> ColumnElement[int]:
    mine = row.subject_id == bindparam("subject_id")
    return select(func.count()).select_from(row).where(mine, *where).scalar_subquery()


_SECOND_STEP = (
    _number_of(Authenticator),
    _number_of(Authenticator, Authenticator.disabled_at.is_(None)),
    _number_of(Passkey),
)
_COUNT = select(*_SECOND_STEP)
_AT_HAND = select(
    *_SECOND_STEP,
    _number_of(BackupCode, BackupCode.retired_at.is_(None), BackupCode.used_at.is_(None)),
    IS_KNOWN_TO.scalar_subquery(),
    select(func.coalesce(func.max(BudgetRow.count), 0))
    .where(BudgetRow.kind == CODE_STRANGERS.kind, BudgetRow.subject == bindparam("subject_id"))
    .scalar_subquery(),
)


@dataclass(frozen=True)
class Counted:
    """What :func:`vestibule.signin.held.held` finds, as numbers."""

    authenticators: int
    usable: int
    """Authenticators that are not switched off."""
    passkeys: int

    def __bool__(self) -> bool:
        # Switched off or not: each still counts (P1).
        return bool(self.authenticators or self.passkeys)

    @property
    def is_usable(self) -> bool:
        return bool(self.passkeys or self.usable)


@dataclass(frozen=True)
class AtHand(Counted):
    """And what else this browser may come in with."""

    backup_codes: int
    known_browser: str | None
    """The id of the browser, where the account knows it."""
    tries_of_strangers: int
    """What browsers that it does not know took of ``CODE_STRANGERS`` together."""

    @property
    def codes_work(self) -> bool:
        """Whether there is an authenticator whose codes this browser may try: to one that the
        account does not know they may be closed.
        """
        are_closed = self.tries_of_strangers + self.usable > CODE_STRANGERS.limit
        return bool(self.usable and (self.known_browser or not are_closed))


def count(connection: Connection, subject_id: str) -> Counted:
    """The second step of an account; false where it has none."""
    return Counted(*connection.execute(_COUNT, {"subject_id": subject_id}).one())


def at_hand(
    connection: Connection, subject_id: str, known_cookie: str | None, now: datetime
) -> AtHand:
    """What an account has, as the browser with this cookie comes."""
    values = {"subject_id": subject_id, "browser": token_key(known_cookie or ""), "now": now}
    return AtHand(*connection.execute(_AT_HAND, values).one())
