"""The authenticator in a test's hand, the clock that moves, and hashes that cost nothing."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.host_app import Host
from tests.support.host_tables import User, db
from tests.support.visitor import Visitor
from tests.testing.test_signed_in import user_of
from vestibule.foundation.clock import SystemClock
from vestibule.testing import (
    MovableClock,
    authenticator,
    cheap_hashes,
    csrf_token_of,
    movable_clock,
    signed_in,
)


def test_every_code_is_right_and_new(tested: Host) -> None:
    """Five sign-ins in one test: the clock moves on where the step was used."""
    ann = Visitor.new(tested, "ann")
    with tested.app.app_context():
        phone = authenticator(db.session.get(User, int(ann.user_id)))
    for _ in range(5):
        browser = ann.in_another_browser()
        browser.enters_password()
        assert phone.enters_code(browser.client).location == "/dashboard"
        assert browser.is_signed_in()


def test_a_code_shown_is_not_shown_again_though_nobody_used_it(tested: Host) -> None:
    phone = authenticator(user_of(tested), tested.app)
    before = tested.clock.step
    codes = [phone.code() for _ in range(3)]
    assert tested.clock.step == before + 2
    assert len(codes) == 3


def test_it_is_the_one_that_the_person_set_up(tested: Host) -> None:
    ann = Visitor.new(tested, "ann")
    ann.signs_in()
    with tested.app.app_context():
        phone = authenticator(db.session.get(User, int(ann.user_id)), tested.app)
    other = ann.in_another_browser()
    other.enters_password()
    assert phone.enters_code(other.client).status_code == 303
    assert len(ann.papers.secrets) == 1


def test_the_real_clock_has_two_codes_to_give(tested: Host) -> None:
    phone = authenticator(user_of(tested), tested.app)
    tested.gets(clock=StandingClock(tested.clock))
    phone.code()
    phone.code()
    with pytest.raises(RuntimeError, match="vestibule_clock"):
        phone.code()


class StandingClock:
    """As the real one within half a minute, whenever this runs."""

    def __init__(self, clock: MovableClock) -> None:
        self._now = clock.now()

    def now(self):  # type: ignore[no-untyped-def]
        return self._now


def test_setting_one_up_ends_the_sessions_of_before(optional: Host) -> None:
    ann = user_of(optional)
    client = signed_in(optional.app.test_client(), ann, level="aal1")
    authenticator(ann, optional.app)
    assert client.get("/dashboard").status_code == 302


def test_a_wrong_code_is_wrong(tested: Host) -> None:
    ann = Visitor.new(tested, "ann")
    with tested.app.app_context():
        phone = authenticator(db.session.get(User, int(ann.user_id)))
    ann.enters_password()
    assert phone.enters_code(ann.client, phone.wrong_code()).status_code == 422


def test_the_clock_comes_and_goes_with_the_test(app: Flask, vestibule_clock: MovableClock) -> None:
    services = app.extensions["vestibule"].runtime.services
    assert services.clock is vestibule_clock
    before = vestibule_clock.now()
    vestibule_clock.moves(days=1, hours=1, minutes=1, seconds=1)
    assert (services.clock.now() - before).total_seconds() == 90061


def test_a_session_grows_old_by_the_clock(optional: Host) -> None:
    clock = movable_clock(optional.app)
    client = signed_in(optional.app.test_client(), user_of(optional))
    clock.moves(minutes=59)
    assert client.get("/dashboard").status_code == 200
    clock.moves(minutes=61)
    assert client.get("/dashboard").status_code == 302


def test_hashes_cost_nothing_for_one_test(request: pytest.FixtureRequest, optional: Host) -> None:
    optional.gets(clock=SystemClock())
    own = optional.services.hasher
    request.getfixturevalue("vestibule_cheap_hashes")
    assert optional.services.hasher is not own
    with optional.services.hasher.slot() as slot:
        assert "m=8,t=1,p=1" in slot.hash("a password")


def test_cheap_hashes_are_of_one_application(optional: Host, tested: Host) -> None:
    before = tested.services.hasher
    cheap_hashes(optional.app)
    assert tested.services.hasher is before


def test_the_token_of_a_page(optional: Host) -> None:
    client = optional.app.test_client()
    user_of(optional)
    fields = {"username": "ann", "password": "the password"}
    token = csrf_token_of(client, "/login")
    assert client.post("/login", data=fields | {"csrf_token": token}).status_code == 302
    with pytest.raises(LookupError, match="404"):
        csrf_token_of(optional.app.test_client(), "/nowhere")
