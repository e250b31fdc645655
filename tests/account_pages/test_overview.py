"""The overview, in a host that has more than our pages, and under its prefix."""

from __future__ import annotations

import pytest

from tests.stories import HostMaker, settled
from vestibule.wiring import findings_now


def test_it_leads_to_the_hosts_page_for_the_password(make: HostMaker) -> None:
    ann = settled(make(VESTIBULE_PASSWORD_ENDPOINT="dashboard"), "ann")
    ann.signs_in()
    page = ann.opens("/security")
    assert "Change password" in page.text
    assert "/dashboard" in page.links
    assert "Change password" not in settled_without(make)


def settled_without(make: HostMaker) -> str:
    ann = settled(make(), "ann")
    ann.signs_in()
    return ann.opens("/security").text


@pytest.mark.parametrize("name", ["PASSWORD_ENDPOINT", "SIGN_OUT_ENDPOINT"])
def test_a_page_that_is_none_is_told_at_the_start(make: HostMaker, name: str) -> None:
    host = make(**{f"VESTIBULE_{name}": "no such view"})
    assert [one.setting for one in findings_now(host.app)] == [f"VESTIBULE_{name}"]


@pytest.mark.parametrize("page", ["", "/sessions", "/browsers", "/activity"])
def test_each_page_stands_under_the_prefix_and_leads_back(make: HostMaker, page: str) -> None:
    ann = settled(make(), "ann")
    ann.signs_in()
    there = ann.with_the_same_cookies(ann.host.restarted(VESTIBULE_URL_PREFIX="/two-factor"))
    seen = there.opens(f"/two-factor/security{page}")
    assert seen.status == 200
    ours = [form.action for form in seen.forms if form.action != "/logout"]
    assert all(action.startswith("/two-factor/security/") for action in ours)
