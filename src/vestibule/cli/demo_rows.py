"""The rows of accounts that never registered, as registration and set-up would have left them."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Table, insert

from vestibule.authenticators.flows import bound_to
from vestibule.authenticators.models import Authenticator
from vestibule.authenticators.values import new_secret
from vestibule.backup_codes.models import BackupCode as BackupCodeRow
from vestibule.backup_codes.values import BackupCode
from vestibule.foundation.keyring import Keyring
from vestibule.foundation.tokens import new_id
from vestibule.ready_site.models import Account, new_account_id
from vestibule.subjects.models import Subject

_TABLES: tuple[Any, ...] = (
    Account.__table__,
    Subject.__table__,
    Authenticator.__table__,
    BackupCodeRow.__table__,
)


@dataclass
class Rows:
    """Rows by table, written in the order in which one refers to another."""

    _found: dict[Table, list[dict[str, object]]] = field(
        default_factory=lambda: {table: [] for table in _TABLES}
    )

    def add(self, model: Any, **values: object) -> None:
        self._found[model.__table__].append(values)

    def write(self, connection: Connection) -> None:
        for table, rows in self._found.items():
            if rows:
                connection.execute(insert(table), rows)


@dataclass(frozen=True)
class Made:
    account_id: str
    subject_id: str
    secret: str


class Maker:
    """Makes accounts that share one password; each has a secret of its own."""

    def __init__(self, keyring: Keyring, password_hash: str) -> None:
        self._keyring = keyring
        self._password_hash = password_hash
        self._now = datetime.now(UTC)
        # Nobody can have taken a name of this run: the database was empty.
        self._run = secrets.token_hex(3)

    def name(self, number: int) -> str:
        return f"demo-{self._run}-{number}"

    def add_account(
        self,
        rows: Rows,
        name: str,
        codes: Iterable[tuple[BackupCode, str]] = (),
        *,
        since: datetime | None = None,
        has_second_step: bool = True,
        **more: object,
    ) -> Made:
        """Add one account, with backup codes and their hashes. ``more`` are columns of its row."""
        at = since or self._now
        account_id, subject_id, secret = new_account_id(), new_id(), new_secret()
        account = {
            "id": account_id,
            "username": name,
            "username_key": name,
            "email": f"{name}@example.org",
            "email_key": f"{name}@example.org",
            "email_confirmed_at": None,
            "password_hash": self._password_hash,
            "created_at": at,
        }
        rows.add(Account, **account | more)
        rows.add(Subject, id=subject_id, user_id=account_id, closed="", version=1, created_at=at)
        if has_second_step:
            self._add_authenticator(rows, subject_id, secret, at)
        for code, code_hash in codes:
            rows.add(
                BackupCodeRow,
                id=new_id(),
                subject_id=subject_id,
                set_number=1,
                selector=code.selector,
                code_hash=code_hash,
                made_at=at,
                saved_at=at,
                used_at=None,
            )
        return Made(account_id, subject_id, secret)

    def _add_authenticator(self, rows: Rows, subject_id: str, secret: str, at: datetime) -> None:
        identity = new_id()
        sealed = self._keyring.seal(secret.encode(), *bound_to(subject_id, identity))
        rows.add(
            Authenticator,
            id=identity,
            subject_id=subject_id,
            name="Phone",
            fingerprint=self._keyring.mac("totp-secret", f"{subject_id}:{secret}"),
            key_id=sealed.key_id,
            ciphertext=sealed.ciphertext,
            last_step=0,
            confirmed_at=at,
            last_used_at=at,
            disabled_at=None,
        )
