"""Cookies of two parts: found by one, used up by changing the other, ended where a copy comes.

Remembered and trusted browsers hold such cookies, each in a table of its own.
"""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, delete, insert, select

from vestibule.audit.values import Origin
from vestibule.browsers.models import RememberedBrowser, TrustedBrowser
from vestibule.browsers.values import NewCookie, TwoParts
from vestibule.foundation.database import claim
from vestibule.foundation.tokens import new_token, token_key
from vestibule.subjects.flows import SubjectSeen
from vestibule.subjects.models import Subject

Model = type[RememberedBrowser] | type[TrustedBrowser]


class CookieOver(Exception):
    """What the cookie stood for was ended meanwhile, or the cookie is somebody's copy."""


class Kind(NamedTuple):
    """Which table a cookie belongs to, and for how long its old token is still the browser's own:
    one that opens several pages at once sends them all with the cookie it had.
    """

    model: Model
    under_way: timedelta


def insert_row(
    connection: Connection,
    now: datetime,
    kind: Kind,
    subject: SubjectSeen,
    origin: Origin,
    ends_at: datetime,
    **more: object,
) -> NewCookie:
    """A new row, and the cookie for the browser. The caller has locked ``subject``."""
    cookie = TwoParts(new_token(), new_token())
    identity = cookie.row_id
    connection.execute(
        insert(kind.model).values(
            id=identity,
            token=token_key(cookie.token),
            previous=None,
            rotated_at=now,
            subject_id=subject.id,
            version=subject.version,
            created_at=now,
            ends_at=ends_at,
            address=origin.address,
            browser=origin.browser,
            **more,
        )
    )
    return NewCookie(identity, cookie.text, ends_at)


def find_row(connection: Connection, kind: Kind, cookie: TwoParts) -> Row[Any] | None:
    """The row that a cookie names, with its ``user_id``; None where it is nobody's or revoked."""
    model = kind.model
    return connection.execute(
        select(model.__table__, Subject.user_id)
        .join(Subject, Subject.id == model.subject_id)
        .where(
            model.id == cookie.row_id,
            # The version decides: what was revoked is not even found (P7).
            Subject.version == model.version,
            Subject.closed == "",
        )
    ).first()


def is_a_copy(kind: Kind, row: Row[Any], cookie: TwoParts, now: datetime) -> bool:
    """Whether the token was replaced a while ago: then the cookie is a copy, or the browser's own
    whose answer got lost. Nobody can tell which.
    """
    sent = token_key(cookie.token)
    return sent != row.token and not (
        sent == row.previous and now - row.rotated_at <= kind.under_way
    )


def take_out(connection: Connection, kind: Kind, identity: str) -> Row[Any] | None:
    """Delete a row and return it; None where another request did.

    The caller ends the sessions that came of it, always after it: two who do so at once must not
    deadlock. A token that was used meanwhile saves nothing: a copy is only older by that.
    """
    model = kind.model
    columns = model.__table__.c
    return connection.execute(delete(model).where(model.id == identity).returning(*columns)).first()


def use_up(
    connection: Connection,
    now: datetime,
    kind: Kind,
    identity: str,
    cookie: TwoParts,
    ends_at: datetime,
) -> NewCookie | None:
    """Use the cookie up, in the transaction that builds on it; the browser gets a new one.

    Of several requests at once one changes the token; the others come with the old one for a
    moment and get none (None). Raises :class:`CookieOver`. The caller has locked the subject.
    """
    model = kind.model
    fresh, sent = TwoParts(cookie.name, new_token()), token_key(cookie.token)
    mine = [model.id == identity, model.ends_at > now]
    if claim(
        connection,
        model,
        [*mine, model.token == sent],
        token=token_key(fresh.token),
        previous=sent,
        rotated_at=now,
    ):
        return NewCookie(identity, fresh.text, ends_at)
    # Kept until the commit: whoever ends it meanwhile finds the session to be ended too.
    rotated_at = connection.execute(
        select(model.rotated_at).where(*mine, model.previous == sent).with_for_update(read=True)
    ).scalar()
    if rotated_at is None or now - rotated_at > kind.under_way:
        raise CookieOver
    return None
