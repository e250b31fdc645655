"""The overview at ``/security``, and what a phone's clock showed."""

from flask import request, url_for
from werkzeug.wrappers import Response

from vestibule.account_pages import notice_addresses
from vestibule.account_pages.activity import happened
from vestibule.account_pages.authenticators import clocks_off
from vestibule.account_pages.signed_in import signed_in
from vestibule.audit.of_account import events_of
from vestibule.audit.words import NOT_TOLD
from vestibule.authenticators.flows import of_subject
from vestibule.backup_codes.flows import SetFacts, facts
from vestibule.browsers import trusted
from vestibule.browsers.listing import count_known
from vestibule.passkeys.values import relying_party
from vestibule.sessions.listing import count
from vestibule.sessions.values import LiveSession
from vestibule.signin.held import Held, held
from vestibule.signin.policy import Demand
from vestibule.signin.second_address import addresses
from vestibule.signin.values import safe_next
from vestibule.texts import Text
from vestibule.web.pages import after_sign_in, page, see_other, sign_in_first
from vestibule.web.request_state import runtime

FEW_CODES = 3
_SET_UP = Text("Next: set up an authenticator, so that your password alone opens nothing.")


def security() -> Response:
    """What protects the account, a row each; first the one next thing to do."""
    here = url_for("vestibule.security")

    def show(session: LiveSession, demand: Demand) -> Response:
        services, subject_id = runtime().services, session.subject_id
        settings, now = services.settings, services.clock.now()
        with services.database.read() as connection:
            stored = held(connection, subject_id)
            codes = facts(connection, subject_id)
            open_sessions = count(connection, settings, subject_id, now)
            trusted_browsers = len(trusted.listed(connection, subject_id, now))
            known_browsers = count_known(connection, subject_id, now)
            newest = events_of(connection, subject_id, most=1, but=NOT_TOLD)
        return page(
            "security.html",
            authenticators=stored.authenticators,
            passkeys=stored.passkeys,
            offers_passkeys=demand.is_offered and relying_party(settings) is not None,
            codes=codes,
            trusted_browsers=trusted_browsers,
            known_browsers=known_browsers,
            other_sessions=max(0, open_sessions - 1),
            last_event=happened(newest[0]) if newest else None,
            password_url=url_for(endpoint) if (endpoint := settings.password_endpoint) else None,
            next_thing=next_thing(
                stored,
                codes,
                is_offered=demand.is_offered,
                only_passkeys=demand.phishing_resistant,
            ),
            is_offered=demand.is_offered,
            notices=addresses(services, session) if notice_addresses.is_offered() else None,
            gone=request.args.get("gone") == "1" and not stored,
            stopped=request.args.get("stopped") == "1",
            here=here,
            back_url=after_sign_in(),
        )

    return signed_in(here, show)


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
    stored: Held, codes: SetFacts, *, is_offered: bool, only_passkeys: bool
) -> Text | None:
    """The one thing to do next; None where all is well."""
    if not stored:
        return _SET_UP if is_offered else None
    if only_passkeys:
        # Codes open nothing here, so a second passkey is all that helps when the first is lost.
        return Text("Next: add a second passkey.") if len(stored.passkeys) == 1 else None
    if not stored.is_usable:
        return Text("Next: replace your authenticator. It is off after too many wrong codes.")
    if not codes.total:
        return Text("Next: make backup codes, so that a lost phone does not lock you out.")
    if codes.left <= FEW_CODES:
        return Text("Next: make new backup codes, so that you don’t run out.")
    return None if codes.saved else Text("Next: save your backup codes, or make new ones.")
