"""Stopping a recovery: by the link of a mail, or from any open session of the account."""

from flask import current_app, request, url_for
from werkzeug.wrappers import Response

from vestibule.browser_names import browser_in_words
from vestibule.recovery import flows
from vestibule.recovery.forms import RecoveryForm
from vestibule.recovery.values import UnderWay
from vestibule.signin.disowning import Disownable, look_up
from vestibule.texts import Text
from vestibule.web.csrf import check_csrf
from vestibule.web.errors import error_page
from vestibule.web.pages import page, see_other, sign_in_first
from vestibule.web.request_state import runtime, state

LONGEST_TOKEN = 100


def stop_recovery_link() -> Response:
    """Trade the token for a cookie and a clean address (P10); opening it changes nothing (L59)."""
    token = request.args.get("token", "")[:LONGEST_TOKEN]
    if look_up(runtime().services, token):
        response = see_other(url_for("vestibule.stop_recovery_by_mail"))
        state().hold_notice(token)
    else:
        response = _over()
    # The address holds the token: no page that is opened from here may hear of it (REC-6).
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def stop_by_mail() -> Response:
    """What was asked for, from where; the form stops it. The link stays good for "This wasn't me":
    whoever asked knows the password."""
    services = runtime().services
    notice = look_up(services, (state().notice_token or "")[:LONGEST_TOKEN])
    if notice is None:
        state().drop_notice()
        return _over()
    form = RecoveryForm()
    if form.validate_on_submit():
        done = flows.stop(services, notice.subject_id, "mail", state().origin)
        return see_other(url_for("vestibule.stop_recovery_by_mail", stopped=int(done)))
    return _show(form, notice, _under_way(notice.subject_id))


def _show(form: RecoveryForm, notice: Disownable, asked: UnderWay | None) -> Response:
    can_disown = current_app.extensions["vestibule"].users.disable_password is not None
    return page(
        "recover_stop.html",
        422 if form.errors else 200,
        form=form,
        asked=asked,
        stopped=request.args.get("stopped") == "1",
        browser=browser_in_words(asked.browser if asked else notice.browser),
        not_me_url=url_for("vestibule.not_me") if can_disown else None,
        sign_in_url=runtime().login_url(None),
    )


def stop() -> Response:
    """From a session of the account, whatever it is worth: nothing is opened by it."""
    session = runtime().session()
    if session is None:
        return sign_in_first(url_for("vestibule.security"))
    check_csrf(request.form.get("csrf_token"))
    flows.stop(runtime().services, session.subject_id, "session", state().origin)
    return see_other(url_for("vestibule.security", stopped=1))


def _under_way(subject_id: str) -> UnderWay | None:
    with runtime().services.database.read() as connection:
        return flows.under_way(connection, runtime().services.clock.now(), subject_id)


def _over() -> Response:
    return error_page(
        410,
        Text("This link does not work any more"),
        Text(
            "It was used already, or its time is over. "
            "If something is wrong with your account, tell the people who run %(issuer)s.",
            issuer=runtime().services.settings.issuer,
        ),
    )
