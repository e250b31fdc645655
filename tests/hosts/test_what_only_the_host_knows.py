"""A changed password, "sign out everywhere", and views that want more than a sign-in."""

from typing import Any

import pytest
from flask_login import current_user, login_required, login_user, logout_user

from tests.stories import HostMaker, settled
from tests.support.host_app import Host
from tests.support.host_tables import User, db
from tests.support.visitor import Visitor
from vestibule import (
    EventKind,
    EventRecorded,
    csrf_token,
    event_recorded,
    fresh_required,
    second_step_required,
)
from vestibule.sessions.models import Session


@pytest.fixture
def host(make: HostMaker) -> Host:
    """A host with views that change a password, sign out everywhere, and move money."""
    host = make()
    vestibule = host.vestibule

    @login_required
    def change() -> str:
        vestibule.password_changed(current_user)
        return "changed"

    @login_required
    def everywhere() -> str:
        vestibule.sign_out_everywhere(current_user)
        return "done"

    host.app.add_url_rule("/change", "change", change, methods=["POST"])
    host.app.add_url_rule("/everywhere", "everywhere", everywhere, methods=["POST"])
    views: dict[str, Any] = {
        "transfer": fresh_required(minutes=5)(lambda: "transferred"),
        "report": second_step_required(lambda: "reported"),
    }
    for name, view in views.items():
        host.app.add_url_rule(f"/{name}", name, view)
    return host


@pytest.mark.requirement("SES-10", "FLOW-5")
@pytest.mark.parametrize(
    ("path", "kind"),
    [("/change", EventKind.PASSWORD_CHANGED), ("/everywhere", EventKind.SIGNED_OUT_EVERYWHERE)],
)
def test_every_other_session_and_sign_in_ends_and_this_one_goes_on(
    host: Host, path: str, kind: EventKind
) -> None:
    ann = settled(host, "ann")
    ann.signs_in()
    elsewhere, between = ann.in_another_browser(), ann.in_another_browser()
    elsewhere.signs_in()
    between.enters_password()
    before = ann.cookie("vestibule")
    assert ann.posts(path, {}).status_code == 200
    assert ann.is_signed_in()
    assert ann.cookie("vestibule") != before
    assert not elsewhere.is_signed_in()
    assert between.opens("/verify-2fa").path == "/login"
    assert len(host.events(kind)) == 1


@pytest.mark.requirement("SES-2")
def test_signing_out_behind_a_changed_password_leaves_no_session(make: HostMaker) -> None:
    """ "Your password was changed, sign in with it": both in one view."""
    host = make()

    def change() -> str:
        host.vestibule.password_changed(current_user)
        logout_user()
        return "sign in again"

    host.app.add_url_rule("/change", "change", change, methods=["POST"])
    ann = settled(host.restarted(), "ann").with_the_same_cookies(host)
    ann.signs_in()
    ann.posts("/change", {})
    assert not ann.is_signed_in()
    assert host.rows(Session) == []


@pytest.mark.requirement("SES-3")
def test_signing_in_behind_a_changed_password_ends_the_session_of_before(host: Host) -> None:
    def change() -> str:
        user = current_user._get_current_object()
        host.vestibule.password_changed(user)
        login_user(user)
        return "changed"

    host.app.add_url_rule("/change-and-enter", "both", change, methods=["POST"])
    ann = settled(host.restarted(), "ann").with_the_same_cookies(host)
    ann.signs_in()
    assert ann.posts("/change-and-enter", {}).location == "/verify-2fa"
    assert not ann.is_signed_in()
    assert host.rows(Session) == []


def test_a_form_in_the_answer_to_a_changed_password_is_good(host: Host) -> None:
    def change() -> str:
        host.vestibule.password_changed(current_user)
        return csrf_token()

    host.app.add_url_rule("/change-and-show", "show", change, methods=["POST"])
    ann = settled(host.restarted(), "ann").with_the_same_cookies(host)
    ann.signs_in()
    token = ann.posts("/change-and-show", {}).text
    assert ann.posts("/logout", {"csrf_token": token}).status_code == 302


@pytest.mark.requirement("SES-13")
def test_a_view_can_want_a_second_step_passed_just_now(host: Host) -> None:
    ann = settled(host, "ann")
    ann.signs_in()
    assert ann.asks("/transfer").data == b"transferred"
    host.clock.moves(6 * 60)
    page = ann.opens("/transfer")
    assert page.path == "/confirm"
    ann.sends(page, page.form(with_field="totp_code"), totp_code=ann.fresh_code())
    assert ann.asks("/transfer").data == b"transferred"
    assert Visitor.new(host, "bob").asks("/transfer").location.startswith("/login")


