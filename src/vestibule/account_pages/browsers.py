"""``/security/browsers``: the browsers an account trusts, and those it knows."""

import functools

from flask import abort, request, url_for
from werkzeug.wrappers import Response

from vestibule.account_pages import flows
from vestibule.account_pages.flows import BrowserKind, NotThere
from vestibule.account_pages.forms import NameForm
from vestibule.account_pages.signed_in import signed_in
from vestibule.browsers import trusted
from vestibule.browsers.listing import ListedKnown, known_of
from vestibule.browsers.trusted import Listed
from vestibule.browsers.values import clean_name, name_problem, read_cookie
from vestibule.sessions.values import LiveSession
from vestibule.signin.policy import Demand
from vestibule.signin.trusting import may_be_trusted
from vestibule.texts import Text
from vestibule.web.csrf import check_csrf
from vestibule.web.pages import ago, page, see_other
from vestibule.web.request_state import runtime, state

_DONE = {
    "renamed": Text("The new name is saved."),
    "trusted": Text("The second step is asked for there again."),
    "known": Text("Forgotten. Whoever uses that browser is a stranger until the next sign-in."),
}
_NOT_THERE = Text("Your account has no such browser: it is forgotten already, perhaps.")


def show_all() -> Response:
    """Both lists."""
    return signed_in(_here(), _page)


def show_one(kind: str, identity: str) -> Response:
    """One browser; sending the form gives it a name."""

    def show(session: LiveSession, demand: Demand) -> Response:
        which = _kind(kind)
        one = _one(session, which, identity)
        if one is None:
            return _page(session, demand, 404)
        form = NameForm(data={"name": one.name})
        if form.validate_on_submit():
            typed = form.name.data or ""
            problem = name_problem(typed)
            if problem is None:
                services, origin = runtime().services, state().origin
                try:
                    flows.rename_browser(
                        services, session, which, identity, clean_name(typed), origin
                    )
                except NotThere:
                    return _page(session, demand, 404)
                return see_other(_here(done="renamed"))
            form.name.errors = [problem]
        return page(
            "browser.html",
            422 if form.errors else 200,
            form=form,
            kind=which,
            one=one,
            list_url=_here(),
        )

    return signed_in(_here(), show)


def forget_one(kind: str, identity: str) -> Response:
    """Stop trusting a browser, or make a stranger of it."""

    def act(session: LiveSession, demand: Demand) -> Response:
        check_csrf(request.form.get("csrf_token"))
        which = _kind(kind)
        try:
            flows.forget_browsers(runtime().services, session, which, identity, state().origin)
        except NotThere:
            return _page(session, demand, 404)
        return see_other(_here(done=which))

    return signed_in(_here(), act)


def forget_all(kind: str) -> Response:
    """Stop trusting all, this one too; or know this browser alone."""

    def act(session: LiveSession, _: Demand) -> Response:
        check_csrf(request.form.get("csrf_token"))
        which, services = _kind(kind), runtime().services
        but = state().known_cookie if which is BrowserKind.KNOWN else None
        flows.forget_browsers(services, session, which, None, state().origin, but)
        return see_other(_here(done=which))

    return signed_in(_here(), act)


def _page(session: LiveSession, demand: Demand, status: int = 200) -> Response:
    services = runtime().services
    now = services.clock.now()
    with services.database.read() as connection:
        trusted_ones = trusted.listed(connection, session.subject_id, now)
        known_ones = known_of(connection, session.subject_id, now, state().known_cookie)
    cookie = state().trust_cookie
    return page(
        "browsers.html",
        status,
        trusted=trusted_ones,
        this_trusted=read_cookie(cookie).row_id if cookie else None,
        known=known_ones,
        may_trust=may_be_trusted(services.settings, demand),
        ago=functools.partial(ago, now),
        done=_NOT_THERE if status == 404 else _DONE.get(request.args.get("done", "")),
    )


def _one(session: LiveSession, kind: BrowserKind, identity: str) -> Listed | ListedKnown | None:
    services = runtime().services
    now = services.clock.now()
    with services.database.read() as connection:
        found: list[Listed] | list[ListedKnown]
        if kind is BrowserKind.TRUSTED:
            found = trusted.listed(connection, session.subject_id, now)
        else:
            found = known_of(connection, session.subject_id, now, state().known_cookie)
    return next((one for one in found if one.id == identity), None)


def _kind(text: str) -> BrowserKind:
    try:
        return BrowserKind(text)
    except ValueError:
        abort(404)


def _here(done: str | None = None) -> str:
    return url_for("vestibule.browsers", done=done)
