"""``/metrics``: counts for Prometheus, for nobody else."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest

from tests.ready_site.conftest import MakeSite, Site
from tests.support.running_site import RunningSite
from vestibule.ready_site.options import StartRefused, read_options

TOKEN = "a token that nobody can guess"


@pytest.fixture
def counting_site(make_site: MakeSite) -> Site:
    return make_site(metrics_token=TOKEN)


def scraped(browser: httpx.Client, token: str = TOKEN) -> httpx.Response:
    return browser.get("/metrics", headers={"Authorization": f"Bearer {token}"})


def count(page: httpx.Response, name: str, **labels: str) -> float:
    """The sum over all lines of that name which have these labels."""
    total = 0.0
    for line in re.findall(rf"^{name}\{{(.*)\}} (\S+)$", page.text, re.MULTILINE):
        have = dict(re.findall(r'(\w+)="([^"]*)"', line[0]))
        if labels.items() <= have.items():
            total += float(line[1])
    return total


def signed_in_once_and_refused_once(site: Site) -> None:
    person = site.registered("alice")
    person.sets_up_authenticator()
    other = site.person("alice")
    other.password = "not the password of alice"
    other.enters_password()


def test_sign_ins_and_refusals_are_counted_by_factor(counting_site: Site) -> None:
    signed_in_once_and_refused_once(counting_site)
    page = scraped(counting_site.person().browser)
    assert page.headers["Content-Type"].startswith("text/plain")
    events = "vestibule_events_total"
    assert count(page, events, kind="session.opened", result="ok", factor="totp") == 1
    assert count(page, events, kind="password.failed") == 1
    assert count(page, "vestibule_request_seconds_count", rule="/login", method="POST") == 1


@pytest.mark.requirement("CFG-3")
@pytest.mark.parametrize("token", ["", "another", f"{TOKEN}s", f"é{TOKEN}"])
def test_without_the_token_there_are_none(counting_site: Site, token: str) -> None:
    client = counting_site.app.test_client()
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 404


@pytest.mark.requirement("CFG-3")
def test_where_nobody_asked_for_them_there_are_none(site: Site) -> None:
    assert scraped(site.person().browser).status_code == 404
    assert scraped(site.person().browser, "").status_code == 404


@pytest.mark.requirement("LOG-4")
def test_what_strangers_send_makes_no_lines_of_its_own(counting_site: Site) -> None:
    browser = counting_site.person().browser
    scraped(browser)
    before = len(scraped(browser).text.splitlines())
    for n in range(20):
        browser.request(f"BREW{n}", f"/no-such-page-{n}?token=hush")
    page = scraped(browser)
    assert len(page.text.splitlines()) - before <= 2 * 20  # one more method and address at most
    assert "hush" not in page.text
    assert "BREW" not in page.text


def test_a_token_that_can_be_guessed_is_refused() -> None:
    with pytest.raises(StartRefused, match="VESTIBULE_METRICS_TOKEN has fewer than 22"):
        read_options({"metrics_token": "prometheus"}, environment={})
    assert TOKEN not in repr(read_options({"metrics_token": TOKEN}, environment={}))


def test_all_processes_of_a_site_count_together(tmp_path: Path) -> None:
    environment = {"VESTIBULE_METRICS_TOKEN": TOKEN}
    with RunningSite(tmp_path / "instance", workers=2, environment=environment) as site:
        before = 0.0
        for _ in range(20):
            httpx.get(f"{site.url}/register")
        with httpx.Client(base_url=site.url) as browser:
            seen = [
                count(scraped(browser), "vestibule_request_seconds_count", rule="/register")
                for _ in range(4)
            ]
    assert set(seen) == {before + 20}
