"""The link of a notice. Its token is the row's id and a MAC of it: the database alone makes none
(P5), and a mail that has to be sent again carries the same one.
"""

from datetime import datetime

from sqlalchemy import Connection, update

from vestibule.foundation.database import claim
from vestibule.foundation.keyring import Keyring
from vestibule.foundation.tokens import token_key
from vestibule.notices.models import Outbox
from vestibule.notices.values import link_works_for

_PURPOSE = "notice link"
_ID = 32


def link_token(keyring: Keyring, identity: str) -> str:
    return identity + keyring.mac(_PURPOSE, identity)


def id_in_token(keyring: Keyring, token: str) -> str | None:
    """The notice whose link this is; None for a token that we did not make."""
    identity, given = token[:_ID], token_key(token[_ID:])
    # Compared as hashes: how long it takes says nothing about the right one.
    if any(token_key(one) == given for one in keyring.macs(_PURPOSE, identity)):
        return identity
    return None


def use_link(
    connection: Connection, now: datetime, identity: str, subject_id: str, kind: str
) -> bool:
    """Use up a notice's link. False where it was used, or ended: of any number of parallel uses
    the UPDATE lets one through.
    """
    where = [
        Outbox.id == identity,
        Outbox.subject_id == subject_id,
        Outbox.link_used_at.is_(None),
        Outbox.made_at > now - link_works_for(kind),
    ]
    return claim(connection, Outbox, where, link_used_at=now)


def end_links(connection: Connection, now: datetime, subject_id: str) -> None:
    """The links of all that an account was sent so far work no more."""
    connection.execute(
        update(Outbox)
        .where(Outbox.subject_id == subject_id, Outbox.link_used_at.is_(None))
        .values(link_used_at=now)
    )
