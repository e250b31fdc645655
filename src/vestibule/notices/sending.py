"""Sending what waits in the outbox: any number of processes may do it at once."""

import logging
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from smtplib import (
    SMTPDataError,
    SMTPException,
    SMTPNotSupportedError,
    SMTPRecipientsRefused,
    SMTPResponseException,
)
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from vestibule.foundation.database import Unavailable
from vestibule.foundation.guarded_writes import claim_by
from vestibule.foundation.services import Services
from vestibule.notices.flows import opened_later, opened_mail
from vestibule.notices.letters import host_letter, letter
from vestibule.notices.links import link_token
from vestibule.notices.models import Outbox
from vestibule.notices.transports import Post, Transport
from vestibule.notices.values import (
    LATER,
    LEASE,
    MAIL,
    MOST_TRIES,
    Later,
    link_works_for,
    pause_after,
)

log = logging.getLogger("vestibule")

_BATCH = 20

# Made once: they run for nearly every sign-in, and building a statement costs more than running it.
_DUE = (
    select(Outbox.__table__)
    .where(Outbox.next_try_at <= bindparam("now"))
    .order_by(Outbox.next_try_at)
    .limit(_BATCH)
)
_OF_A_TRY = update(Outbox).where(
    Outbox.id == bindparam("of_id"), Outbox.tries == bindparam("of_tries")
)
_TAKE = _OF_A_TRY.where(Outbox.next_try_at <= bindparam("now"))

Link = Callable[[str, str], str | None]


class TooLate(Exception):
    """A mail of the host's own whose time is over."""


@dataclass
class Round:
    """What one round did."""

    sent: int = 0
    failed: int = 0


def send_due(
    services: Services, transport: Transport, link: Link, write: Callable[[Later], object]
) -> Round:
    """Send everything that is due; ``link`` makes the address of a link of kind and token,
    ``write`` lets the host write what was left for now.

    A mail is taken before it is sent and marked after that, each in a short transaction of its
    own. It is sent twice only if this process dies between the server's "yes" and that mark.
    Raises ``Unavailable``.
    """
    # A node whose clock ran ahead would take what others are sending.
    services.database_clock.refuse_if_apart()
    done, is_more = Round(), True
    while is_more:
        rows = _due(services)
        # What was left for now leaves mails of its own. Of what others commit meanwhile somebody
        # is woken.
        is_more = len(rows) == _BATCH or any(row.kind == LATER for row in rows)
        with ExitStack() as stack:
            post: Post | None = None
            for row in rows:
                if not _take(services, row):
                    continue
                try:
                    if row.kind == LATER:
                        write(_later(services, row))
                        _mark_sent(services, row)
                        continue
                    mail = _letter(services, row, link)
                    post = post or stack.enter_context(transport.opened())
                    post(mail)
                except Exception as error:  # noqa: BLE001 - one bad mail must not hold up the others
                    done.failed += 1
                    _put_back(services, row, error)
                    is_about_one = post is not None and _is_about_one(error)
                    if isinstance(error, (OSError, SMTPException)) and not is_about_one:
                        # The server, not the mail: the others wait too.
                        return done
                else:
                    done.sent += 1
                    _mark_sent(services, row)
    return done


def _due(services: Services) -> list[Row[Any]]:
    with services.database.read() as connection:
        return list(connection.execute(_DUE, {"now": services.clock.now()}))


def _take(services: Services, row: Row[Any]) -> bool:
    now = services.clock.now()
    taken = {"of_id": row.id, "of_tries": row.tries, "now": now}
    taken |= {"tries": row.tries + 1, "next_try_at": now + LEASE}
    with services.database.write() as connection:
        return claim_by(connection, _TAKE, taken)


def _letter(services: Services, row: Row[Any], link: Link) -> EmailMessage:
    settings, keyring, now = services.settings, services.keyring, services.clock.now()
    if row.kind == MAIL:
        _refuse_late(row, now)
        subject, paragraphs = opened_mail(keyring, row.id, row.parameters["sealed"])
        return host_letter(settings, row.id, row.made_at, row.recipient, subject, paragraphs)
    # What was used up before the mail went out is not offered.
    works = row.link_used_at is None and row.made_at > now - link_works_for(row.kind)
    address = link(row.kind, link_token(keyring, row.id)) if works else None
    return letter(settings, row.id, row.kind, row.made_at, row.parameters, row.recipient, address)


def _later(services: Services, row: Row[Any]) -> Later:
    _refuse_late(row, services.clock.now())
    return opened_later(services.keyring, row.id, row.parameters["sealed"])


def _refuse_late(row: Row[Any], now: datetime) -> None:
    if row.parameters["until"] <= now.timestamp():
        raise TooLate


def _mark_sent(services: Services, row: Row[Any]) -> None:
    now = services.clock.now()
    for left in (2, 1, 0):
        try:
            with services.database.write() as connection:
                _end_try(
                    connection, row, next_try_at=None, sent_at=now, last_error="", **_wiped(row)
                )
        except Unavailable:
            # Else it would be sent once more when the lease is over.
            if not left:
                raise
        else:
            return


def _wiped(row: Row[Any]) -> dict[str, object]:
    """What no mail that is through needs any more: its address, and what a host's own said."""
    return {"recipient": "", "parameters": row.parameters if _is_notice(row) else {}}


def _is_notice(row: Row[Any]) -> bool:
    return row.kind not in (MAIL, LATER)


def _put_back(services: Services, row: Row[Any], error: Exception) -> None:
    tries = row.tries + 1
    why = described(error)
    log.warning("a notice could not be sent (try %d of %d): %s", tries, MOST_TRIES, why)
    again: datetime | None = services.clock.now() + pause_after(tries)
    if tries >= MOST_TRIES or isinstance(error, TooLate):
        again = None
    with services.database.write() as connection:
        _end_try(
            connection,
            row,
            next_try_at=again,
            last_error=why,
            # A link that was never sent is not kept either.
            parameters=row.parameters if again or _is_notice(row) else {},
        )


def _end_try(connection: Connection, row: Row[Any], **values: object) -> None:
    # Only whose try this was: a lease that ran out belongs to whoever took the mail then.
    claim_by(connection, _OF_A_TRY, {"of_id": row.id, "of_tries": row.tries + 1, **values})


def _is_about_one(error: Exception) -> bool:
    """Whether a server that is there takes this mail for none: anybody can give an address of which
    that is certain, and many such must not keep the mails of others waiting.
    """
    if isinstance(error, SMTPDataError):
        return error.smtp_code >= 500
    return isinstance(error, (SMTPRecipientsRefused, SMTPNotSupportedError))


def described(error: Exception) -> str:
    """An error in a few words, and never what the server said: that may repeat an address or
    what we said to it (P10).
    """
    name = type(error).__name__
    if isinstance(error, SMTPResponseException):
        return f"{name} {error.smtp_code}"
    if isinstance(error, OSError) and error.errno:
        return f"{name} {error.errno}"
    return name
