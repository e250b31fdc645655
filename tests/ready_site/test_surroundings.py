"""The site between a proxy and a database that has its moods."""

from __future__ import annotations

import pytest

from tests.ready_site.conftest import MakeSite, Site


@pytest.mark.requirement("FLOW-6")
def test_while_the_database_is_in_trouble_the_door_is_closed(site: Site) -> None:
    person = site.registered()
    person.sets_up_authenticator()
    site.rows("ALTER TABLE account RENAME TO gone")
    for path in ("/dashboard", "/login"):
        answer = person.opens(path)
        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == "5"
        assert "no such table" not in answer.text
    assert site.person().registers().status_code == 503
    assert site.person().enters_password().status_code == 503
    site.rows("ALTER TABLE gone RENAME TO account")
    assert person.is_signed_in()


@pytest.mark.requirement("RL-10")
@pytest.mark.parametrize(
    ("proxies", "believed"), [(0, "192.0.2.1"), (1, "198.51.100.7"), (2, "203.0.113.9")]
)
def test_l27_only_configured_proxies_tell_the_address(
    make_site: MakeSite, proxies: int, believed: str
) -> None:
    site = make_site(proxies=proxies)
    person = site.person()
    person.browser.headers["X-Forwarded-For"] = "203.0.113.9, 198.51.100.7"
    person.browser.headers["X-Forwarded-Host"] = "evil.example"
    assert person.registers().url.host == "localhost"
    assert {row["address"] for row in site.rows("SELECT address FROM vestibule_event")} == {
        believed
    }


@pytest.mark.requirement("SES-7")
def test_behind_https_every_cookie_is_a_host_cookie(make_site: MakeSite) -> None:
    site = make_site(base_url="https://example.org", proxies=1, policy="optional")
    person = site.person()
    person.browser.base_url = "https://example.org"
    person.browser.headers["X-Forwarded-Proto"] = "https"
    person.registers()
    cookies = person.browser.cookies
    assert cookies
    for cookie in cookies.jar:
        assert cookie.name.startswith("__Host-")
        assert cookie.secure
        assert cookie.path == "/"
        assert cookie.has_nonstandard_attr("HttpOnly")
        assert cookie.get_nonstandard_attr("SameSite") == "Lax"
