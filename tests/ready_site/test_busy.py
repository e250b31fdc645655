"""Where no password can be hashed now, that is said before anything is read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import event

from tests.ready_site.conftest import MakeSite, Site
from vestibule.foundation.hashing import Hasher
from vestibule.ready_site.extensions import db
from vestibule.signin.schedule import HASHING_ASKED


@pytest.fixture
def site(make_site: MakeSite) -> Site:
    """Of which one thread may hash or wait for that."""
    made = make_site()
    installed = made.app.extensions["vestibule"]
    hasher = Hasher.cheap_for_tests(made.instance, slots=1, waiting=1, wait=0.1)
    services = replace(installed.runtime.services, hasher=hasher)
    installed.runtime = replace(installed.runtime, services=services)
    return made


@contextmanager
def somebody_hashes(site: Site) -> Iterator[None]:
    with site.app.extensions["vestibule"].runtime.services.hasher.slot():
        yield


@contextmanager
def statements(site: Site) -> Iterator[list[str]]:
    """What the databases are asked meanwhile."""
    asked: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        asked.append(statement)

    with site.app.app_context(), ExitStack() as after:
        for engine in (
            db.engine,
            site.app.extensions["vestibule"].runtime.services.database.engine,
        ):
            event.listen(engine, "before_cursor_execute", note)
            after.callback(event.remove, engine, "before_cursor_execute", note)
        yield asked


@pytest.mark.requirement("RL-11")
@pytest.mark.parametrize("path", ["/login", "/register"])
def test_a_password_too_many_is_refused_before_anything_is_read(site: Site, path: str) -> None:
    stranger = site.person()
    with somebody_hashes(site), statements(site) as asked:
        answer = stranger.browser.post(path, data={"password": "of any form"})
    assert (answer.status_code, asked) == (503, [])
    assert int(answer.headers["Retry-After"]) > 0


def test_its_page_and_those_that_hash_nothing_go_on(site: Site) -> None:
    person = site.registered()
    with somebody_hashes(site):
        assert site.person().opens("/login").status_code == 200
        assert person.opens("/setup-2fa").status_code == 200


@pytest.mark.requirement("P4")
def test_a_browser_that_an_account_knows_comes_to_the_slot_that_is_kept(site: Site) -> None:
    owner = site.registered()
    owner.sets_up_authenticator()
    owner.signs_out()
    with somebody_hashes(site):
        owner.enters_password()
    owner.enters_code()
    assert owner.is_signed_in()


@pytest.mark.requirement("RL-11")
def test_who_has_an_account_floods_past_the_refusal_no_further(site: Site) -> None:
    eve = site.registered()
    eve.sets_up_authenticator()
    eve.signs_out()
    guess = {"username": "somebody else", "password": "of any form"}
    with somebody_hashes(site):
        for _ in range(HASHING_ASKED.limit):
            assert eve.browser.post("/login", data=guess).status_code == 422
        with statements(site) as asked:
            assert eve.browser.post("/login", data=guess).status_code == 503
    assert [statement.split()[0] for statement in asked] == ["SELECT"] * 2


def test_a_cookie_that_no_account_knows_helps_nobody(site: Site) -> None:
    stranger = site.person()
    stranger.browser.cookies.set("vestibule-known", "a" * 43)
    with somebody_hashes(site), statements(site) as asked:
        answer = stranger.browser.post("/login", data={"password": "of any form"})
    assert answer.status_code == 503
    assert len(asked) == 1
