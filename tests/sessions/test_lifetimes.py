"""How long a session lasts: the server's rows decide, not the cookie."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.stories import HostMaker, settled
from tests.support.visitor import Visitor
from vestibule.sessions.models import Session

pytestmark = pytest.mark.requirement("SES-5")


@pytest.fixture
def ann(ann: Visitor) -> Visitor:
    ann.signs_in()
    return ann


@pytest.mark.requirement("AAL-4")
def test_an_hour_without_a_request_is_still_a_session_a_second_more_is_not(ann: Visitor) -> None:
    ann.host.clock.moves(hours=1)
    assert ann.is_signed_in()
    ann.host.clock.moves(hours=1, seconds=1)
    assert not ann.is_signed_in()


@pytest.mark.requirement("AAL-4")
def test_after_24_hours_it_ends_however_busy_it_was(database_url: str, make: HostMaker) -> None:
    ann = settled(make(database_url), "ann")
    ann.signs_in()
    for _ in range(47):
        ann.host.clock.moves(minutes=30)
        assert ann.is_signed_in()
    ann.host.clock.moves(minutes=29, seconds=59)
    assert ann.is_signed_in()
    ann.host.clock.moves(1)
    assert not ann.is_signed_in()


def test_a_cookie_that_the_browser_kept_for_longer_brings_nothing_back(ann: Visitor) -> None:
    kept = ann.with_the_same_cookies()
    ann.host.clock.moves(hours=25)
    assert not kept.is_signed_in()
    assert kept.opens("/setup-2fa").path == "/login"


def test_last_seen_is_written_at_most_once_a_minute(ann: Visitor) -> None:
    clock = ann.host.clock
    opened = clock.now()

    def last_seen() -> timedelta:
        (row,) = ann.host.rows(Session)
        seen: timedelta = row.last_seen_at - opened
        return seen

    clock.moves(59)
    ann.opens("/dashboard")
    assert last_seen() == timedelta(0)
    clock.moves(1)
    ann.opens("/dashboard")
    assert last_seen() == timedelta(minutes=1)
    clock.moves(59)
    ann.opens("/dashboard")
    assert last_seen() == timedelta(minutes=1)


def test_the_limits_are_settings(make: HostMaker) -> None:
    host = make(VESTIBULE_SESSION_IDLE=300, VESTIBULE_SESSION_ABSOLUTE=timedelta(minutes=20))
    ann = settled(host, "ann")
    ann.signs_in()
    for _ in range(3):
        host.clock.moves(minutes=5)
        assert ann.is_signed_in()
    host.clock.moves(minutes=5)
    assert not ann.is_signed_in()
    ann.signs_in()
    host.clock.moves(minutes=5, seconds=1)
    assert not ann.is_signed_in()


def test_an_expired_session_leads_back_to_the_page_that_was_asked_for(ann: Visitor) -> None:
    ann.host.clock.moves(hours=2)
    page = ann.opens("/dashboard?tab=2")
    assert page.path == "/login"
    assert page.form(with_field="password").fields["next"] == "/dashboard?tab=2"
