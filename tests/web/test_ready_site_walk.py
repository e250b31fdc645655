"""The same walks over the ready site, whose pages are all ours."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.support.routes import paths
from tests.support.seen import Seen
from tests.web.page_rules import check
from vestibule.ready_site.extensions import db
from vestibule.ready_site.options import read_options
from vestibule.ready_site.start import prepared_site

USER = {"username": "rita", "email": "rita@example.org", "password": "a long password of rita"}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Flask]:
    app = prepared_site(read_options({"instance": tmp_path / "instance"}, {}))
    yield app
    with app.app_context():
        db.engine.dispose()
    app.extensions["vestibule"].runtime.services.database.dispose()


def registers(browser: FlaskClient) -> Seen:
    form = Seen(browser.get("/register")).form(with_field="password")
    return Seen(browser.post("/register", data=form.fields | USER, follow_redirects=True))


@pytest.mark.requirement("WEB-6")
@pytest.mark.requirement("WEB-7")
@pytest.mark.requirement("WEB-10")
@pytest.mark.parametrize("state", ["stranger", "must set up"])
def test_every_page_keeps_the_rules(site: Flask, state: str) -> None:
    browser = site.test_client()
    if state == "must set up":
        assert registers(browser).path == "/setup-2fa"
    pending = browser.get_cookie("vestibule-pending")
    for path in [*paths(site, "GET"), "/nowhere"]:
        check(browser.get(path, buffered=True))
        if pending:
            browser.set_cookie("vestibule-pending", pending.value)
    for path in paths(site, "POST"):
        check(browser.post(path, buffered=True))


@pytest.mark.requirement("WEB-1")
@pytest.mark.requirement("WEB-3")
def test_every_form_of_a_stranger_is_refused_without_its_token_or_from_elsewhere(
    site: Flask,
) -> None:
    for path in ("/register", "/login"):
        for site_header in (None, "cross-site", "same-site"):
            browser = site.test_client()
            form = Seen(browser.get(path)).form(with_field="password")
            token = {} if site_header is None else form.fields
            headers = {"Sec-Fetch-Site": site_header} if site_header else {}
            page = Seen(browser.post(path, data=token | USER, headers=headers))
            assert page.status == 422
            assert "This page was open for a long time." in page.text
            assert browser.get_cookie("vestibule-pending") is None
