"""The page that says "not now" is made once, and says nothing of whoever sees it."""

from itertools import count

import pytest
from flask import Flask
from jinja2 import ChoiceLoader, DictLoader

from tests.stories import HostMaker
from tests.support.host_app import Host
from tests.support.visitor import Visitor
from vestibule import Busy

ENGLISH, VIETNAMESE = {"Accept-Language": "en"}, {"Accept-Language": "vi"}


def can_be_busy(app: Flask) -> Flask:
    @app.get("/busy")
    def busy() -> str:
        raise Busy(5)

    return app


@pytest.fixture
def app(make: HostMaker) -> Flask:
    return can_be_busy(make(VESTIBULE_LANGUAGE="auto").app)


def told(app: Flask, headers: dict[str, str], path: str = "/busy", root: str = "") -> str:
    answer = app.test_client().get(path, headers=headers, environ_overrides={"SCRIPT_NAME": root})
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.text


def kept(app: Flask) -> int:
    return len(app.extensions["vestibule"].kept_pages)


def test_it_is_the_same_page_each_time_in_each_language(app: Flask) -> None:
    first = told(app, ENGLISH)
    assert "<h1>Not possible right now</h1>" in first
    assert kept(app) == 1
    vietnamese = told(app, VIETNAMESE)
    assert '<html lang="vi">' in vietnamese
    assert "Not possible" not in vietnamese
    assert told(app, ENGLISH) == first
    assert told(app, VIETNAMESE) == vietnamese
    assert kept(app) == 2


def test_each_root_has_its_own_links(app: Flask) -> None:
    assert 'href="/below/vestibule/' in told(app, ENGLISH, root="/below")
    assert 'href="/vestibule/' in told(app, ENGLISH)


def test_roots_without_number_are_not_kept_without_number(app: Flask) -> None:
    for number in range(80):
        told(app, ENGLISH, root=f"/{number}")
    assert kept(app) == 64


@pytest.mark.parametrize("name", ["error.html", "base.html", "_whole_page.html", "_files.html"])
def test_a_page_of_the_hosts_own_is_made_each_time(app: Flask, name: str) -> None:
    numbers = count(1)
    app.jinja_env.globals["number"] = lambda: next(numbers)
    own = DictLoader({f"vestibule/{name}": "<h1>No. {{ number() }}</h1>"})
    app.jinja_loader = ChoiceLoader([own, app.jinja_loader])  # type: ignore[list-item]
    pages = {told(app, ENGLISH), told(app, ENGLISH)}
    assert kept(app) == 0
    assert len(pages) == 2


def test_templates_that_are_being_written_are_made_each_time(app: Flask) -> None:
    app.jinja_env.auto_reload = True
    assert told(app, ENGLISH) == told(app, ENGLISH)
    assert kept(app) == 0


def test_it_is_nobodys_page(host: Host, ann: Visitor) -> None:
    can_be_busy(host.app)
    ann.signs_in()
    hers = ann.opens("/busy")
    assert hers.status == 503
    assert "csrf_token" not in hers.html
    assert hers.html == told(host.app, {})
    assert ann.is_signed_in()
