"""The account's passkeys: listed, renamed, removed."""

from collections.abc import Callable

from flask import request, url_for
from werkzeug.wrappers import Response

from vestibule.account_pages.forms import NameForm
from vestibule.account_pages.signed_in import signed_in
from vestibule.authenticators.flows import usable
from vestibule.authenticators.values import clean_name, name_problem
from vestibule.passkeys.changing import NoSuchPasskey, one_of
from vestibule.passkeys.values import MOST_PASSKEYS, relying_party
from vestibule.sessions.values import LiveSession
from vestibule.signin import factors
from vestibule.signin.factors import LastAuthenticator
from vestibule.signin.held import Held, held
from vestibule.signin.policy import Demand
from vestibule.texts import Text
from vestibule.web.csrf import check_csrf
from vestibule.web.pages import page, see_other
from vestibule.web.request_state import runtime, state

_DONE = {
    "renamed": Text("The new name is saved."),
    "removed": Text("The passkey is removed. You are signed out everywhere else."),
}


def passkeys() -> Response:
    """The list."""

    def show(session: LiveSession, demand: Demand) -> Response:
        stored = _held(session).passkeys
        offered = demand.is_offered and relying_party(runtime().services.settings) is not None
        return page(
            "passkeys.html",
            passkeys=stored,
            done=_DONE.get(request.args.get("done", "")),
            is_offered=offered,
            has_room=len(stored) < MOST_PASSKEYS,
            here=_list_url(),
        )

    return _signed_in(show)


def passkey(identity: str) -> Response:
    """One passkey; sending the form gives it a name."""

    def show(session: LiveSession, _: Demand) -> Response:
        one = one_of(_held(session).passkeys, identity)
        form = NameForm(data={"name": one.name})
        if form.validate_on_submit():
            problem = name_problem(form.name.data or "") or _no_name(form.name.data or "")
            if problem is None:
                name = clean_name(form.name.data or "")
                factors.rename_passkey(runtime().services, session, identity, name, state().origin)
                return see_other(_list_url(done="renamed"))
            form.name.errors = [problem]
        return page(
            "passkey.html", 422 if form.errors else 200, form=form, one=one, list_url=_list_url()
        )

    return _signed_in(show)


def _no_name(typed: str) -> Text | None:
    return None if typed.strip() else Text("Give it a name.")


def remove_passkey(identity: str) -> Response:
    """What is lost without it; sending the form removes it (TOTP-17)."""

    def show(session: LiveSession, demand: Demand, *, refused: bool = False) -> Response:
        stored = _held(session)
        one = one_of(stored.passkeys, identity)
        return page(
            "passkey_remove.html",
            422 if refused else 200,
            one=one,
            is_last=_is_last(stored),
            must_stay=_must_stay(stored, demand),
            can_return=demand.is_offered and not demand.by_link,
            others=[each.name for each in stored.passkeys if each.id != identity],
            list_url=_list_url(),
        )

    def act(session: LiveSession, demand: Demand) -> Response:
        check_csrf(request.form.get("csrf_token"))
        try:
            done = factors.remove_passkey(
                runtime().services,
                session,
                identity,
                state().origin,
                may_be_last=not demand.is_required,
                may_be_last_passkey=not demand.phishing_resistant,
            )
        except LastAuthenticator:
            return show(session, demand, refused=True)
        state().renew_session(done.token)
        if done.was_last:
            return see_other(url_for("vestibule.security", gone=1))
        return see_other(_list_url(done="removed"))

    return _signed_in(act if request.method == "POST" else show)


def _is_last(stored: Held) -> bool:
    return len(stored.passkeys) == 1 and not usable(stored.authenticators)


def _must_stay(stored: Held, demand: Demand) -> bool:
    if demand.phishing_resistant and len(stored.passkeys) == 1:
        return True
    return demand.is_required and _is_last(stored)


def _signed_in(then: Callable[[LiveSession, Demand], Response]) -> Response:
    try:
        return signed_in(_list_url(), then)
    except NoSuchPasskey:
        # Removed in another tab: the list says what is there.
        return see_other(_list_url())


def _held(session: LiveSession) -> Held:
    with runtime().services.database.read() as connection:
        return held(connection, session.subject_id)


def _list_url(done: str | None = None) -> str:
    return url_for("vestibule.passkeys", done=done)
