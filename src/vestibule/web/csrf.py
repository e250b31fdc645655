"""What stands before every form: a CSRF check of our own, and no more than a page of ours sends.

A token is bound to what the browser holds (pending sign-in, session, or pre-session): one person's
form cannot be sent with another person's cookies, and none survives the step it was made for.
"""

import hmac
from functools import lru_cache
from hashlib import sha256
from typing import Any

from flask import current_app, request
from itsdangerous import BadSignature, TimestampSigner
from werkzeug.exceptions import BadRequest

from vestibule.audit.flows import record
from vestibule.audit.values import EventKind, Result
from vestibule.web.request_state import runtime, state

LONGEST_AGE = 24 * 60 * 60
LONGEST_FORM = 64 * 1024
"""Bytes of a form sent to a page of ours; the longest is a set of backup codes on its way."""


class CsrfRefused(Exception):
    """A form came without the token that belongs to this browser (WEB-1)."""


def csrf_token() -> str:
    """A token for a plain form of this page."""
    return _signer().sign(_digest(state().binding)).decode()


def check_csrf(token: str | None) -> None:
    """Raises :class:`CsrfRefused`, and writes an event, unless the token is this browser's own."""
    if is_genuine(token):
        return
    holder = state().session or state().live_pending
    services = runtime().services
    with services.database.write() as connection:
        record(
            connection,
            services.clock.now(),
            EventKind.CSRF_REFUSED,
            origin=state().origin,
            subject_id=holder.subject_id if holder else None,
            result=Result.REFUSED,
        )
    raise CsrfRefused


def is_from_elsewhere() -> bool:
    """Whether the browser itself says that another site's page sent this, whatever token it got
    hold of. A sibling host is "same-site", and not ours either (WEB-3).
    """
    return request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site")


def is_genuine(token: str | None) -> bool:
    """Whether a token was made for what this browser holds, and came from a page of ours."""
    if is_from_elsewhere() or not token:
        return False
    try:
        bound = _signer().unsign(token, max_age=LONGEST_AGE)
    except (BadSignature, UnicodeError):
        return False
    return any(hmac.compare_digest(bound, _digest(one).encode()) for one in state().bindings)


def _digest(binding: str) -> str:
    return sha256(binding.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _signer() -> TimestampSigner:
    config = current_app.config
    # itsdangerous signs with the last key and accepts all: older ones come first.
    return _signer_of((*reversed(config.get("SECRET_KEY_FALLBACKS") or ()), config["SECRET_KEY"]))


@lru_cache(maxsize=8)
def _signer_of(keys: tuple[Any, ...]) -> TimestampSigner:
    return TimestampSigner(list(keys), salt="vestibule-csrf", digest_method=sha256)


def refuse_what_no_page_sends() -> None:
    """Before each of our pages: long forms are not read, and a field that comes twice is refused,
    since nobody could tell whose value counts.
    """
    # Werkzeug bounds a form without files by nothing else, and a host may allow long uploads.
    request.max_content_length = LONGEST_FORM
    if any(len(values) > 1 for _, values in request.form.lists()):
        raise BadRequest
