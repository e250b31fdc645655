"""Whatever a host does around ``login_user()``: it is the first step, and nothing more."""

from typing import Any

import pytest
from flask import (
    Response,
    abort,
    after_this_request,
    jsonify,
    make_response,
    redirect,
    request,
    session,
)
from flask_login import (
    FlaskLoginClient,
    current_user,
    login_required,
    login_user,
    logout_user,
)

from tests.stories import HostMaker, settled
from tests.support.host_app import Host
from tests.support.host_tables import User, db
from tests.support.visitor import Visitor
from vestibule.sessions.models import Session


def user_of(person: Visitor) -> User:
    found = db.session.get(User, int(person.user_id))
    assert found is not None
    return found


def knows(host: Host, person: Visitor, **views: Any) -> None:
    """A view of the host that signs this person in at once, as after a check of its own."""
    for path, view in views.items():
        host.app.add_url_rule(f"/{path}", path, view, methods=["GET", "POST"])


@pytest.fixture
def host(make: HostMaker) -> Host:
    return make()


@pytest.fixture
def ann(host: Host) -> Visitor:
    """Flask takes no further view after the first request: another worker did the set-up."""
    person = settled(host.restarted(), "ann")
    person.host = host
    return Visitor(host, person.papers, address="192.0.2.1", site="http://localhost")


def test_a_view_does_not_run_for_somebody_signed_in_just_before_it(
    host: Host, ann: Visitor
) -> None:
    bought: list[str] = []

    @host.app.before_request
    def single_sign_on() -> None:
        login_user(user_of(ann))

    def buy() -> str:
        bought.append(current_user.username)
        return "bought"

    knows(host, ann, buy=login_required(buy))
    answer = ann.posts("/buy", {})
    assert (answer.status_code, answer.location) == (303, "/verify-2fa")
    assert bought == []
    assert host.rows(Session) == []


def test_a_sign_on_that_is_said_again_at_each_request_asks_once(host: Host, ann: Visitor) -> None:
    @host.app.before_request
    def single_sign_on() -> None:
        if request.blueprint != "vestibule":
            login_user(user_of(ann))

    assert ann.opens("/dashboard?from=mail").path == "/verify-2fa"
    ann.enters_code()
    before = ann.cookie("vestibule")
    assert ann.asks("/dashboard").status_code == 200
    assert ann.cookie("vestibule") == before
    assert any("from=mail" in (one.location or "") for one in ann.answers)


def test_without_a_second_step_it_leads_to_the_page_that_was_asked_for(make: HostMaker) -> None:
    host = make(VESTIBULE_POLICY="optional")
    nina = Visitor.new(host, "nina")
    host.app.before_request(lambda: login_user(user_of(nina)) and None)
    page = nina.opens("/dashboard")
    assert (page.path, page.heading) == ("/dashboard", "Welcome, nina")
    assert len(host.rows(Session)) == 1


def test_nobody_is_signed_in_when_the_view_failed_after_login_user(
    host: Host, ann: Visitor
) -> None:
    def broken() -> str:
        login_user(user_of(ann))
        raise ValueError("the profile could not be loaded")

    host.app.register_error_handler(ValueError, lambda _: redirect("/dashboard"))
    knows(host, ann, broken=broken)
    ann.asks("/broken")
    assert ann.cookie("vestibule-pending") is None
    assert not ann.is_signed_in()


@pytest.mark.requirement("P1")
@pytest.mark.parametrize("error", [ValueError, 404])
def test_the_page_of_such_a_failure_is_shown_to_nobody_in_particular(
    host: Host, ann: Visitor, error: Any
) -> None:
    def broken() -> str:
        login_user(user_of(ann))
        if error == 404:
            abort(error)
        raise error

    def page(_: Exception) -> tuple[str, int]:
        return getattr(current_user, "username", "nobody"), 500

    host.app.register_error_handler(error, page)
    knows(host, ann, broken=broken)
    assert ann.asks("/broken").text == "nobody"


def test_the_user_is_there_until_the_view_returns(host: Host, ann: Visitor) -> None:
    seen: list[str] = []

    def enter() -> Any:
        login_user(user_of(ann))
        seen.append(current_user.username)
        return redirect("/dashboard?from=profile")

    knows(host, ann, enter=enter)
    assert ann.opens("/enter").path == "/verify-2fa"
    assert seen == ["ann"]
    assert ann.fills_in("/verify-2fa", totp_code=ann.fresh_code()).path == "/dashboard"
    assert any("from=profile" in (one.location or "") for one in ann.answers)


def test_what_the_view_wrote_into_the_session_waits_for_the_second_step(
    host: Host, ann: Visitor
) -> None:
    def choose() -> str:
        session["basket"] = ["book"]
        session["colour"] = "red"
        return "chosen"

    def enter() -> Any:
        login_user(user_of(ann))
        session["tenant"] = "acme"
        session["colour"] = "blue"
        session.pop("basket")
        return redirect("/dashboard")

    def told() -> Response:
        return jsonify({key: session.get(key) for key in ("basket", "colour", "tenant")})

    knows(host, ann, choose=choose, enter=enter, told=told)
    ann.asks("/choose")
    ann.asks("/enter")
    before = {"basket": ["book"], "colour": "red", "tenant": None}
    assert ann.asks("/told").json == before
    ann.enters_code()
    assert ann.asks("/told").json == {"basket": None, "colour": "blue", "tenant": "acme"}


