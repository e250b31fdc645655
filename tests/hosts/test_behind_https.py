"""What a host behind https and a proxy may have forgotten is told."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.middleware.proxy_fix import ProxyFix

from tests.stories import HostMaker
from tests.support.host_app import Host
from vestibule import Misconfigured

SITE = "https://acme.example"


@pytest.mark.requirement("SES-7")
def test_a_session_cookie_that_would_go_over_http_stops_the_start(make: HostMaker) -> None:
    host = make(VESTIBULE_BASE_URL=SITE)
    host.app.testing = True  # errors reach the test
    with pytest.raises(Misconfigured, match="SESSION_COOKIE_SECURE = True"):
        host.app.test_client().get("/login")
    host.app.config["SESSION_COOKIE_SECURE"] = True
    assert host.app.test_client().get("/login", base_url=SITE).status_code == 200


def warnings_of(host: Host, caplog: Any, **headers: str) -> list[str]:
    caplog.clear()
    for _ in range(3):
        host.app.test_client().get("/login", headers=headers)
    return [one.message for one in caplog.records if "X-Forwarded-For" in one.message]


@pytest.mark.requirement("RL-10")
def test_a_proxy_that_nobody_counts_is_warned_of_once(
    host: Host, caplog: pytest.LogCaptureFixture
) -> None:
    assert warnings_of(host, caplog) == []
    (warning,) = warnings_of(host, caplog, **{"X-Forwarded-For": "198.51.100.7"})
    assert "ProxyFix(app.wsgi_app, x_for=1" in warning
    assert "198.51.100.7" not in warning


def test_a_proxy_that_is_counted_is_not(host: Host, caplog: pytest.LogCaptureFixture) -> None:
    host.app.wsgi_app = ProxyFix(host.app.wsgi_app)  # type: ignore[method-assign]
    assert warnings_of(host, caplog, **{"X-Forwarded-For": "198.51.100.7"}) == []
