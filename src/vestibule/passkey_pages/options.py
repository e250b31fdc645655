"""What the script of a page asks for before it asks the browser for a passkey."""

from datetime import datetime
from typing import Any

from flask import current_app, make_response, request
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from vestibule.browsers import known
from vestibule.foundation.budgets import Allowed, Refused, Try, spend
from vestibule.foundation.tokens import token_key
from vestibule.passkeys import flows, options
from vestibule.passkeys.flows import StoredPasskey
from vestibule.passkeys.values import Purpose, RelyingParty, relying_party
from vestibule.sessions.values import LiveSession
from vestibule.signin import enrolling
from vestibule.signin.enrolling import NotFresh
from vestibule.signin.errors import TooManyTries
from vestibule.signin.schedule import PASSKEY_ASKED
from vestibule.signin.stages import OF_A_SECOND_STEP
from vestibule.texts import Text
from vestibule.web.client import address_key
from vestibule.web.csrf import check_csrf
from vestibule.web.language import say
from vestibule.web.request_state import runtime, state
from vestibule.web.setting_up import Person, who_sets_up


class NobodyAsks(Exception):
    """This browser has nothing that such a challenge could be for; not any more, perhaps."""


def passkey_options() -> Response:
    """Make a challenge: a POST, since it leaves a row."""
    check_csrf(request.form.get("csrf_token"))
    site = relying_party(runtime().services.settings)
    if site is None:
        return _problem(404, Text("Passkeys are not offered here."))
    try:
        told = _told(site, Purpose(request.form.get("purpose", "")))
    except (NobodyAsks, NotFresh, ValueError):
        return _problem(409, Text("This page was open for a long time. Load it again."))
    return _answer(told, 200, "application/json")


def browser_key() -> str:
    """What a challenge of a sign-in without a password is bound to: what this browser holds."""
    return token_key(state().binding)


def _told(site: RelyingParty, purpose: Purpose) -> dict[str, Any]:
    match purpose:
        case Purpose.SIGN_IN:
            return _to_show(site, purpose, browser_key(), None)
        case Purpose.SECOND_STEP:
            pending = state().live_pending
            if pending is None or pending.stage not in OF_A_SECOND_STEP:
                raise NobodyAsks
            return _to_show(site, purpose, pending.id, pending.subject_id)
        case Purpose.CONFIRM:
            session = runtime().session()
            if session is None:
                raise NobodyAsks
            return _to_show(site, purpose, session.id, session.subject_id)
        case Purpose.REGISTER:
            return _to_register(site)


def _to_show(
    site: RelyingParty, purpose: Purpose, holder: str, subject_id: str | None
) -> dict[str, Any]:
    """Of nobody in particular, or of an account: which passkeys it has is told only to whoever
    passed its first step.
    """
    stored: list[StoredPasskey] = []
    if subject_id:
        with runtime().services.database.read() as connection:
            stored = flows.of_subject(connection, subject_id)
    challenge = _new_challenge(purpose, holder, subject_id)
    return options.to_show(site, challenge, stored, alone=subject_id is None)


def _to_register(site: RelyingParty) -> dict[str, Any]:
    person, services = who_sets_up(), runtime().services
    if not isinstance(person, Person):
        raise NobodyAsks
    holder = person.holder
    if isinstance(holder, LiveSession):
        enrolling.require_fresh(services, holder)
    with services.database.write() as connection:
        handle = flows.handle_of(connection, holder.subject_id)
        stored = flows.of_subject(connection, holder.subject_id)
    return options.to_register(
        site,
        _new_challenge(Purpose.REGISTER, holder.id, holder.subject_id),
        issuer=services.settings.issuer,
        handle=handle,
        account_name=person.account_name,
        stored=stored,
    )


def _new_challenge(purpose: Purpose, holder: str, subject_id: str | None) -> bytes:
    """One more, of those that this holder may ask for: what strangers ask for at an address must
    not keep anybody from the second step (P4).
    """
    services = runtime().services
    now, made = services.clock.now(), b""

    def make(connection: Connection, _: Allowed) -> None:
        nonlocal made
        made = flows.new_challenge(connection, now, purpose, holder, subject_id)

    asks = holder if subject_id else _browser_or_address(now)
    taken = spend(services.database, now, [Try(PASSKEY_ASKED, asks)], make)
    if isinstance(taken, Refused):
        raise TooManyTries(taken.kind, taken.retry_at)
    return made


def _browser_or_address(now: datetime) -> str:
    with runtime().services.database.read() as connection:
        browser = known.browser_with(connection, state().known_cookie, now)
    return browser or address_key(request.remote_addr or "")


def _problem(status: int, title: Text) -> Response:
    problem = {"type": "about:blank", "title": say(title), "status": status}
    return _answer(problem | {"instance": request.path}, status, "application/problem+json")


def _answer(told: dict[str, Any], status: int, kind: str) -> Response:
    response = make_response(current_app.json.dumps(told), status)
    response.headers["Content-Type"] = kind
    return response
