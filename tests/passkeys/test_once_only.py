"""Many answers at the same moment."""

from __future__ import annotations

import pytest

from tests.stories import HostMaker
from tests.support.passkey_person import PAGES, options, with_passkey
from tests.support.races import at_once
from tests.support.soft_passkey import SoftPasskey
from tests.support.visitor import Visitor
from vestibule.passkeys.models import Passkey
from vestibule.sessions.models import Session


@pytest.fixture
def kim(database_url: str, make: HostMaker, device: SoftPasskey) -> Visitor:
    return with_passkey(make(database_url, VESTIBULE_BASE_URL="http://localhost"), "kim", device)


@pytest.mark.requirement("WA-1", "AAL-2")
@pytest.mark.parametrize("purpose", ["second-step", "sign-in"])
def test_of_fifty_uses_of_one_answer_one_opens_a_session(
    kim: Visitor, device: SoftPasskey, purpose: str
) -> None:
    if purpose == "second-step":
        kim.enters_password()
    fields = {
        "credential": device.shown(options(kim, purpose)),
        "csrf_token": kim.token(PAGES[purpose]),
    }
    path = PAGES[purpose]
    browsers = []
    for _ in range(50):
        browser = kim.with_the_same_cookies()
        browser.client.environ_base["REMOTE_ADDR"] = kim.address
        browsers.append(browser)
    answers = at_once([lambda who=one: who.posts(path, fields) for one in browsers])
    assert sum(answer.location == "/dashboard" for answer in answers) == 1
    assert len(kim.host.rows(Session)) == 1
    assert len(kim.host.events("session.opened")) == 2  # with the one in which it was added


def test_of_twenty_additions_with_one_answer_one_is_made(kim: Visitor) -> None:
    lee = Visitor.new(kim.host, "lee")
    lee.enters_password()
    fields = {
        "credential": SoftPasskey().created(options(lee, "register")),
        "csrf_token": lee.token("/setup-passkey"),
        "name": "Key",
    }
    browsers = [lee.with_the_same_cookies() for _ in range(20)]
    at_once([lambda who=one: who.posts("/setup-passkey", fields) for one in browsers])
    assert len([row for row in kim.host.rows(Passkey) if row.subject_id == lee.subject_id]) == 1
