"""Confirm it's you: the second step once more, then on with what was asked for."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import cast
from urllib.parse import unquote

from flask import current_app, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from vestibule.authenticators import flows as authenticators
from vestibule.authenticators.flows import CodeUsed, WrongCode
from vestibule.authenticators.values import MalformedCode, read_code
from vestibule.confirm.forms import ConfirmForm
from vestibule.confirm.keeping import NotKept, fields_now, keep, kept_in
from vestibule.confirm.values import KeptPost, label
from vestibule.passkeys.values import PasskeyRefused, relying_party
from vestibule.sessions.values import LiveSession
from vestibule.signin import confirming
from vestibule.signin.errors import NothingUsable, SigninOver
from vestibule.signin.held import held
from vestibule.signin.stages import PendingOver
from vestibule.signin.values import safe_next
from vestibule.signin.views import code_words, passkey_words
from vestibule.texts import Text
from vestibule.web.headers import secure
from vestibule.web.leading_on import asks_for_json, way_back
from vestibule.web.pages import (
    after_sign_in,
    ask_once_more,
    lead_back,
    page,
    see_other,
    sign_in_first,
)
from vestibule.web.request_state import runtime, state

_REASONS = {
    "vestibule.setup": Text("You are about to add an authenticator."),
    "vestibule.setup_passkey": Text("You are about to add a passkey."),
    "vestibule.passkey": Text("You are about to rename a passkey."),
    "vestibule.remove_passkey": Text("You are about to remove a passkey."),
    "vestibule.backup_codes": Text("You are about to make new backup codes."),
    "vestibule.new_backup_codes": Text("You are about to make new backup codes."),
    "vestibule.authenticator": Text("You are about to rename an authenticator."),
    "vestibule.notice_addresses": Text("You are about to change where notices go."),
    "vestibule.remove_notice_address": Text("You are about to change where notices go."),
    "vestibule.remove_authenticator": Text("You are about to remove an authenticator."),
    "vestibule.end_session": Text("You are about to sign another browser out."),
    "vestibule.end_other_sessions": Text("You are about to sign out everywhere else."),
    "vestibule.browser": Text("You are about to rename a browser."),
    "vestibule.forget_browser": Text("You are about to forget a browser."),
    "vestibule.forget_browsers": Text("You are about to forget browsers."),
}
_REPLACING = Text("You are about to replace an authenticator.")
_GOING_ON = Text("You are about to go on.")
_NOT_KEPT = {
    "files": Text("Files cannot be kept while you confirm: choose them again afterwards."),
    "long": Text("What you typed is too long to be kept while you confirm: type it once more."),
}


def confirm_first(
    session: LiveSession,
    asks_again: Collection[str] | None = None,
    action: str | None = None,
) -> Response:
    """The answer to a request that wants "confirm it's you" before: the page that asks for it.

    A POST comes again from there with nothing lost but secrets (see :mod:`.values`) and files; of
    any other request the page comes back. ``action`` names it where it wants a code of its own.
    """
    if request.method != "POST" or asks_for_json():
        return see_other(url_for("vestibule.confirm", next=way_back(), once=action))
    if not _ways(session):
        return ask_once_more(way_back() or after_sign_in(), action)
    try:
        sealed = keep(session.subject_id, asks_again)
    except NotKept as lost:
        why = lost.why if lost.why in _NOT_KEPT else None
        return see_other(url_for("vestibule.confirm", next=way_back(), lost=why, once=action))
    # The fields of that POST are not this form's.
    form = ConfirmForm(formdata=None, data={"kept": sealed, "once": action})
    # 403, so that a script does not take the page for what it asked for.
    answer = _show(session, form, kept_in(sealed, session.subject_id), after_sign_in(), 403)
    # It may stand at an address of the host's, and is a page of ours nonetheless.
    secure(answer, https=runtime().services.settings.secure, is_static=False)
    return answer


def confirm() -> Response:
    """Confirm it's you: bound to the account of this very session (L33), now."""
    session = runtime().session()
    sending = request.method == "POST"
    told = request.form if sending else request.args
    target = safe_next(told.get("next")) or after_sign_in()
    if session is None:
        return sign_in_first(target)
    kept = kept_in(request.form["kept"], session.subject_id) if request.form.get("kept") else None
    # A code that is asked for on the way to something else is not for what was refused before.
    action = session.asks_for if session.asks_for == told.get("once") else None
    # Without a factor only the first step can be shown again, and that is the host's. Where a
    # cookie stood for it, a code behind that would make a stolen cookie worth a password.
    if not _ways(session):
        return ask_once_more(kept.back if kept else target, action)
    form = ConfirmForm(data={"next": target, "once": action})
    if form.validate_on_submit():
        try:
            token = _pass(session, form, action)
        except (MalformedCode, WrongCode, CodeUsed) as error:
            form.totp_code.errors = [code_words(error)]
        except PasskeyRefused as refused:
            form.form_errors.append(passkey_words(refused))
        except NothingUsable:
            return ask_once_more(target, action)
        except SigninOver:
            words = Text("You were signed out meanwhile. Sign in again.")
            return lead_back(words, PendingOver("", kept.back if kept else target))
        else:
            state().renew_session(token)
            return _send_on(kept) if kept else see_other(target)
    return _show(session, form, kept, target, 422 if cast(object, form.errors) else 200)


