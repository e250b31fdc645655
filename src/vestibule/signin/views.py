"""The pages between the password and the session, and "confirm it's you"."""

from collections.abc import Callable
from typing import cast

from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response

from vestibule.authenticators import flows as authenticators
from vestibule.authenticators.flows import CodeUsed, WrongCode
from vestibule.authenticators.values import CodeProblem, MalformedCode, next_code_in, read_code
from vestibule.backup_codes import flows as backup_codes
from vestibule.backup_codes.flows import BackupCodeUsed, WrongBackupCode
from vestibule.backup_codes.values import MalformedBackupCode, read_backup_code
from vestibule.signin import confirming, second_step
from vestibule.signin.code_try import are_closed
from vestibule.signin.errors import NothingUsable, SigninOver
from vestibule.signin.flows import TrustWish, give_up
from vestibule.signin.forms import BackupCodeForm, CodeForm, ConfirmForm
from vestibule.signin.stages import Pending, PendingOver, Stage
from vestibule.signin.trusting import may_be_trusted
from vestibule.signin.values import safe_next
from vestibule.texts import Text
from vestibule.web.forms import check_csrf
from vestibule.web.pages import (
    NEEDS_SECOND_STEP,
    after_sign_in,
    ask_once_more,
    in_words,
    lead_back,
    left_in_words,
    page,
    see_other,
    sign_in_first,
)
from vestibule.web.request_state import runtime, state

_REASONS = {
    "/setup-2fa": Text("You are about to add an authenticator."),
    "/backup-codes": Text("You are about to make new backup codes."),
}
_GOING_ON = Text("You are about to go on.")


def register(pages: Blueprint) -> None:
    """Add the rules of this folder."""
    both = ["GET", "POST"]
    pages.add_url_rule("/verify-2fa", "verify", verify, methods=both)
    pages.add_url_rule(
        "/verify-2fa/backup-code", "verify_backup_code", verify_backup_code, methods=both
    )
    pages.add_url_rule("/verify-2fa/cancel", "cancel", cancel, methods=["POST"])
    pages.add_url_rule("/confirm", "confirm", confirm, methods=both)


def verify() -> Response:
    """The second step with a code from an authenticator."""
    return _with_pending(_verify)


def verify_backup_code() -> Response:
    """The second step with a backup code: a page and a field of its own."""
    return _with_pending(_verify_backup_code)


def cancel() -> Response:
    """ "Not you? Use another account." """
    check_csrf(request.form.get("csrf_token"))
    pending = state().live_pending
    if pending:
        give_up(runtime().services, pending, state().origin)
        if pending.remembered:
            # Else the next page asks for this account's second step again.
            state().forget_browser()
    state().drop_pending()
    return see_other(runtime().login_url(pending.next_url if pending else None) or "/")


def confirm() -> Response:
    """Confirm it's you: the second step once more, then back to what was asked for."""
    session = runtime().session()
    asked = request.form.get("next") if request.method == "POST" else request.args.get("next")
    target = safe_next(asked) or after_sign_in()
    if session is None:
        return sign_in_first(target)
    services = runtime().services
    with services.database.read() as connection:
        stored = authenticators.of_subject(connection, session.subject_id)
    # Without a factor only the first step can be shown again, and that is the host's. Where a
    # cookie stood for it, a code behind that would make a stolen cookie worth a password.
    if session.factors.remembered or not authenticators.usable(stored):
        return ask_once_more(target)
    form = ConfirmForm(data={"next": target})
    if form.validate_on_submit():
        try:
            code = read_code(form.totp_code.data or "")
            token = confirming.with_code(
                services, session, code, state().origin, state().known_cookie
            )
        except (MalformedCode, WrongCode, CodeUsed) as error:
            form.totp_code.errors = [code_words(error)]
        except NothingUsable:
            return ask_once_more(target)
        except SigninOver:
            words = Text("You were signed out meanwhile. Sign in again.")
            return lead_back(words, PendingOver("", target))
        else:
            state().renew_session(token)
            return see_other(target)
    path = target.split("?")[0]
    reason = next((words for end, words in _REASONS.items() if path.endswith(end)), _GOING_ON)
    return page("confirm.html", _status(form), form=form, reason=reason, cancel_url=after_sign_in())