def test_no_cookie_of_the_view_reaches_the_browser_before_the_second_step(
    host: Host, ann: Visitor
) -> None:
    @host.app.after_request
    def refresh(answer: Response) -> Response:
        answer.set_cookie("refreshed_token", "signed in as ann")
        return answer

    def enter() -> Response:
        login_user(user_of(ann))

        @after_this_request
        def late(answer: Response) -> Response:
            answer.set_cookie("late_token", "signed in as ann")
            return answer

        answer = make_response(redirect("/dashboard"))
        answer.set_cookie("access_token_cookie", "signed in as ann")
        return answer

    knows(host, ann, enter=enter)
    answer = ann.asks("/enter")
    assert answer.location == "/verify-2fa"
    assert "signed in as ann" not in str(answer.headers)


@pytest.mark.requirement("API-1")
def test_a_script_gets_a_problem_with_the_address_of_the_second_step(
    host: Host, ann: Visitor
) -> None:
    def enter() -> Response:
        login_user(user_of(ann))
        return jsonify(token="for somebody signed in")

    knows(host, ann, enter=enter)
    answer = ann.client.post("/enter", json={})
    assert answer.status_code == 401
    assert answer.content_type == "application/problem+json"
    assert answer.json is not None
    assert answer.json["second_step"] == "/verify-2fa"
    assert answer.json["status"] == 401
    assert "token" not in answer.json
    assert ann.enters_code().path == "/dashboard"


def test_becoming_somebody_else_asks_for_their_second_step(host: Host, ann: Visitor) -> None:
    bob = settled(host.restarted(), "bob")

    def become() -> Any:
        login_user(user_of(bob))
        return redirect("/dashboard")

    knows(host, ann, become=become)
    ann.signs_in()
    assert ann.opens("/become").path == "/verify-2fa"
    assert not ann.is_signed_in()
    assert ann.enters_code().path == "/verify-2fa"  # her own code opens nobody else's account


def test_the_last_login_user_of_a_request_counts(host: Host, ann: Visitor) -> None:
    bob = settled(host.restarted(), "bob")

    def twice() -> Any:
        login_user(user_of(bob))
        logout_user()
        login_user(user_of(ann))
        return redirect("/dashboard")

    knows(host, ann, twice=twice)
    assert ann.opens("/twice").path == "/verify-2fa"
    ann.enters_code()
    assert "Welcome, ann" in ann.opens("/dashboard").text


def test_signing_in_and_out_in_one_request_leaves_nobody(host: Host, ann: Visitor) -> None:
    def glance() -> str:
        login_user(user_of(ann))
        logout_user()
        return "gone"

    knows(host, ann, glance=glance)
    assert ann.asks("/glance").data == b"gone"
    assert ann.cookie("vestibule-pending") is None


def test_a_user_loader_that_is_registered_after_us_changes_nothing(
    host: Host, ann: Visitor
) -> None:
    asked: list[str] = []

    @host.app.login_manager.user_loader
    def load(login_id: str) -> User | None:
        asked.append(login_id)
        return db.session.get(User, int(login_id))

    page = ann.enters_password()
    assert page.path == "/verify-2fa"
    assert not ann.is_signed_in()
    ann.enters_code()
    assert ann.is_signed_in()
    assert ann.user_id in asked


def test_one_login_manager_serves_two_applications_apart(make: HostMaker) -> None:
    strict, lenient = make(), make(VESTIBULE_POLICY="optional")
    lenient.app.login_manager = strict.app.login_manager
    nina, otto = Visitor.new(strict, "nina"), Visitor.new(lenient, "otto")
    assert nina.enters_password().path == "/setup-2fa"
    assert otto.enters_password().path == "/dashboard"


@pytest.mark.parametrize("refused", [False, True])
def test_api_tokens_are_the_hosts_unless_it_says_no(make: HostMaker, refused: bool) -> None:
    host = make(VESTIBULE_REFUSE_REQUEST_LOADER=refused)
    ann = settled(host, "ann")

    @host.app.login_manager.request_loader
    def by_token(request: Any) -> User | None:
        return user_of(ann) if request.headers.get("X-Token") == "ann's" else None

    answer = ann.asks("/dashboard", **{"X-Token": "ann's"})
    assert answer.status_code == (302 if refused else 200)


def test_flask_logins_own_test_client_still_signs_in(make: HostMaker) -> None:
    host = make(TESTING=True)
    ann = settled(host, "ann")
    host.app.test_client_class = FlaskLoginClient
    with host.app.app_context():
        client = host.app.test_client(user=user_of(ann))
    assert client.get("/dashboard").status_code == 200
    host.app.testing = False
    assert client.get("/dashboard").status_code == 302


def test_a_cookie_session_from_flask_login_itself_opens_nothing(host: Host, ann: Visitor) -> None:
    with ann.client.session_transaction() as forged:
        forged["_user_id"] = ann.user_id
        forged["_fresh"] = True
    assert not ann.is_signed_in()


def test_login_disabled_keeps_its_meaning_in_tests(make: HostMaker) -> None:
    host = make(LOGIN_DISABLED=True, TESTING=True)

    def free() -> str:
        return "open"

    host.app.add_url_rule("/free", "free", login_required(free))
    assert host.app.test_client().get("/free").status_code == 200


def test_more_than_can_be_kept_is_said_in_words(
    host: Host, ann: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    def enter() -> Any:
        login_user(user_of(ann))
        session["catalogue"] = "x" * 9000
        return redirect("/dashboard")

    knows(host, ann, enter=enter)
    assert ann.asks("/enter").status_code == 500
    assert "8192 can be kept" in caplog.text
    assert ann.cookie("vestibule-pending") is None
