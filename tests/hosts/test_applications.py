"""The whole sign-in in applications of many shapes, each in a real server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.support.pages import Page
from tests.support.person import Person
from tests.support.running_host import PREFIX, ByScript, RunningHost, Shape

SHAPES = [
    Shape("tutorial", workers=2),
    Shape("factory:create_app()", workers=2),
    Shape("alternative_id"),
    Shape("plain_sqlalchemy", workers=2),
    Shape("json_file", workers=2),
    Shape("asynchronous"),
    Shape("green", kind="gevent"),
    Shape("green", kind="gevent", driver="psycopg"),
    Shape("crowded", home="/admin/"),
    Shape("single_page", person=ByScript),
    Shape("text_keys"),
    Shape("two_in_one", mount="/shop"),
    Shape("other_driver", driver="psycopg2"),
]

Start = Callable[[Shape], RunningHost]


@pytest.fixture
def start(tmp_path: Path, request: pytest.FixtureRequest) -> Start:
    def start(shape: Shape) -> RunningHost:
        url = ""
        if shape.driver:
            url = request.getfixturevalue("postgresql_url")
            url = url.replace("+psycopg:", f"+{shape.driver}:")
        host = RunningHost(shape, tmp_path, url)
        request.addfinalizer(host.stop)
        host.start()
        return host

    return start


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_the_whole_sign_in(shape: Shape, start: Start) -> None:
    host = start(shape)
    ann = host.member()
    assert not ann.is_signed_in()

    assert path(ann.enters_password()) == f"{shape.mount}{PREFIX}/setup-2fa"
    assert not ann.is_signed_in()
    greeted(ann.sets_up_authenticator())

    ann.signs_out()
    assert not ann.is_signed_in()
    assert path(ann.enters_password()) == f"{shape.mount}{PREFIX}/verify-2fa"
    assert not ann.is_signed_in()
    assert ann.enters_code(ann.wrong_code()).status_code == 422
    assert not ann.is_signed_in()
    greeted(ann.enters_code())

    elsewhere = ann.in_another_browser()
    elsewhere.signs_in(with_backup_code=True)
    greeted(elsewhere.opens(shape.home))

    leaves_for_ever(ann)
    assert not ann.is_signed_in()
    assert not elsewhere.is_signed_in(), "the cookie of a deleted user opens something"
    assert ann.enters_password().status_code == 422


def test_who_changes_the_password_stays_signed_in_though_get_id_changed(start: Start) -> None:
    host = start(Shape("alternative_id"))
    ann = host.member()
    ann.enters_password()
    ann.sets_up_authenticator()
    elsewhere = ann.in_another_browser()
    elsewhere.signs_in(with_backup_code=True)
    assert elsewhere.is_signed_in()

    greeted(ann.browser.post("/password", data={"new": "another password of ann's"}))
    assert ann.is_signed_in(), "the session still knows the user by what get_id() said before"
    assert not elsewhere.is_signed_in()


def test_two_applications_in_one_process_know_nothing_of_each_other(start: Start) -> None:
    shop = Shape("two_in_one", mount="/shop")
    host = start(shop)
    ann = host.member()
    ann.enters_password()
    greeted(ann.sets_up_authenticator())
    answer = ann.browser.get(f"{host.url}/desk/dashboard")
    assert path(answer) == "/desk/login"
    ann.browser.post(f"{host.url}/desk/login", data={"username": "ben", "password": ann.password})
    greeted(ann.opens("/dashboard"))


def path(answer: httpx.Response) -> str:
    return urlsplit(str(answer.url)).path


def greeted(answer: httpx.Response) -> None:
    assert answer.status_code == 200
    assert "Welcome, ann" in answer.text
    assert "acme" in answer.text, "what the login view wrote into the session is lost"


def leaves_for_ever(person: Person) -> None:
    page = person.opens(person.home)
    answer = person.sends(page, Page(page.text).form(action="/leave"))
    assert answer.status_code == 200, answer.text
