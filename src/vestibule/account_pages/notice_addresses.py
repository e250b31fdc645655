"""Where mails about the account go, and a second address for them."""

from collections.abc import Callable, Sequence

from flask import current_app, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from vestibule.account_pages.forms import AddressForm
from vestibule.confirm.views import confirm_first
from vestibule.notices.values import is_address
from vestibule.one_time_tokens.values import LinkRefused, Purpose
from vestibule.sessions.values import LiveSession
from vestibule.signin import second_address
from vestibule.signin.enrolling import NotFresh
from vestibule.signin.errors import SigninOver
from vestibule.signin.second_address import AlreadyThere, addresses
from vestibule.texts import Text
from vestibule.web.csrf import check_csrf
from vestibule.web.errors import error_page
from vestibule.web.forms import Form
from vestibule.web.held_links import held_link, open_link
from vestibule.web.language import say
from vestibule.web.pages import lead_back, page, see_other, sign_in_first
from vestibule.web.request_state import runtime, state

_DONE = {
    "asked": Text(
        "A mail with a link is on its way. Open it in a browser where you are signed in."
    ),
    "added": Text("From now on notices go to the second address too."),
    "removed": Text("Notices go to the second address no more."),
}


def is_offered() -> bool:
    """Whether mails are sent at all, and links in them can name this site."""
    settings = runtime().services.settings
    return bool(settings.mail and settings.base_url)


def show() -> Response:
    """The addresses; sending the form sends a link to one more."""

    def act(session: LiveSession) -> Response:
        services, form = runtime().services, AddressForm()
        if form.validate_on_submit():
            address = (form.email.data or "").strip()
            told = addresses(services, session)
            if not is_address(address):
                form.email.errors = [Text("Enter an e-mail address like name@example.org.")]
            elif address.casefold() in {one.casefold() for one in told.first}:
                form.email.errors = [Text("Notices go to this address already.")]
            else:
                second_address.ask(services, session, address, _words, state().origin)
                return see_other(_url(done="asked"))
        return page(
            "notice_addresses.html",
            422 if form.errors else 200,
            form=form,
            addresses=addresses(services, session),
            done=_DONE.get(request.args.get("done", "")),
            security_url=url_for("vestibule.security"),
        )

    return _signed_in(act)


def confirm() -> Response:
    """From the link in the mail: opening it changes nothing (L59), the form does."""
    answer = open_link(Purpose.NOTICES) or _signed_in(_confirm)
    # Nothing that is opened from here hears where it was opened (REC-6).
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


def _confirm(session: LiveSession) -> Response:
    if request.method == "POST":
        check_csrf(request.form.get("csrf_token"))
    form = Form()
    try:
        link = held_link(Purpose.NOTICES)
        if link.subject_id != session.subject_id:
            return _does_not_work()
        if form.validate_on_submit():
            second_address.add(runtime().services, session, link, state().origin)
            state().drop_link(Purpose.NOTICES)
            return see_other(_url(done="added"))
    except LinkRefused:
        return _does_not_work()
    return page(
        "notice_address_confirm.html",
        422 if form.errors else 200,
        form=form,
        address=link.about,
        cancel_url=_url(),
    )


def remove() -> Response:
    """No notices to the second address any more."""

    def act(session: LiveSession) -> Response:
        check_csrf(request.form.get("csrf_token"))
        second_address.remove(runtime().services, session, state().origin)
        return see_other(_url(done="removed"))

    return _signed_in(act)


def _signed_in(then: Callable[[LiveSession], Response]) -> Response:
    if not is_offered():
        raise NotFound
    session = runtime().session()
    if session is None:
        return sign_in_first(request.path if request.method == "GET" else _url())
    try:
        return then(session)
    except NotFresh:
        return confirm_first(session)
    except AlreadyThere:
        # In another tab: the list says which.
        return see_other(_url())
    except SigninOver:
        return lead_back(Text("You were signed out meanwhile. Sign in again."))


def _words(token: str) -> tuple[str, Sequence[str]]:
    settings = runtime().services.settings
    path = current_app.url_map.bind("").build("vestibule.confirm_notice_address", {"token": token})
    name, site = runtime().account_name(), settings.issuer
    return say(Text("Second address for notices at %(site)s", site=site)), [
        say(
            Text(
                "Somebody who is signed in to the account %(username)s at %(site)s wants mails "
                "about it to come here too. With this link they will. It works once, for one day:",
                username=name,
                site=site,
            )
        ),
        settings.base_url.rstrip("/") + path,
        say(Text("If that is not your account, do not open it. Nothing else will come.")),
    ]


def _does_not_work() -> Response:
    return error_page(
        410,
        Text("This link does not work any more"),
        Text(
            "It was used already, a newer one was sent, its time is over, or it is for another "
            "account than the one that is signed in here."
        ),
    )


def _url(done: str | None = None) -> str:
    return url_for("vestibule.notice_addresses", done=done)