def _with_pending(then: Callable[[Pending], Response]) -> Response:
    pending = state().pending
    if pending is None:
        # The back button after a sign-in, or a second tab: nothing is wrong.
        if runtime().session():
            return see_other(after_sign_in())
        return lead_back(NEEDS_SECOND_STEP if state().lacks_second_step else Text("Sign in first."))
    if isinstance(pending, PendingOver):
        return lead_back(why_over(pending), pending)
    if pending.stage is not Stage.SECOND_STEP:
        return see_other(url_for("vestibule.setup"))
    try:
        return then(pending)
    except SigninOver:
        if runtime().session():
            return see_other(after_sign_in())
        over = PendingOver(pending.account_name, pending.next_url)
        return lead_back(Text("This sign-in is over. Sign in again."), over)


def why_over(over: PendingOver) -> Text:
    """What somebody reads whose sign-in ended between the steps."""
    if over.allowed is None:
        return Text("This sign-in is over. Sign in again.")
    return Text("You took longer than %(time)s, so sign in again.", time=in_words(over.allowed))


def _verify(pending: Pending) -> Response:
    form = CodeForm()
    services = runtime().services
    server_time = None
    demand = runtime().demand()
    offers_trust = (
        demand is not None and not pending.remembered and may_be_trusted(services.settings, demand)
    )
    wish = None
    if offers_trust and form.trust_browser.data:
        wish = TrustWish(services.settings.trust_browsers_for, state().trust_cookie)
    if form.validate_on_submit():
        try:
            code = read_code(form.totp_code.data or "")
            passed = second_step.with_code(
                services, pending, code, state().origin, state().known_cookie, wish
            )
        except (MalformedCode, CodeUsed) as error:
            form.totp_code.errors = [code_words(error)]
        except WrongCode as error:
            form.totp_code.errors = [code_words(error)]
            # Never whether the code would be right at another time: whoever asks could use it then.
            server_time = services.clock.now() if error.failures > 1 else None
        except NothingUsable:
            form.form_errors.append(
                Text("Codes from the app are no longer accepted for this account.")
            )
        else:
            state().open_session(passed.opened, pending)
            return see_other(safe_next(pending.next_url) or after_sign_in())
    with services.database.read() as connection:
        stored = authenticators.of_subject(connection, pending.subject_id)
        left = backup_codes.facts(connection, pending.subject_id).left
        usable = len(authenticators.usable(stored))
        now, cookie = services.clock.now(), state().known_cookie
        closed = are_closed(connection, now, pending.subject_id, usable, cookie)
    return page(
        "verify.html",
        _status(form),
        form=form,
        account_name=pending.account_name,
        has_usable=bool(usable),
        authenticator_usable=bool(usable) and not closed,
        backup_codes_left=left,
        server_time=server_time,
        trusts_for=left_in_words(services.settings.trust_browsers_for) if offers_trust else None,
    )


def _verify_backup_code(pending: Pending) -> Response:
    form = BackupCodeForm()
    services = runtime().services
    if form.validate_on_submit():
        try:
            code = read_backup_code(form.backup_code.data or "")
            opened = second_step.with_backup_code(
                services, pending, code, state().origin, state().known_cookie
            )
        except MalformedBackupCode as error:
            form.backup_code.errors = [error.sentence]
        except WrongBackupCode:
            form.backup_code.errors = [
                Text("That backup code is not right. Look at the newest set.")
            ]
        except BackupCodeUsed:
            form.backup_code.errors = [Text("That backup code was used before. Take another one.")]
        else:
            state().open_session(opened, pending)
            target = safe_next(pending.next_url) or after_sign_in()
            return see_other(url_for("vestibule.backup_codes", used=1, next=target))
    return page(
        "verify_backup_code.html", _status(form), form=form, account_name=pending.account_name
    )


def code_words(error: MalformedCode | WrongCode | CodeUsed) -> Text:
    """Why a code did not pass, in words."""
    services = runtime().services
    if isinstance(error, MalformedCode):
        if error.reason is CodeProblem.LETTERS:
            return Text("The code has digits only. To use a backup code, choose Use a backup code.")
        return error.sentence
    if isinstance(error, CodeUsed):
        return Text.counted(
            "That code was already used. Wait for the next one; it comes in %(count)s second.",
            "That code was already used. Wait for the next one; it comes in %(count)s seconds.",
            next_code_in(services.clock.now()),
        )
    return Text(
        "That code is not right. Check that you opened %(issuer)s in the app and "
        "that the phone sets its time automatically.",
        issuer=services.settings.issuer,
    )


def _status(form: CodeForm | BackupCodeForm | ConfirmForm) -> int:
    return 422 if cast(object, form.errors) else 200
