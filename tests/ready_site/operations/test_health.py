"""``/healthz`` and ``/readyz``: what a load balancer is told."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from tests.ready_site.conftest import MakeSite, Site
from tests.support.postgres import PostgresServer
from vestibule.ready_site.extensions import db

PARTS = {"database": True, "tables": True, "keys": True, "clock": True}


def readyz(site: Site) -> tuple[int, dict[str, bool]]:
    answer = site.person().opens("/readyz")
    told = answer.json()
    assert told.pop("ready") == (answer.status_code == 200)
    assert ("Retry-After" in answer.headers) == (answer.status_code == 503)
    return answer.status_code, told


def changes(site: Site, statement: str) -> None:
    with site.app.app_context(), db.engine.begin() as connection:
        connection.execute(text(statement))


def test_a_site_in_order_is_alive_and_ready(site: Site) -> None:
    assert site.person().opens("/healthz").json() == {"alive": True}
    assert readyz(site) == (200, PARTS)


def test_it_sets_no_cookie_and_writes_nothing(site: Site) -> None:
    person = site.person()
    person.opens("/healthz")
    person.opens("/readyz")
    assert not list(person.browser.cookies)
    assert site.rows("SELECT * FROM vestibule_event") == []


@pytest.mark.parametrize("version", ["9999", "0001"])
def test_tables_of_another_version_are_not_ready(site: Site, version: str) -> None:
    values = f"version_num = '{version}', oldest_code = '{version}'"
    changes(site, f"UPDATE vestibule_version SET {values}")  # noqa: S608
    assert readyz(site) == (503, PARTS | {"tables": False, "keys": False})


def test_no_tables_at_all_are_not_ready(site: Site) -> None:
    changes(site, "DROP TABLE vestibule_version")
    assert readyz(site) == (503, PARTS | {"tables": False, "keys": False})


def test_a_secret_without_its_key_is_not_ready(site: Site) -> None:
    site.registered("alice").sets_up_authenticator()
    assert readyz(site) == (200, PARTS)
    changes(site, "UPDATE vestibule_authenticator SET key_id = 'another'")
    assert readyz(site) == (503, PARTS | {"keys": False})


@pytest.mark.requirement("P9")
def test_without_its_database_a_process_is_alive_and_not_ready(
    make_site: MakeSite, postgres_server: PostgresServer, postgresql_url: str
) -> None:
    site = make_site(database=postgresql_url)
    assert readyz(site) == (200, PARTS)
    postgres_server.stop()
    try:
        assert site.person().opens("/healthz").status_code == 200
        assert readyz(site) == (503, dict.fromkeys(PARTS, False))
    finally:
        postgres_server.start()
    assert readyz(site) == (200, PARTS)
