"""The account's authenticators: listed, renamed, removed. Adding and replacing is a set-up."""

from collections.abc import Callable

from flask import request, url_for
from werkzeug.wrappers import Response

from vestibule.account_pages.forms import NameForm
from vestibule.account_pages.signed_in import signed_in
from vestibule.authenticators.changing import NoSuchAuthenticator, going_with, one_of
from vestibule.authenticators.clock_diagnosis import ClockFault, is_certain
from vestibule.authenticators.flows import (
    MOST_AUTHENTICATORS,
    StoredAuthenticator,
    of_subject,
    usable,
)
from vestibule.authenticators.values import PERIOD, clean_name, name_problem
from vestibule.sessions.values import LiveSession
from vestibule.signin import factors
from vestibule.signin.factors import LastAuthenticator
from vestibule.signin.held import held
from vestibule.signin.policy import Demand
from vestibule.texts import Text
from vestibule.web.csrf import check_csrf
from vestibule.web.pages import page, see_other
from vestibule.web.request_state import runtime, state

_DONE = {
    "renamed": Text("The new name is saved."),
    "removed": Text("The authenticator is removed. You are signed out everywhere else."),
}


def show_all() -> Response:
    """The list."""

    def show(session: LiveSession, demand: Demand) -> Response:
        stored = _stored(session)
        with runtime().services.database.read() as connection:
            has_passkeys = bool(held(connection, session.subject_id).passkeys)
        return page(
            "authenticators.html",
            authenticators=stored,
            has_passkeys=has_passkeys,
            clocks=clocks_off(stored),
            done=_DONE.get(request.args.get("done", "")),
            is_offered=demand.is_offered,
            has_room=len(usable(stored)) < MOST_AUTHENTICATORS,
            here=_list_url(),
        )

    return _signed_in(show)


def show_one(identity: str) -> Response:
    """One authenticator; sending the form gives it a name."""

    def show(session: LiveSession, _: Demand) -> Response:
        stored = _stored(session)
        one = one_of(stored, identity)
        form = NameForm(data={"name": one.name})
        if form.validate_on_submit():
            problem = name_problem(form.name.data or "")
            if problem is None:
                name = clean_name(form.name.data or "")
                factors.rename(runtime().services, session, identity, name, state().origin)
                return see_other(_list_url(done="renamed"))
            form.name.errors = [problem]
        return page(
            "authenticator.html",
            422 if form.errors else 200,
            form=form,
            one=one,
            clocks=clocks_off(stored),
            list_url=_list_url(),
        )

    return _signed_in(show)


def remove(identity: str) -> Response:
    """What is lost without it; sending the form removes it (TOTP-17)."""

    def show(session: LiveSession, demand: Demand) -> Response:
        with runtime().services.database.read() as connection:
            all_held = held(connection, session.subject_id)
        stored = all_held.authenticators
        one = one_of(stored, identity)
        going = going_with(stored, identity)
        settings = runtime().services.settings
        must_stay = factors.leaves_only_silent_passkeys(settings, all_held, going)
        return page(
            "authenticator_remove.html",
            one=one,
            is_last=must_stay or (len(going) == len(stored) and not all_held.passkeys),
            must_have=must_stay or demand.is_required,
            can_return=demand.is_offered and not demand.by_link,
            others=[each.name for each in usable(stored) if each.id not in going],
            list_url=_list_url(),
        )

    def act(session: LiveSession, demand: Demand) -> Response:
        check_csrf(request.form.get("csrf_token"))
        done = factors.remove(
            runtime().services,
            session,
            identity,
            state().origin,
            may_be_last=not demand.is_required,
        )
        state().renew_session(done.token)
        if done.was_last:
            return see_other(url_for("vestibule.security", gone=1))
        return see_other(_list_url(done="removed"))

    try:
        return _signed_in(act if request.method == "POST" else show)
    except LastAuthenticator:
        # The old one goes with the first code of the new one: there is no moment with neither.
        there = url_for("vestibule.setup", replaces=identity, next=_list_url())
        return see_other(there)


def clocks_off(stored: list[StoredAuthenticator]) -> dict[str, Text]:
    """By authenticator, how far its clock is off where that is certain."""
    return {
        one.id: ClockFault(PERIOD if one.drift > 0 else -PERIOD, 0, certain=True).sentence()
        for one in stored
        if is_certain(one.drift)
    }


def _signed_in(then: Callable[[LiveSession, Demand], Response]) -> Response:
    try:
        return signed_in(_list_url(), then)
    except NoSuchAuthenticator:
        # Removed in another tab: the list says what is there.
        return see_other(_list_url())


def _stored(session: LiveSession) -> list[StoredAuthenticator]:
    with runtime().services.database.read() as connection:
        return of_subject(connection, session.subject_id)


def _list_url(done: str | None = None) -> str:
    return url_for("vestibule.authenticators", done=done)