def test_a_view_can_want_a_second_step_where_it_is_optional(make: HostMaker) -> None:
    host = make(VESTIBULE_POLICY="optional")
    host.app.add_url_rule("/report", "report", second_step_required(lambda: "reported"))
    otto = Visitor.new(host, "otto")
    otto.signs_in()
    page = otto.opens("/report?year=2026")
    assert page.path == "/setup-2fa"
    assert "/report?year=2026" in page.links, "Not now"
    page = otto.sets_up(page=page)
    assert page.answer.request.full_path == "/report?year=2026"
    assert page.answer.data == b"reported"


def test_the_way_to_a_set_up_that_a_view_wants_survives_confirming_and_signing_in(
    make: HostMaker,
) -> None:
    host = make(VESTIBULE_POLICY="optional")
    host.app.add_url_rule("/report", "report", second_step_required(lambda: "reported"))
    otto = Visitor.new(host, "otto")
    otto.signs_in()
    host.clock.moves(minutes=11)
    page = otto.opens("/report")
    assert page.path == "/login", "the password was too long ago for a first authenticator"
    fields = {"username": "otto", "password": otto.papers.password}
    page = otto.sends(page, page.form(with_field="password"), **fields)
    assert otto.sets_up(page=page).answer.data == b"reported"


@pytest.mark.requirement("SES-13")
def test_an_account_without_a_second_step_confirms_by_signing_in_once_more(
    make: HostMaker,
) -> None:
    host = make(VESTIBULE_POLICY="optional")
    transfer = fresh_required(minutes=5)(lambda: "transferred")
    host.app.add_url_rule("/transfer", "transfer", transfer)
    otto = Visitor.new(host, "otto")
    otto.signs_in()
    assert otto.asks("/transfer").data == b"transferred"
    host.clock.moves(minutes=6)
    page = otto.opens("/transfer?to=ann")
    assert page.path == "/login"
    assert "Sign in once more to confirm that it is you." in page.text
    fields = {"username": "otto", "password": otto.papers.password}
    page = otto.sends(page, page.form(with_field="password"), **fields)
    assert page.answer.request.full_path == "/transfer?to=ann"
    assert page.answer.data == b"transferred"


def test_a_view_that_wants_a_second_step_where_none_is_offered_says_so(make: HostMaker) -> None:
    host = make(VESTIBULE_POLICY="off")
    host.app.add_url_rule("/report", "report", second_step_required(lambda: "reported"))
    otto = Visitor.new(host, "otto")
    otto.signs_in()
    page = otto.opens("/report")
    assert (page.status, page.heading) == (403, "No second step for this account")


def test_a_receiver_hears_of_an_event_after_it_is_committed(host: Host) -> None:
    heard: list[tuple[str, int]] = []

    def receiver(kind: EventKind, event: EventRecorded) -> None:
        assert event.kind is kind
        heard.append((event.subject_id or "", len(host.events(EventKind.SIGNED_IN))))

    ann = settled(host, "ann")
    before = len(host.events(EventKind.SIGNED_IN))
    with event_recorded.connected_to(receiver, sender=EventKind.SIGNED_IN):
        ann.signs_in()
    ann.signs_out()
    ann.signs_in()
    assert heard == [(ann.subject_id, before + 1)]


def test_a_receiver_that_fails_harms_nothing(host: Host, caplog: pytest.LogCaptureFixture) -> None:
    def broken(_: EventKind, event: EventRecorded) -> None:
        raise ValueError(f"cannot handle {event.kind}")

    ann = settled(host, "ann")
    with event_recorded.connected_to(broken):
        ann.signs_in()
    assert ann.is_signed_in()
    assert "a receiver of session.opened failed" in caplog.text


def test_a_receiver_hears_of_what_the_host_records_when_the_host_commits(host: Host) -> None:
    heard: list[EventKind] = []

    def receiver(kind: EventKind, **_: object) -> None:
        heard.append(kind)

    ann = settled(host, "ann")
    with event_recorded.connected_to(receiver), host.app.test_request_context():
        user = db.session.get(User, int(ann.user_id))
        for commits in (False, True):
            host.vestibule.record(
                EventKind.ACCOUNT_CREATED, user, connection=db.session.connection()
            )
            assert heard == []
            db.session.commit() if commits else db.session.rollback()
    assert heard == [EventKind.ACCOUNT_CREATED]
