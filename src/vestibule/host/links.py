"""Addresses that a host sends to somebody: only ever of the site that the configuration names."""

from datetime import timedelta
from typing import Any

from flask import current_app
from sqlalchemy import Connection

from vestibule.foundation.database import after_commit
from vestibule.host import contacts
from vestibule.one_time_tokens import flows as one_time_tokens
from vestibule.one_time_tokens.values import (
    LONGEST_ABOUT,
    Fault,
    Link,
    LinkRefused,
    Purpose,
)
from vestibule.signin import enrolment_links
from vestibule.signin.enrolment_links import Issued
from vestibule.subjects.flows import bar_recovery, ensure_on, lock, locked
from vestibule.web.request_state import origin_now, runtime, state


def enrolment_link(user: Any) -> tuple[str, Issued]:
    """A new link with which a user sets up the first authenticator.

    Raises ValueError without ``VESTIBULE_BASE_URL``.
    """
    base = _base()
    contacts.keep(_key(user), contacts.contact_now(user))
    issued = enrolment_links.issue(runtime().services, _key(user), origin_now())
    return _address(base, "vestibule.enrolment_link", issued.token), issued


def one_time_link(
    user: Any,
    purpose: Purpose,
    endpoint: str,
    lifetime: timedelta,
    about: str,
    connection: Connection | None,
) -> str:
    """A new link to a page of the host's own, with the token in its address.

    Raises ValueError without ``VESTIBULE_BASE_URL``, and for an ``about`` that is too long.
    """
    base = _base()
    if len(about) > LONGEST_ABOUT:
        raise ValueError(f"A link is about at most {LONGEST_ABOUT} characters.")
    if connection is not None:
        return _address(base, endpoint, _issue(connection, user, purpose, lifetime, about))
    with runtime().services.database.write() as own:
        token = _issue(own, user, purpose, lifetime, about)
    return _address(base, endpoint, token)


def _issue(
    connection: Connection, user: Any, purpose: Purpose, lifetime: timedelta, about: str
) -> str:
    now, user_id = runtime().services.clock.now(), _key(user)
    seen = locked(connection, now, user_id)
    return one_time_tokens.issue(connection, now, seen, purpose, lifetime, origin_now(), about)


def use_link(connection: Connection, link: Link, user: Any, purpose: Purpose) -> None:
    """Use a link up in the host's transaction; raises ``LinkRefused``."""
    user_id = _key(user)
    if link.user_id != user_id:
        raise LinkRefused(Fault.OF_ANOTHER)
    services = runtime().services
    now = services.clock.now()
    seen = ensure_on(connection, now, user_id)
    # Not once more: what was revoked meanwhile voids the link.
    if not lock(connection, seen):
        raise LinkRefused(Fault.REVOKED)
    one_time_tokens.use(connection, now, link, seen, purpose, origin_now())
    if purpose is Purpose.PASSWORD:
        # Whoever is signed in here: the mailbox set the password (REC-2).
        bar_recovery(connection, now, seen.id)
    drop = state().drop_link_with_host
    after_commit(connection, lambda: drop(purpose))


def _base() -> str:
    """Never the request's Host header: it is whatever its sender wrote there, and a link made of
    it could carry the token away (REC-6).
    """
    base = runtime().services.settings.base_url.rstrip("/")
    if not base:
        raise ValueError(
            "A link needs the address of the site: set VESTIBULE_BASE_URL, "
            'VESTIBULE_BASE_URL = "https://example.org" say.'
        )
    return base


def _address(base: str, endpoint: str, token: str) -> str:
    return base + current_app.url_map.bind("").build(endpoint, {"token": token})


def _key(user: Any) -> str:
    key: str = current_app.extensions["vestibule"].users.key(user)
    return key
