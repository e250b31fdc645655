"""The ways in for somebody who can use none of the usual ones, and a new second step."""

from typing import Any

from flask import current_app, request, url_for
from werkzeug.wrappers import Response

from vestibule.host.contacts import confirmed_address
from vestibule.one_time_tokens.flows import look_up
from vestibule.one_time_tokens.values import LONGEST_TOKEN, Fault, Link, LinkRefused, Purpose
from vestibule.passkeys.values import relying_party
from vestibule.recovery import asking, finishing, flows
from vestibule.recovery.forms import RecoveryForm
from vestibule.recovery.values import LINK_LIFETIME, OPEN_FOR, RecoveryRefused, Why, masked
from vestibule.signin.at_hand import at_hand
from vestibule.signin.stages import Pending, PendingOver, Stage
from vestibule.signin.views import with_pending
from vestibule.texts import Text
from vestibule.web.errors import error_page
from vestibule.web.language import day
from vestibule.web.pages import in_words, lead_back, left_in_words, page, see_other
from vestibule.web.request_state import runtime, state

_NOT_NOW = {
    Why.NO_PASSWORD: Text("Sign in with your password to ask for it."),
    Why.NO_ADDRESS: Text("It needs an e-mail address of yours that you confirmed before."),
    Why.UNDER_WAY: Text("It was asked for already."),
    Why.NOT_OPEN: Text("The second step stays as it is: nothing was asked for, or it is over."),
}


def recover() -> Response:
    """ "I can't use any of these": what else there is. Its form sends the link."""
    return with_pending(_recover)


def _recover(pending: Pending) -> Response:
    form = RecoveryForm()
    try:
        if form.validate_on_submit():
            origin, mailbox = state().origin, confirmed_address(pending)
            asking.send_link(runtime().services, pending, mailbox, origin, _address_of)
            return see_other(url_for("vestibule.recover", sent=1))
    except RecoveryRefused as refused:
        form.form_errors.append(_why_not(refused))
    return _show(pending, form)


def _address_of(token: str) -> str:
    """Of the site that the configuration names: never the request's Host header (REC-6)."""
    base = runtime().services.settings.base_url.rstrip("/")
    path = current_app.url_map.bind("").build("vestibule.recovery_link", {"token": token})
    return base + path


def _show(pending: Pending, form: RecoveryForm) -> Response:
    services, now = runtime().services, runtime().services.clock.now()
    settings = services.settings
    with services.database.read() as connection:
        has = at_hand(connection, pending.subject_id, state().known_cookie, now)
        found = flows.under_way(connection, now, pending.subject_id)
    takes_codes = pending.stage is Stage.SECOND_STEP
    asked, mailbox, not_now = found if settings.recovery_after else None, "", None
    try:
        mailbox = asking.refuse_unless_possible(services, pending, confirmed_address(pending))
    except RecoveryRefused as refused:
        not_now = refused
    return page(
        "recover.html",
        422 if form.errors else 200,
        form=form,
        account_name=pending.account_name,
        several=has.codes_work and has.usable > 1,
        authenticator_usable=takes_codes and has.codes_work,
        passkeys_work=bool(has.passkeys) and relying_party(settings) is not None,
        backup_codes_left=has.backup_codes if takes_codes else 0,
        offers=not_now is None,
        not_now=_why_not(not_now) if not_now and not_now.why is not Why.OFF else None,
        mailbox=masked(mailbox),
        asked=asked,
        is_open=asked is not None and asked.is_open(now),
        sent=request.args.get("sent") == "1" and not form.errors,
        waits=left_in_words(settings.recovery_after),
        link_works=in_words(LINK_LIFETIME),
        contact=settings.contact,
    )


def _why_not(refused: RecoveryRefused) -> Text:
    if refused.why is Why.BARRED and refused.until:
        return Text(
            "It can be asked for from %(day)s on: for 30 days after a password was reset or an "
            "e-mail address was changed it cannot.",
            day=day(refused.until),
        )
    return _NOT_NOW.get(refused.why, Text("It is not possible for this account."))


def recovery_link() -> Response:
    """Trade the token for a cookie and a clean address (P10).

    Programs that look at mails open every link in them (L59): only the form of the page acts.
    """
    token = request.args.get("token", "")[:LONGEST_TOKEN]
    try:
        look_up(runtime().services, token, Purpose.RECOVERY)
        response = see_other(url_for("vestibule.confirm_recovery"))
        state().hold_link(token, Purpose.RECOVERY)
    except LinkRefused as refused:
        response = _works_no_more(refused.fault)
    # The address holds the token: no page that is opened from here may hear of it (REC-6).
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def confirm_recovery() -> Response:
    """What will happen; the form makes the waiting time begin or, when that is over, leads on to
    the set-up. Asks for the password before."""
    try:
        link = look_up(runtime().services, _held(), Purpose.RECOVERY)
    except LinkRefused as refused:
        state().drop_link(Purpose.RECOVERY)
        return _works_no_more(refused.fault)
    if state().live_pending is None:
        if runtime().session():
            return with_pending(_recover)
        over = state().pending
        words = Text("Sign in with your password to go on.")
        return lead_back(words, over if isinstance(over, PendingOver) else None)
    return with_pending(lambda pending: _confirm(pending, link))


def _confirm(pending: Pending, link: Link) -> Response:
    if link.subject_id != pending.subject_id:
        # L40: the mailbox of one account and the password of another.
        return _works_no_more(Fault.OF_ANOTHER)
    form, services = RecoveryForm(), runtime().services
    now = services.clock.now()
    with services.database.read() as connection:
        found = flows.under_way(connection, now, pending.subject_id)
    is_open = found is not None and found.is_open(now)
    try:
        if form.validate_on_submit():
            mailbox = confirmed_address(pending)
            act = finishing.begin_set_up if is_open else asking.ask
            act(services, pending, link, mailbox, state().origin)
            state().drop_link(Purpose.RECOVERY)
            return see_other(url_for("vestibule.setup" if is_open else "vestibule.recover"))
    except LinkRefused as refused:
        state().drop_link(Purpose.RECOVERY)
        return _works_no_more(refused.fault)
    except RecoveryRefused as refused:
        form.form_errors.append(_why_not(refused))
    return page(
        "recover_confirm.html",
        422 if form.errors else 200,
        form=form,
        account_name=pending.account_name,
        is_open=is_open,
        waits=left_in_words(services.settings.recovery_after),
        open_for=left_in_words(OPEN_FOR),
    )


def _held() -> str:
    return (state().link_token(Purpose.RECOVERY) or "")[:LONGEST_TOKEN]


def _works_no_more(fault: Fault) -> Response:
    words: dict[Any, Text] = {
        Fault.EXPIRED: Text(
            "It worked for %(time)s. Sign in with your password, and ask for a new one.",
            time=in_words(LINK_LIFETIME),
        ),
        Fault.OF_ANOTHER: Text("It is for another account. Sign in to that one with its password."),
    }
    used = Text(
        "It was used already, a newer one was sent, or the account was changed after it was made. "
        "Sign in with your password, and ask for a new one."
    )
    title = Text("This link does not work any more")
    return error_page(410, title, words.get(fault, used))
