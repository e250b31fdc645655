"""Signing in with a passkey alone: no name, no password."""

from flask import abort, request
from flask_login import login_user
from werkzeug.wrappers import Response

from vestibule.passkey_pages.forms import SigninForm
from vestibule.passkey_pages.options import browser_key
from vestibule.passkeys.values import PasskeyRefused, RelyingParty, Why, relying_party
from vestibule.sessions.values import SigninContext
from vestibule.signin.passkey_try import judge_alone, record_refusal
from vestibule.signin.values import safe_next
from vestibule.texts import Text
from vestibule.web.client import address_key
from vestibule.web.pages import after_sign_in, page, see_other
from vestibule.web.request_state import runtime, state

METHOD = "passkey"
"""How somebody came, to a policy."""


def passkey_sign_in() -> Response:
    """The page with the button; and where every page's passkey is sent."""
    site = relying_party(runtime().services.settings)
    if site is None:
        abort(404)
    wanted = safe_next(request.values.get("next"))
    if request.method == "GET" and runtime().session():
        return see_other(wanted or after_sign_in())
    form = SigninForm(data={"next": wanted})
    if form.validate_on_submit():
        try:
            _sign_in(site, form.credential.data or "")
        except PasskeyRefused as refused:
            form.form_errors.append(_words(refused))
        else:
            return see_other(wanted or after_sign_in())
    form.credential.data = ""  # an answer counts once
    return page(
        "passkey_sign_in.html",
        422 if form.errors else 200,
        form=form,
        next_url=wanted,
        sign_in_url=runtime().login_url(wanted),
    )


def _sign_in(site: RelyingParty, answer: str) -> None:
    """From here on it is a sign-in like any other: the gate hears ``login_user()``, and when the
    view has returned the account's stages are looked at, all of which this passkey stands for.
    """
    services, current = runtime().services, state()
    address = address_key(request.remote_addr or "")
    judged = judge_alone(
        services, site, browser_key(), answer, address, current.origin, current.known_cookie
    )
    user = runtime().user_of_key(judged.user_id)
    current.context, current.passkey = SigninContext(METHOD), judged
    if user is None or not login_user(user):
        # Gone, disabled by the host, or not active: as with a password, it is not told which.
        current.passkey = None
        refused = PasskeyRefused(Why.NO_USER)
        record_refusal(services, judged.subject.id, refused, current.origin)
        raise refused


def _words(refused: PasskeyRefused) -> Text:
    """A stranger hears no more than that it did not work; a right passkey's owner what would."""
    match refused.why:
        case Why.CHALLENGE:
            return Text("That took too long, or was sent twice. Use your passkey once more.")
        case Why.NO_USER_VERIFICATION:
            return Text(
                "Your passkey did not ask for a PIN, a finger or your face, so it is one step "
                "only. Sign in with your password, then use it."
            )
        case Why.PASSWORD_FIRST:
            return Text("That passkey works only after your password. Sign in with that first.")
    return Text("That passkey opens nothing here. Sign in with your password.")
