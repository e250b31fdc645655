"""Where no second step is offered: none is set up, and whoever has one passes it."""

from __future__ import annotations

import pytest

from tests.stories import HostMaker, settled
from tests.support.host_app import Host
from tests.support.visitor import Visitor
from vestibule.authenticators.models import Authenticator, Enrolment


@pytest.fixture
def host(make: HostMaker) -> Host:
    return make(VESTIBULE_POLICY="off")


def test_nobody_is_offered_a_second_step(host: Host) -> None:
    nina = Visitor.new(host, "nina")
    assert nina.enters_password().path == "/dashboard"
    page = nina.opens("/setup-2fa")
    assert (page.status, page.heading) == (403, "No second step for this account")
    assert "/dashboard" in page.links
    assert not page.shows_a_secret
    assert nina.posts("/setup-2fa", {"totp_code": "123456"}).status_code == 403
    assert host.rows(Enrolment) == []


@pytest.mark.requirement("FLOW-2")
def test_whoever_has_one_passes_it_and_can_replace_it(make: HostMaker) -> None:
    ann = settled(make(), "ann")
    ann = ann.with_the_same_cookies(ann.host.restarted(VESTIBULE_POLICY="off"))
    assert ann.enters_password().path == "/verify-2fa"
    assert not ann.is_signed_in()
    assert ann.enters_code().path == "/dashboard"
    assert "10 of 10 left" in ann.opens("/backup-codes").text
    assert len(ann.makes_new_backup_codes().backup_codes) == 10
    assert ann.sets_up("New phone").status == 200
    assert ann.in_another_browser().enters_password().path == "/verify-2fa"
    assert len(ann.host.rows(Authenticator)) == 2


def test_a_set_up_that_was_begun_when_it_was_required_ends(make: HostMaker) -> None:
    nina = Visitor.new(make(), "nina")
    page = nina.enters_password()
    nina = nina.with_the_same_cookies(nina.host.restarted(VESTIBULE_POLICY="off"))
    code = nina.code(0, page.secret)
    page = nina.sends(page, page.form(with_field="totp_code"), totp_code=code)
    assert page.path == "/login"
    assert nina.enters_password().path == "/dashboard"
