"""The overview at ``/security``, and what a phone's clock showed."""

from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response

from vestibule.account_pages import authenticators as pages_of_authenticators
from vestibule.account_pages import notice_addresses
from vestibule.account_pages.authenticators import clocks_off
from vestibule.authenticators.flows import StoredAuthenticator, of_subject, usable
from vestibule.backup_codes.flows import SetFacts, facts
from vestibule.signin.second_address import addresses
from vestibule.signin.values import safe_next
from vestibule.texts import Text
from vestibule.web.pages import after_sign_in, page, see_other, sign_in_first
from vestibule.web.request_state import runtime

FEW_CODES = 3
_SET_UP = Text("Next: set up an authenticator, so that your password alone opens nothing.")


def register(pages: Blueprint) -> None:
    """Add the rules of this folder."""
    pages.add_url_rule("/security", "security", security)
    pages.add_url_rule("/security/clock", "clock", clock)
    pages_of_authenticators.register(pages)
    notice_addresses.register(pages)


def security() -> Response:
    """What protects the account, a row each; first the one next thing to do."""
    session, demand = runtime().session(), runtime().demand()
    here = url_for("vestibule.security")
    if session is None or demand is None:
        return sign_in_first(here)
    with runtime().services.database.read() as connection:
        stored = of_subject(connection, session.subject_id)
        codes = facts(connection, session.subject_id)
    return page(
        "security.html",
        authenticators=stored,
        codes=codes,
        next_thing=next_thing(stored, codes, is_offered=demand.is_offered),
        is_offered=demand.is_offered,
        notices=addresses(runtime().services, session) if notice_addresses.is_offered() else None,
        gone=request.args.get("gone") == "1" and not stored,
        here=here,
        back_url=after_sign_in(),
    )


def clock() -> Response:
    """After a sign-in that made it certain: the phone's clock, in words, and on."""
    session = runtime().session()
    target = safe_next(request.args.get("next")) or after_sign_in()
    if session is None:
        return sign_in_first(target)
    with runtime().services.database.read() as connection:
        stored = of_subject(connection, session.subject_id)
    off = clocks_off(stored)
    if not off:
        return see_other(target)
    named = [(one.name, off[one.id]) for one in stored if one.id in off]
    return page("clock.html", clocks=named, continue_url=target)


def next_thing(
    stored: list[StoredAuthenticator], codes: SetFacts, *, is_offered: bool
) -> Text | None:
    """The one thing to do next; None where all is well."""
    if not stored:
        return _SET_UP if is_offered else None
    if not usable(stored):
        return Text("Next: replace your authenticator. It is off after too many wrong codes.")
    if not codes.total:
        return Text("Next: make backup codes, so that a lost phone does not lock you out.")
    if codes.left <= FEW_CODES:
        return Text("Next: make new backup codes, so that you don’t run out.")
    return None if codes.saved else Text("Next: save your backup codes, or make new ones.")
