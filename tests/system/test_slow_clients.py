"""Clients that never come to an end, behind a real nginx as the docs set it up."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.nginx import nginx_in_front
from tests.support.person import Person, trust
from tests.support.races import wait_for
from tests.support.running_site import RunningSite, free_port
from tests.support.slow_clients import SlowClients

PAGES = 20
THREADS = 8  # of both workers: as many as that would stop the site


@pytest.mark.requirement("RL-11")
@pytest.mark.parametrize(
    ("each", "mute"),
    [
        pytest.param(40, 200, marks=pytest.mark.system),
        pytest.param(1000, 10_000, marks=pytest.mark.soak),
    ],
)
def test_slow_clients_take_no_thread(
    tmp_path: Path,
    each: int,
    mute: int,
    record_property: Callable[[str, object], None],
) -> None:
    port = free_port()
    url = f"https://localhost:{port}"
    settings = {"VESTIBULE_BASE_URL": url, "VESTIBULE_PROXIES": "1"}
    with (
        RunningSite(tmp_path / "instance", environment=settings) as site,
        nginx_in_front(tmp_path, port=port, behind=site.port, against_floods=True) as certificate,
    ):
        trust(certificate)
        owner = Person(url)
        owner.registers()
        owner.sets_up_authenticator()
        with SlowClients(port, each, mute) as slow:
            for _ in range(PAGES):
                assert owner.opens("/dashboard").status_code == 200
                slow.go_on()
            # A machine that took long to let them all in has sent the first ones away already.
            assert slow.open(slow.in_the_body) > THREADS
            owner.signs_out()
            owner.signs_in(with_backup_code=True)
            assert owner.is_signed_in()
            wait_for(lambda: not slow.open(slow.in_the_head))
            wait_for(lambda: not slow.open(slow.in_the_body))
            wait_for(lambda: not slow.open(slow.mute))
    record_property("connections without a byte, at the same time", slow.mute_at_once)
    record_property("clients that stopped within a request, all sent away", 2 * each)
    record_property("pages that were answered meanwhile", PAGES)
