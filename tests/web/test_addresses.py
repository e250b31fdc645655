"""Addresses of pages are made once, and stay right where a host puts the request into them."""

import pytest
from flask import Blueprint, Flask, g, request, url_for
from werkzeug.routing import BuildError

from tests.stories import HostMaker
from vestibule.web.addresses import address


@pytest.fixture
def app(make: HostMaker) -> Flask:
    app = make().app

    @app.get("/<language>/notes")
    def notes(language: str) -> str:
        return language

    return app


def test_what_is_kept_is_what_flask_says(app: Flask) -> None:
    with app.test_request_context():
        for _ in range(2):
            assert address("vestibule.security") == url_for("vestibule.security") == "/security"
            assert address("vestibule.static") == url_for("vestibule.static", filename="")
            assert address("vestibule.security", x=1) == "/security?x=1"


def test_each_root_has_its_own(app: Flask) -> None:
    for root in ("", "/below", "/elsewhere", "/below"):
        with app.test_request_context(environ_overrides={"SCRIPT_NAME": root}):
            assert address("vestibule.security") == f"{root}/security"


def test_two_applications_share_nothing(make: HostMaker) -> None:
    one, other = make().app, make(VESTIBULE_URL_PREFIX="/account").app
    for _ in range(2):
        with one.test_request_context():
            assert address("vestibule.security") == "/security"
        with other.test_request_context():
            assert address("vestibule.security") == "/account/security"


def test_a_host_may_put_something_of_the_request_into_its_addresses(app: Flask) -> None:
    @app.url_defaults
    def in_the_language(endpoint: str, values: dict[str, str]) -> None:
        if endpoint == "notes":
            values["language"] = g.language

    for language in ("en", "vi", "en"):
        with app.test_request_context():
            g.language = language
            assert address("notes") == f"/{language}/notes"


def test_an_address_of_the_same_blueprint_is_of_each_its_own(make: HostMaker) -> None:
    app = make().app
    for name in ("shop", "blog"):
        pages = Blueprint(name, name, url_prefix=f"/{name}")
        pages.add_url_rule("/list", "list", lambda: address(".list"))
        app.register_blueprint(pages)
    for name in ("shop", "blog", "shop"):
        assert app.test_client().get(f"/{name}/list").text == f"/{name}/list"


def test_a_host_may_make_its_addresses_itself(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = app.url_for
    monkeypatch.setattr(app, "url_for", lambda *a, **more: f"/{g.language}{plain(*a, **more)}")
    for language in ("en", "vi"):
        with app.test_request_context():
            g.language = language
            assert address("vestibule.security") == f"/{language}/security"


def test_no_page_is_an_error_each_time(app: Flask) -> None:
    with app.test_request_context():
        for _ in range(2):
            with pytest.raises(BuildError):
                address("vestibule.nothing")


def test_what_a_proxy_says_of_the_root_fills_no_memory(app: Flask) -> None:
    for number in range(1500):
        with app.test_request_context(environ_overrides={"SCRIPT_NAME": f"/{number}"}):
            assert address("vestibule.security") == f"/{number}/security"
            assert request.script_root == f"/{number}"
    kept = app.extensions["vestibule"].addresses
    assert kept.cache_info().currsize <= 1024
