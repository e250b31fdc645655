"""The one link of a notice: "This wasn't me"."""

from flask import current_app, request, url_for
from werkzeug.wrappers import Response

from vestibule.browser_names import browser_in_words
from vestibule.host.lookup import user_with_key
from vestibule.notices.forms import NotMeForm
from vestibule.signin.disowning import Disownable, disown, look_up
from vestibule.texts import Text
from vestibule.web.errors import error_page
from vestibule.web.pages import page, see_other
from vestibule.web.request_state import runtime, state

LONGEST_TOKEN = 100


class UserIsGone(Exception):
    """Nobody has the key of the account any more, and nobody said so."""


def not_me_link() -> Response:
    """Trade the token for a cookie and a clean address (P10).

    Programs that look at mails open every link in them (L59): only the form of the page acts.
    """
    token = request.args.get("token", "")[:LONGEST_TOKEN]
    if _of_token(token):
        response = see_other(url_for("vestibule.not_me"))
        state().hold_notice(token)
    else:
        response = _does_not_work()
    # The address holds the token: no page that is opened from here may hear of it (REC-6).
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def not_me() -> Response:
    """Explains what will happen; its form does it."""
    current = state()
    notice = _of_token(current.notice_token or "")
    if notice is None:
        current.drop_notice()
        return _does_not_work()
    form = NotMeForm()
    if form.validate_on_submit():
        try:
            services, origin = runtime().services, current.origin
            done = disown(services, notice, lambda: _disable_password(notice), origin)
        except UserIsGone:
            done = False
        current.drop_notice()
        return see_other(url_for("vestibule.not_me_done")) if done else _does_not_work()
    return page(
        "not_me.html",
        422 if form.errors else 200,
        form=form,
        notice=notice,
        browser=browser_in_words(notice.browser),
    )


def not_me_done() -> Response:
    """Says how to go on."""
    return page("not_me_done.html", sign_in_url=runtime().login_url(None))


def _of_token(token: str) -> Disownable | None:
    # Where the host never said how a password becomes unusable, no page may promise it.
    if current_app.extensions["vestibule"].users.disable_password is None:
        return None
    return look_up(runtime().services, token[:LONGEST_TOKEN])


def _disable_password(notice: Disownable) -> None:
    installed = current_app.extensions["vestibule"]
    try:
        user = user_with_key(installed, notice.user_id)
    except LookupError as error:
        raise UserIsGone from error
    installed.users.disable_password(user)


def _does_not_work() -> Response:
    return error_page(
        410,
        Text("This link does not work any more"),
        Text(
            "It was used already, or it is older than two weeks. "
            "If something is wrong with your account, tell the people who run %(issuer)s.",
            issuer=runtime().services.settings.issuer,
        ),
    )
