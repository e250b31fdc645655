"""The pages between the password and the session."""

from collections.abc import Callable
from typing import cast

from flask import request, url_for
from werkzeug.wrappers import Response

from vestibule.authenticators.flows import CodeUsed, WrongCode
from vestibule.authenticators.values import CodeProblem, MalformedCode, next_code_in, read_code
from vestibule.backup_codes import flows as backup_codes
from vestibule.backup_codes.flows import BackupCodeUsed, RetiredBackupCode, WrongBackupCode
from vestibule.backup_codes.values import MalformedBackupCode, read_backup_code
from vestibule.one_time_tokens.values import Purpose
from vestibule.passkeys.values import PasskeyRefused, Why, relying_party
from vestibule.recovery.flows import under_way
from vestibule.signin import second_step
from vestibule.signin.at_hand import at_hand
from vestibule.signin.errors import NothingUsable, SigninOver
from vestibule.signin.flows import Opened, TrustWish, Waiting, give_up
from vestibule.signin.forms import BackupCodeForm, CodeForm
from vestibule.signin.stages import OF_A_SECOND_STEP, Pending, PendingOver, Stage
from vestibule.signin.trusting import may_be_trusted
from vestibule.signin.values import safe_next
from vestibule.texts import Text
from vestibule.web.csrf import check_csrf
from vestibule.web.language import day
from vestibule.web.leading_on import stage_url
from vestibule.web.pages import (
    after_sign_in,
    lead_back,
    left_in_words,
    needs_more,
    page,
    see_other,
    why_over,
)
from vestibule.web.request_state import runtime, state


def verify() -> Response:
    """The second step with a code from an authenticator."""
    return with_pending(_verify)


def verify_backup_code() -> Response:
    """The second step with a backup code: a page and a field of its own."""
    return with_pending(_verify_backup_code)


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


def with_pending(then: Callable[[Pending], Response]) -> Response:
    """The page for whoever is before the second step; everybody else is led to where they are."""
    pending = state().pending
    if pending is None:
        # The back button after a sign-in, or a second tab: nothing is wrong.
        if runtime().session():
            return see_other(after_sign_in())
        return lead_back(needs_more() if state().lacks_second_step else Text("Sign in first."))
    if isinstance(pending, PendingOver):
        return lead_back(why_over(pending), pending)
    if pending.stage not in OF_A_SECOND_STEP:
        return see_other(stage_url(pending.stage))
    try:
        return then(pending)
    except SigninOver:
        if runtime().session():
            return see_other(after_sign_in())
        over = PendingOver(pending.account_name, pending.next_url)
        return lead_back(Text("This sign-in is over. Sign in again."), over)


def _verify(pending: Pending) -> Response:
    form = CodeForm()
    services = runtime().services
    server_time = None
    # Nobody is looked up for a question that is answered already.
    may_wish = services.settings.trust_browsers_for and not pending.remembered
    demand = runtime().demand() if may_wish else None
    offers_trust = demand is not None and may_be_trusted(services.settings, demand)
    wish = None
    if offers_trust and form.trust_browser.data:
        wish = TrustWish(services.settings.trust_browsers_for, state().trust_cookie)
    site = relying_party(services.settings)
    if form.validate_on_submit():
        try:
            if site and form.credential.data:
                by = (state().origin, state().known_cookie, wish)
                opened = second_step.with_passkey(
                    services, pending, site, form.credential.data, *by
                )
                return _lead_on(opened, pending)
            code = read_code(form.totp_code.data or "")
            passed = second_step.with_code(
                services, pending, code, state().origin, state().known_cookie, wish
            )
        except PasskeyRefused as refused:
            form.form_errors.append(passkey_words(refused))
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
            if passed.clock_turned_out_wrong and isinstance(passed.opened, Opened):
                target = safe_next(pending.next_url) or after_sign_in()
                return _lead_on(passed.opened, pending, url_for("vestibule.clock", next=target))
            return _lead_on(passed.opened, pending)
    form.credential.data = ""  # an answer counts once
    with services.database.read() as connection:
        now = services.clock.now()
        found = at_hand(connection, pending.subject_id, state().known_cookie, now)
        recovery = None
        if services.settings.recovery_after:
            recovery = under_way(connection, now, pending.subject_id)
    takes_codes = pending.stage is Stage.SECOND_STEP
    is_open = recovery is not None and recovery.is_open(now)
    holds_link = state().link_token(Purpose.RECOVERY) is not None
    return page(
        "verify.html",
        _status(form),
        form=form,
        account_name=pending.account_name,
        has_usable=bool(found.usable),
        authenticator_usable=takes_codes and found.codes_work,
        backup_codes_left=found.backup_codes if takes_codes else 0,
        only_passkeys=not takes_codes,
        has_authenticators=bool(found.authenticators),
        passkeys_work=bool(found.passkeys) and site is not None,
        server_time=server_time,
        may_recover=is_open and not holds_link,
        goes_on=holds_link and (is_open or recovery is None),
        trusts_for=left_in_words(services.settings.trust_browsers_for) if offers_trust else None,
    )


def _lead_on(passed: Opened | Waiting, pending: Pending, target: str | None = None) -> Response:
    """Inside, or to what else is asked."""
    if isinstance(passed, Waiting):
        state().hold_pending(passed.token)
        return see_other(stage_url(passed.stage))
    state().open_session(passed, pending)
    return see_other(target or safe_next(pending.next_url) or after_sign_in())


def passkey_words(refused: PasskeyRefused) -> Text:
    """Why a passkey did not pass, to somebody whose account is known."""
    match refused.why:
        case Why.CHALLENGE:
            return Text("That took too long, or was sent twice. Use your passkey once more.")
        case Why.UNKNOWN | Why.ANOTHERS:
            return Text("That passkey does not belong to this account. Use another one.")
        case Why.COUNTER:
            return Text(
                "There may be a copy of that passkey, so it opens nothing any more. Use another "
                "way, and remove it."
            )
    return Text("That passkey was not accepted. Use it once more, or another way.")


def _verify_backup_code(pending: Pending) -> Response:
    if pending.stage is not Stage.SECOND_STEP:
        return see_other(url_for("vestibule.verify"))
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
        except RetiredBackupCode as error:
            form.backup_code.errors = [_old_paper(pending, error)]
        except WrongBackupCode:
            form.backup_code.errors = [
                Text("That backup code is not right. Look at the newest set.")
            ]
        except BackupCodeUsed:
            form.backup_code.errors = [Text("That backup code was used before. Take another one.")]
        else:
            target = safe_next(pending.next_url) or after_sign_in()
            return _lead_on(opened, pending, url_for("vestibule.backup_codes", used=1, next=target))
    return page(
        "verify_backup_code.html", _status(form), form=form, account_name=pending.account_name
    )


def _old_paper(pending: Pending, error: RetiredBackupCode) -> Text:
    """Told to nobody but whoever holds the whole of an old code, behind the right password."""
    with runtime().services.database.read() as connection:
        newest = backup_codes.facts(connection, pending.subject_id)
    if newest.made_at is None:
        return Text("That code is from set %(old)s. It counts no more.", old=error.set_number)
    return Text(
        "That code is from set %(old)s. Your newest codes are set %(new)s, made %(day)s.",
        old=error.set_number,
        new=newest.set_number,
        day=day(newest.made_at),
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


def _status(form: CodeForm | BackupCodeForm) -> int:
    return 422 if cast(object, form.errors) else 200
