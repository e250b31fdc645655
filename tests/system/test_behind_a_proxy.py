"""The main job over TLS, behind a real nginx and a real Caddy."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.support.caddy import caddy_in_front
from tests.support.in_chromium import (
    code_field,
    enters_code,
    enters_password,
    presses,
    registers,
    scans_into_app,
    sees,
)
from tests.support.journeys import Visitor
from tests.support.nginx import nginx_in_front
from tests.support.person import Person
from tests.support.running_site import RunningSite, free_port
from vestibule.ready_site.budgets import REGISTRATION

pytestmark = pytest.mark.system


@dataclass
class SiteBehindProxy:
    """A site that the world reaches at ``url`` only; ``running`` is what stands behind."""

    url: str
    running: RunningSite
    certificate: Path


PROXIES = {"nginx": nginx_in_front, "caddy": caddy_in_front}


@pytest.fixture(params=PROXIES)
def site(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[SiteBehindProxy]:
    port = free_port()
    url = f"https://localhost:{port}"
    settings = {"VESTIBULE_BASE_URL": url, "VESTIBULE_PROXIES": "1"}
    with (
        RunningSite(tmp_path / "instance", environment=settings) as running,
        PROXIES[request.param](tmp_path, port=port, behind=running.port) as certificate,
    ):
        yield SiteBehindProxy(url, running, certificate)


@pytest.mark.requirement("SES-7")
@pytest.mark.requirement("WEB-8")
def test_the_main_job_over_tls(site: SiteBehindProxy, visitor: Visitor) -> None:
    person = Person(site.url)
    page = visitor(any_certificate=True)
    registers(page, person)
    _holds_only_host_cookies(page.context.cookies())
    scans_into_app(page, person)
    code_field(page).fill(person.fresh_code())
    presses(page, "Continue")
    page.get_by_label("I have saved these codes").check()
    presses(page, "Continue")
    sees(page, f"Welcome, {person.username}")
    _holds_only_host_cookies(page.context.cookies())

    presses(page, "Sign out")
    sees(page, "Your account, behind two doors")
    enters_password(page, person, at="/dashboard?x=1")
    enters_code(page, person.fresh_code())
    sees(page, f"Welcome, {person.username}")
    assert page.url == f"{site.url}/dashboard?x=1"

    answer = page.reload()
    assert answer is not None
    lasting, *others = answer.headers["strict-transport-security"].split("; ")
    assert int(lasting.removeprefix("max-age=")) >= 365 * 24 * 3600
    assert others == ["includeSubDomains"]


def test_an_invented_forwarded_address_buys_no_new_budget(site: SiteBehindProxy) -> None:
    for number in range(REGISTRATION.limit):
        assert _registers(site, claims=f"198.51.100.{number + 1}").status_code == 200
    refused = _registers(site, claims="203.0.113.9, 198.51.100.99")
    assert refused.status_code == 429
    # It is the client's own address that counts, not the proxy's: the next house is not shut out.
    assert _registers(site, claims="198.51.100.1", address="127.0.0.77").status_code == 200

    written = {event["address"] for event in site.running.events("account.created")}
    assert written == {"127.0.0.1", "127.0.0.77"}


def _registers(site: SiteBehindProxy, *, claims: str, address: str = "127.0.0.1") -> httpx.Response:
    person = Person(site.url)
    trust = ssl.create_default_context(cafile=str(site.certificate))
    with httpx.Client(
        base_url=site.url,
        headers={"X-Forwarded-For": claims},
        transport=httpx.HTTPTransport(verify=trust, local_address=address),
        follow_redirects=True,
    ) as person.browser:
        return person.registers()


def _holds_only_host_cookies(cookies: object) -> None:
    assert isinstance(cookies, list)
    assert cookies
    for cookie in cookies:
        assert cookie["name"].startswith("__Host-")
        assert (cookie["domain"], cookie["path"]) == ("localhost", "/")
        assert cookie["secure"]
        assert cookie["httpOnly"]
        assert cookie["sameSite"] == "Lax"