def _pass(session: LiveSession, form: ConfirmForm, action: str | None) -> str:
    services, origin = runtime().services, state().origin
    site = relying_party(services.settings)
    if site and form.credential.data:
        answer = form.credential.data
        return confirming.with_passkey(services, session, site, answer, origin, action)
    if _only_passkeys():
        raise NothingUsable
    code = read_code(form.totp_code.data or "")
    return confirming.with_code(services, session, code, origin, state().known_cookie, action)


def _only_passkeys() -> bool:
    demand = runtime().demand()
    return demand is None or demand.phishing_resistant


@dataclass(frozen=True)
class _Ways:
    """What somebody can confirm with."""

    codes: bool
    passkeys: bool

    def __bool__(self) -> bool:
        return self.codes or self.passkeys


def _ways(session: LiveSession) -> _Ways:
    services = runtime().services
    if session.factors.remembered:
        return _Ways(codes=False, passkeys=False)
    with services.database.read() as connection:
        stored = held(connection, session.subject_id)
    return _Ways(
        codes=bool(authenticators.usable(stored.authenticators)) and not _only_passkeys(),
        passkeys=bool(stored.passkeys) and relying_party(services.settings) is not None,
    )


def _show(
    session: LiveSession, form: ConfirmForm, kept: KeptPost | None, target: str, status: int
) -> Response:
    if kept is None:
        form.kept.data = ""
    form.credential.data = ""  # an answer counts once
    return page(
        "confirm.html",
        status,
        form=form,
        ways=_ways(session),
        kept=kept,
        reason=_reason(kept.target, "POST") if kept else _reason(target, "GET"),
        each_time=_asks_each_time(*((kept.target, "POST") if kept else (target, "GET"))),
        note=_NOT_KEPT.get(request.args.get("lost", "")),
        cancel_url=kept.back if kept else after_sign_in(),
    )


def _send_on(kept: KeptPost) -> Response:
    """A page whose form is the POST that waited: the browser sends it, with the cookies of now."""
    return page(
        "confirmed.html",
        target=kept.target,
        fields=fields_now(kept),
        asked_again=[(name, label(name)) for name in kept.asked_again],
        cancel_url=kept.back,
    )


def _reason(target: str, method: str) -> str:
    """What somebody is about to do there, as a sentence."""
    endpoint = _endpoint(target, method)
    if endpoint == "vestibule.setup" and "replaces=" in target.partition("?")[2]:
        return _REPLACING
    view = current_app.view_functions.get(endpoint)
    told: str | None = getattr(view, "vestibule_reason", None)
    return told or _REASONS.get(endpoint) or _GOING_ON


def _asks_each_time(target: str, method: str) -> bool:
    view = current_app.view_functions.get(_endpoint(target, method))
    return getattr(view, "vestibule_asks_each_time", False)


def _endpoint(target: str, method: str) -> str:
    """The endpoint that a request would come to; "" for none."""
    path = unquote(target.partition("?")[0]).removeprefix(request.script_root)
    try:
        found = current_app.create_url_adapter(request).match(path, method)  # type: ignore[union-attr]
    except HTTPException:
        return ""
    return str(found[0])
