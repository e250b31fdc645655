"""Known browsers ("device cookies"): who passed every step in this browser before.

Strangers cannot spend what is kept for them, so guessing locks no owner out (P4). A cookie is worth
a budget, never a step.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, and_, bindparam, delete, insert, select, update

from vestibule.audit.values import Origin
from vestibule.browsers.models import KnownBrowser
from vestibule.browsers.values import NewCookie
from vestibule.foundation.guarded_writes import claim, claim_by
from vestibule.foundation.purging import delete_over
from vestibule.foundation.tokens import new_id, new_token, token_key
from vestibule.subjects.flows import SubjectSeen
from vestibule.subjects.models import Subject

KNOWN_FOR = timedelta(days=365)
"""A browser is known for so long after its last sign-in."""

_IS_KNOWN = and_(
    KnownBrowser.subject_id == Subject.id,
    # The version decides: a changed password makes strangers of all browsers (P7).
    KnownBrowser.version == Subject.version,
    KnownBrowser.browser == bindparam("browser"),
    KnownBrowser.ends_at > bindparam("now"),
)
_FIND = (
    select(Subject.id, Subject.version, Subject.contact, KnownBrowser.id.label("known"))
    .outerjoin(KnownBrowser, _IS_KNOWN)
    .where(Subject.user_id == bindparam("user_id"), Subject.closed == "")
)
IS_KNOWN_TO = (
    select(KnownBrowser.id).join(Subject, _IS_KNOWN).where(Subject.id == bindparam("subject_id"))
)
_IS_KNOWN_TO_SOMEBODY = (
    select(KnownBrowser.browser).join(Subject, _IS_KNOWN).where(Subject.closed == "").limit(1)
)
_RENAME = (
    update(KnownBrowser)
    .where(KnownBrowser.browser == bindparam("before"))
    .values(browser=bindparam("after"))
)
_KNOW_ANEW = (
    update(KnownBrowser)
    .where(
        KnownBrowser.browser == bindparam("of_browser"),
        KnownBrowser.subject_id == bindparam("of_subject"),
    )
    .values(
        version=bindparam("new_version"),
        ends_at=bindparam("until"),
        user_agent=bindparam("now_by"),
        address=bindparam("now_at"),
    )
)
_RENEW = _KNOW_ANEW.where(KnownBrowser.version == bindparam("new_version"))
_INSERT = insert(KnownBrowser)


class Found(NamedTuple):
    """An account and a browser, as they were before a password was tried."""

    subject: SubjectSeen
    contact: str
    """Where its mails go, as :class:`~vestibule.notices.values.Contact` writes it."""
    browser: str | None
    """The id of the browser, if the account knows it."""


def find(connection: Connection, user_id: str, token: str | None, now: datetime) -> Found | None:
    """The account of a user, and this browser there: one statement, whether or not there is such a
    user, or a cookie (ENUM-2).
    """
    values = {"user_id": user_id, "browser": token_key(token or ""), "now": now}
    row = connection.execute(_FIND, values).one_or_none()
    return Found(SubjectSeen(row.id, row.version), row.contact, row.known) if row else None


def known_to(
    connection: Connection, subject_id: str, token: str | None, now: datetime
) -> str | None:
    """The id of the browser that holds this cookie, for the account; None for strangers."""
    values = {"subject_id": subject_id, "browser": token_key(token or ""), "now": now}
    found: str | None = connection.execute(IS_KNOWN_TO, values).scalar()
    return found


def browser_with(connection: Connection, token: str | None, now: datetime) -> str | None:
    """What the browser that holds this cookie is kept under, if any account knows it."""
    values = {"browser": token_key(token or ""), "now": now}
    found: str | None = connection.execute(_IS_KNOWN_TO_SOMEBODY, values).scalar()
    return found


def know(
    connection: Connection,
    now: datetime,
    subject: SubjectSeen,
    held: str | None,
    origin: Origin,
) -> tuple[NewCookie, bool]:
    """Know this browser from now on, in the transaction that opens its session. Also tells whether
    it was known until now: after a changed password it was not, since whoever made the owner change
    it may be who comes back.

    The caller has locked ``subject``. The browser gets a new cookie for all its accounts: one that
    somebody planted in it is worth nothing after this.
    """
    token = new_token()
    browser, ends_at = token_key(token), now + KNOWN_FOR
    is_held = (
        bool(held)
        and connection.execute(
            _RENAME, {"before": token_key(held or ""), "after": browser}
        ).rowcount
        > 0
    )
    renewed = {
        "of_browser": browser,
        "of_subject": subject.id,
        "new_version": subject.version,
        "until": ends_at,
        "now_by": origin.browser,
        "now_at": origin.address,
    }
    # Under a token made just now there is nothing to renew.
    was_known = is_held and claim_by(connection, _RENEW, renewed)
    # A row from before stays one: else each changed password would give new tries.
    if not was_known and not (is_held and claim_by(connection, _KNOW_ANEW, renewed)):
        connection.execute(
            _INSERT,
            {
                "id": new_id(),
                "browser": browser,
                "subject_id": subject.id,
                "version": subject.version,
                "ends_at": ends_at,
                "user_agent": origin.browser,
                "address": origin.address,
            },
        )
    return NewCookie(browser, token, ends_at), was_known


def stay_known(connection: Connection, subject: SubjectSeen, held: str | None = None) -> None:
    """Let browsers be known though the account was revoked just now, in that transaction: the one
    that asked for it (``held`` is its cookie), or all.
    """
    where = [
        KnownBrowser.subject_id == subject.id,
        KnownBrowser.version == subject.version - 1,
    ]
    if held is not None:
        where.append(KnownBrowser.browser == token_key(held))
    connection.execute(update(KnownBrowser).where(*where).values(version=subject.version))


def rename(connection: Connection, subject_id: str, browser_id: str, name: str) -> bool:
    """As :func:`vestibule.browsers.trusted.rename`."""
    mine = [KnownBrowser.id == browser_id, KnownBrowser.subject_id == subject_id]
    return claim(connection, KnownBrowser, mine, name=name)


def forget(
    connection: Connection, subject_id: str, browser_id: str | None, but: str | None = None
) -> list[tuple[str, str]]:
    """Make a stranger of one known browser of an account, or of all, so that its tries are taken
    from what strangers have: id and own name of each. ``but`` is the cookie of one that stays.
    """
    where = [KnownBrowser.subject_id == subject_id]
    if browser_id is not None:
        where.append(KnownBrowser.id == browser_id)
    if but is not None:
        where.append(KnownBrowser.browser != token_key(but))
    gone = connection.execute(
        delete(KnownBrowser).where(*where).returning(KnownBrowser.id, KnownBrowser.user_agent)
    )
    return [(row.id, row.user_agent) for row in gone]


def purge(connection: Connection, now: datetime) -> int:
    """Delete what no browser can be known by any more."""
    return delete_over(connection, KnownBrowser, KnownBrowser.ends_at <= now)
