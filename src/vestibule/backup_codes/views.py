"""Backup codes: shown once, saved, counted, replaced."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from flask import make_response, request, url_for
from werkzeug.wrappers import Response

from vestibule.authenticators.flows import of_subject
from vestibule.backup_codes import flows
from vestibule.backup_codes.forms import SavedForm
from vestibule.backup_codes.values import read_backup_code, sheet, sheet_head
from vestibule.confirm.views import confirm_first
from vestibule.foundation.keyring import KeyMissing, Unreadable
from vestibule.sessions.flows import take_unseen_codes
from vestibule.sessions.values import LiveSession
from vestibule.signin import enrolling
from vestibule.signin.enrolling import NotFresh
from vestibule.signin.errors import SigninOver
from vestibule.signin.values import safe_next
from vestibule.texts import Text
from vestibule.web.csrf import check_csrf
from vestibule.web.language import day, say
from vestibule.web.pages import after_sign_in, lead_back, page, see_other, sign_in_first
from vestibule.web.request_state import runtime, state

SHOWN_FOR = timedelta(minutes=30)
"""How long the page that shows the codes may be used to download them or to say they are saved."""


@dataclass(frozen=True)
class _Shown:
    codes: list[str]
    until: float


def codes() -> Response:
    """The codes themselves the first time after they were made; later only how many are left."""
    return _signed_in(_saved if request.method == "POST" else _show)


def new_codes() -> Response:
    """Replace the set; asks for the second step first unless it was passed just now (BC-7)."""
    check_csrf(request.form.get("csrf_token"))

    def make(session: LiveSession) -> Response:
        try:
            token = enrolling.new_codes(runtime().services, session, state().origin)
        except NotFresh:
            return confirm_first(session)
        state().renew_session(token)
        target = safe_next(request.form.get("next"))
        return see_other(url_for("vestibule.backup_codes", next=target))

    return _signed_in(make)


def download() -> Response:
    """The codes of the page as a text file. A POST: no address ever returns a code to a GET."""
    check_csrf(request.form.get("csrf_token"))

    def send(session: LiveSession) -> Response:
        shown = _unseal(session, request.form.get("sheet", ""))
        if shown is None:
            return see_other(url_for("vestibule.backup_codes"))
        settings = runtime().services.settings
        with runtime().services.database.read() as connection:
            facts = flows.facts(connection, session.subject_id)
        head = sheet_head(
            settings.issuer,
            runtime().account_name(),
            day(facts.made_at or runtime().services.clock.now()),
            facts.set_number,
            settings.base_url or request.host_url,
        )
        codes = [read_backup_code(code) for code in shown.codes]
        text = sheet([say(line) for line in head], codes)
        response = make_response(text)
        response.headers["Content-Type"] = "text/plain; charset=utf-8"
        response.headers["Content-Disposition"] = (
            f'attachment; filename="backup-codes-set-{facts.set_number}.txt"'
        )
        return response

    return _signed_in(send)


def _signed_in(then: Callable[[LiveSession], Response]) -> Response:
    session = runtime().session()
    if session is None:
        return sign_in_first(url_for("vestibule.backup_codes"))
    try:
        return then(session)
    except SigninOver:
        return lead_back(Text("You were signed out meanwhile. Sign in again."))


def _show(session: LiveSession) -> Response:
    text = None
    # A HEAD has no page to show them on: the one time would be gone, and nobody had seen them.
    if request.method != "HEAD":
        text = take_unseen_codes(runtime().services, session, state().origin)
    if text is None:
        return _counters(session)
    until = runtime().services.clock.now() + SHOWN_FOR
    shown = _Shown(text.split("\n"), until.timestamp())
    if not _is_current(session, shown):
        return _counters(session)
    form = SavedForm(data={"next": safe_next(request.args.get("next"))})
    form.sheet.data = _seal(session, shown)
    return _show_codes(session, form, shown, 200)


def _show_codes(session: LiveSession, form: SavedForm, shown: _Shown, status: int) -> Response:
    with runtime().services.database.read() as connection:
        facts = flows.facts(connection, session.subject_id)
    return page(
        "backup_codes_shown.html",
        status,
        form=form,
        codes=shown.codes,
        made_at=facts.made_at,
        set_number=facts.set_number,
        account_name=runtime().account_name(),
    )


def _saved(session: LiveSession) -> Response:
    form = SavedForm()
    shown = _unseal(session, form.sheet.data or "")
    target = safe_next(form.next.data) or after_sign_in()
    valid = form.validate_on_submit()
    if shown is None:
        return see_other(url_for("vestibule.backup_codes", next=target))
    if valid and not form.saved.data:
        form.saved.errors = [
            Text("Save the codes, then tick the box. Without them a lost phone locks you out.")
        ]
        valid = False
    if not valid:
        return _show_codes(session, form, shown, 422)
    services = runtime().services
    with services.database.write() as connection:
        flows.mark_saved(connection, session.subject_id, services.clock.now(), state().origin)
    return see_other(target)


def _counters(session: LiveSession) -> Response:
    with runtime().services.database.read() as connection:
        facts = flows.facts(connection, session.subject_id)
        stored = of_subject(connection, session.subject_id)
    return page(
        "backup_codes.html",
        # Whose one phone is lost replaces it; else the person says which one is gone.
        lost=stored[0].id if len(stored) == 1 else None,
        left=facts.left,
        total=facts.total,
        made_at=facts.made_at,
        set_number=facts.set_number,
        saved=facts.saved,
        just_used=request.args.get("used") == "1",
        continue_url=safe_next(request.args.get("next")) or after_sign_in(),
    )


def _seal(session: LiveSession, shown: _Shown) -> str:
    """The codes travel with the page, readable by this account's pages only, for a while."""
    text = json.dumps({"codes": shown.codes, "until": shown.until})
    return runtime().services.keyring.seal_text(text.encode(), "shown-codes", session.subject_id)


def _unseal(session: LiveSession, sealed: str) -> _Shown | None:
    services = runtime().services
    try:
        text = services.keyring.unseal_text(sealed, "shown-codes", session.subject_id)
    except (Unreadable, KeyMissing):
        return None
    shown = _Shown(**json.loads(text))
    is_good = services.clock.now().timestamp() < shown.until and _is_current(session, shown)
    return shown if is_good else None


def _is_current(session: LiveSession, shown: _Shown) -> bool:
    """Whether no other browser or tab made newer codes meanwhile: a sheet of dead ones would be
    found out when the phone is lost.
    """
    codes = [read_backup_code(code) for code in shown.codes]
    with runtime().services.database.read() as connection:
        return flows.are_current(connection, session.subject_id, codes)
