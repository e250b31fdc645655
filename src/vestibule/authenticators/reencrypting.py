"""Every secret under the current key, while people sign in."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, func, select, update

from vestibule.audit.flows import record
from vestibule.audit.values import EventKind, Origin
from vestibule.authenticators.flows import bound_to
from vestibule.authenticators.models import Authenticator
from vestibule.foundation.keyring import Keyring, Sealed, Unreadable
from vestibule.foundation.services import Services

BATCH = 200
_NEXT = (
    select(
        Authenticator.id, Authenticator.subject_id, Authenticator.key_id, Authenticator.ciphertext
    )
    .where(Authenticator.id > bindparam("last"), Authenticator.key_id != bindparam("current"))
    .order_by(Authenticator.id)
    .limit(BATCH)
)
# Only where the row is still what was read: another command may have been here meanwhile.
_REPLACE = (
    update(Authenticator)
    .where(
        Authenticator.id == bindparam("row"),
        Authenticator.key_id == bindparam("old_key"),
        Authenticator.ciphertext == bindparam("old"),
    )
    .values(
        key_id=bindparam("new_key"),
        ciphertext=bindparam("new"),
        fingerprint=bindparam("new_fingerprint"),
    )
)


@dataclass
class Batch:
    done: int
    unreadable: int


def how_many_left(services: Services) -> int:
    """Secrets that are not under the current key."""
    left = select(func.count()).where(Authenticator.key_id != services.keyring.current_id)
    with services.database.read() as connection:
        return int(connection.execute(left).scalar_one())


def reencrypt(services: Services, origin: Origin) -> Iterator[Batch]:
    """A batch at a time, each a transaction of its own with its event. Whoever stops half-way goes
    on where it stopped; at every instant each secret is readable under a key of the ring. Raises
    ``Unavailable``.
    """
    keyring = services.keyring
    current, last = keyring.current_id, ""
    while True:
        with services.database.read() as connection:
            rows = connection.execute(_NEXT, {"last": last, "current": current}).all()
        if not rows:
            return
        last = rows[-1].id
        changes = [change for row in rows if (change := _change(keyring, current, row))]
        with services.database.write() as connection:
            done = sum(connection.execute(_REPLACE, change).rowcount for change in changes)
            record(
                connection,
                services.clock.now(),
                EventKind.SECRETS_REENCRYPTED,
                origin=origin,
                details={"count": done},
            )
        yield Batch(done, len(rows) - len(changes))


def _change(keyring: Keyring, current: str, row: Any) -> dict[str, object] | None:
    place = bound_to(row.subject_id, row.id)
    try:
        secret = keyring.unseal(Sealed(row.key_id, row.ciphertext), *place)
    except Unreadable:
        return None
    sealed = keyring.seal_under(current, secret, *place)
    fingerprint = keyring.mac_under(current, "totp-secret", f"{row.subject_id}:{secret.decode()}")
    return {
        "row": row.id,
        "old_key": row.key_id,
        "old": row.ciphertext,
        "new_key": sealed.key_id,
        "new": sealed.ciphertext,
        "new_fingerprint": fingerprint,
    }
