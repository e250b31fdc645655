"""The Python code of the pages, in an application that was there before."""

from __future__ import annotations

import json
from collections.abc import Callable

import pyotp
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import request
from flask.testing import FlaskClient
from sqlalchemy import text, update
from werkzeug.test import TestResponse

from tests.docs.conftest import Program
from tests.docs.existing_app import PASSWORD
from tests.docs.reading import blocks, name, page
from tests.support.authenticator import Authenticator
from tests.support.pages import Page
from tests.support.person import BACKUP_CODE
from vestibule import Budget, TooManyTries

ADD_IT = "docs/add-it.md"
POLICY = "docs/policy.md"
WHOLE = ("README.md", ADD_IT)
"""Pages that add the second step to an application; the others go on from there."""
SIGNALS = "docs/signals.md"
PROXY = "docs/behind-a-proxy.md"
OPERATIONS = "docs/operations.md"
AUDIT = "docs/audit.md"
ADMINISTRATION = "docs/administration.md"
RUN_HERE = {*WHOLE, POLICY, SIGNALS, PROXY, OPERATIONS, AUDIT, ADMINISTRATION}
RUN_ELSEWHERE = {
    "docs/testing.md",  # tests/testing/test_page_of_the_docs.py
    "docs/notices.md",  # tests/docs/test_page_of_notices.py
    "docs/recovery.md",  # tests/docs/test_page_of_recovery.py
}


def test_no_page_has_python_code_that_is_not_run() -> None:
    assert {
        name(block.page) for block in blocks("python", "py", "pycon")
    } == RUN_HERE | RUN_ELSEWHERE


@pytest.mark.parametrize("path", WHOLE)
def test_the_code_adds_the_second_step(path: str, program_with: Callable[[str], Program]) -> None:
    app = program_with(path)["app"]
    ann = app.test_client()
    assert ann.get("/dashboard").location.startswith("/login")

    assert enters_password(ann, "not the password").status_code in (200, 422)
    answer = enters_password(ann, PASSWORD)
    assert answer.location == "/two-factor/setup-2fa"
    assert ann.get("/dashboard").location == "/two-factor/setup-2fa"
    phone, codes = sets_up(ann)
    assert ann.get("/dashboard").text == "Welcome, ann"

    other = app.test_client()
    assert enters_password(other, PASSWORD).location == "/two-factor/verify-2fa"
    assert other.get("/dashboard").location == "/two-factor/verify-2fa"
    verify = "/two-factor/verify-2fa"
    assert sends(other, verify, totp_code=phone.wrong_code()).status_code == 422
    assert sends(other, verify, totp_code=phone.fresh_code()).location == "/dashboard"
    assert other.get("/dashboard").text == "Welcome, ann"

    third = app.test_client()
    enters_password(third, PASSWORD)
    assert sends(third, f"{verify}/backup-code", backup_code=codes[0]).status_code == 303
    assert third.get("/dashboard").text == "Welcome, ann"


def test_the_receivers_of_their_page_hear_of_a_sign_in(
    program_with: Callable[[str], Program], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "acme.security")
    program = program_with(ADD_IT)
    for block in blocks("python", of=page(SIGNALS)):
        block.run(program)
    ann = program["app"].test_client()
    enters_password(ann, PASSWORD)
    assert program["seen"] == []
    sets_up(ann)
    assert [text.split(": ")[1] for text in program["seen"]] == ["signed in from 127.0.0.1, aal2"]
    assert "authenticator.added" in caplog.text


def test_the_stream_of_its_page_tells_of_a_sign_in(
    program_with: Callable[..., Program], capfd: pytest.CaptureFixture[str]
) -> None:
    ann = program_with(AUDIT, ADD_IT)["app"].test_client()
    enters_password(ann, PASSWORD)
    told = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert [event["kind"] for event in told] == ["try.taken", "signin.started"]


def test_the_application_has_administrators(program_with: Callable[[str], Program]) -> None:
    program = program_with(ADD_IT)
    (block,) = blocks("python", of=page(ADMINISTRATION))
    block.run(program)
    ann = program["app"].test_client()
    enters_password(ann, PASSWORD)
    sets_up(ann)
    assert "ann" in ann.get("/two-factor/admin/accounts?q=an").text
    assert "There is no such account." in ann.get("/two-factor/admin/accounts?q=bob").text
    with program["app"].app_context():
        program["db"].session.execute(update(program["User"]).values(is_staff=False))
        program["db"].session.commit()
    assert ann.get("/two-factor/admin/accounts").status_code == 403


def test_the_policy_of_its_page_decides(program_with: Callable[[str], Program]) -> None:
    program = program_with(ADD_IT)
    for block in blocks("python", of=page(POLICY)):
        block.run(program)
    app, db, user = program["app"], program["db"], program["User"]

    def comes(*amr: str) -> str:
        return app.test_client().get("/from-provider", query_string={"amr": amr}).location

    def callback() -> object:
        bob = db.session.scalar(db.select(user).filter_by(username="bob"))
        return program["come_from_provider"](bob, {"amr": request.args.getlist("amr")})

    app.add_url_rule("/from-provider", "callback", callback)
    with app.app_context():
        bob = user(username="bob", password_hash="")
        db.session.add(bob)
        db.session.commit()
        with pytest.raises(ValueError, match="VESTIBULE_BASE_URL"):
            program["invite_to_set_up"](bob, print)
    assert comes("pwd", "mfa") == "/dashboard"
    assert comes("pwd").startswith("/two-factor/setup-2fa")
    with app.test_request_context():
        assert program["banner"]() == ""


def test_the_address_of_its_page_says_that_the_application_is_ready(
    program_with: Callable[..., Program],
) -> None:
    app = program_with("README.md", OPERATIONS)["app"]
    answer = app.test_client().get("/readyz")
    assert answer.status_code == 200
    assert set(answer.json or {}) == {"database", "tables", "keys", "clock"}


def test_behind_a_proxy_the_page_counts_one_and_cookies_are_secure(
    program_with: Callable[..., Program],
) -> None:
    app = program_with(PROXY, "README.md")["app"]
    app.add_url_rule("/who", "who", lambda: f"{request.remote_addr} {request.scheme}")
    ann = app.test_client()
    through = {"X-Forwarded-For": "198.51.100.7, 192.0.2.1", "X-Forwarded-Proto": "https"}
    assert ann.get("/who", headers=through).text == "192.0.2.1 https"
    answer = ann.post("/login", data={"username": "ann", "password": PASSWORD}, headers=through)
    kept = [it for it in answer.headers.getlist("Set-Cookie") if "vestibule" in it]
    assert kept
    assert all(it.startswith("__Host-") and "Secure" in it for it in kept)


def test_the_login_view_of_the_page_counts_wrong_passwords(
    program_with: Callable[[str], Program],
) -> None:
    stranger = program_with(ADD_IT)["app"].test_client()
    answers = [enters_password(stranger, f"guess {n}").status_code for n in range(6)]
    assert answers == [422] * 5 + [429]


def test_signing_out_asks_for_the_token_and_ends_the_session(
    program_with: Callable[[str], Program],
) -> None:
    program = program_with(ADD_IT)
    ann = program["app"].test_client()
    enters_password(ann, PASSWORD)
    sets_up(ann)
    assert ann.post("/logout").status_code == 403
    assert ann.get("/dashboard").status_code == 200
    sends(ann, "/two-factor/backup-codes", to="/logout", with_field="csrf_token")
    assert ann.get("/dashboard").status_code == 302


def test_the_budget_and_the_event_of_the_page_work(program_with: Callable[[str], Program]) -> None:
    program = program_with(ADD_IT)
    app, db, user = program["app"], program["db"], program["User"]
    limit = program["INVITATIONS"]
    assert isinstance(limit, Budget)
    with app.test_request_context():
        newcomer = user(username="bob", password_hash="")
        program["create_user"](newcomer)
        kinds = db.session.scalars(text("SELECT kind FROM vestibule_event")).all()
        assert kinds == ["account.created"]
        for _ in range(limit.limit):
            program["invite"](newcomer, "carol@example.org")
        with pytest.raises(TooManyTries):
            program["invite"](newcomer, "carol@example.org")


def test_the_line_for_alembic_leaves_the_tables_alone(
    program_with: Callable[[str], Program],
) -> None:
    program = program_with(ADD_IT)
    include = {"include_object": program["include_object"]}
    with program["app"].app_context(), program["db"].engine.connect() as connection:
        metadata = program["db"].metadata
        dropped = compare_metadata(MigrationContext.configure(connection), metadata)
        assert any(one[0] == "remove_table" for one in dropped)
        context = MigrationContext.configure(connection, opts=include)
        assert compare_metadata(context, metadata) == []


def test_the_template_of_the_page_dresses_the_pages(
    program_with: Callable[[str], Program],
) -> None:
    app = program_with(ADD_IT)["app"]
    (template,) = blocks("jinja", of=page("docs/your-look.md"))
    layout = (
        "<title>{% block page_title %}{% endblock %}</title><b>ours</b>"
        "{% block body %}{% endblock %}"
    )
    templates = app.jinja_loader.mapping  # type: ignore[union-attr]
    templates.update({"layout.html": layout, "vestibule/base.html": template.text})
    ann = app.test_client()
    enters_password(ann, PASSWORD)
    seen = ann.get("/two-factor/setup-2fa").text
    assert "<b>ours</b>" in seen
    assert "<h1>Set up an authenticator</h1>" in seen
    wrong = sends(ann, "/two-factor/setup-2fa", totp_code="12345")
    assert "There is a problem" in wrong.text


def enters_password(client: FlaskClient, password: str) -> TestResponse:
    return client.post("/login", data={"username": "ann", "password": password})


def sets_up(client: FlaskClient) -> tuple[Authenticator, list[str]]:
    page = Page(client.get("/two-factor/setup-2fa").text)
    uri = next(link for link in page.links if link.startswith("otpauth:"))
    phone = Authenticator(pyotp.parse_uri(uri).secret)
    answer = sends(client, "/two-factor/setup-2fa", totp_code=phone.fresh_code(), name="Phone")
    return phone, BACKUP_CODE.findall(client.get(answer.location).text)


def sends(
    client: FlaskClient,
    path: str,
    *,
    to: str | None = None,
    with_field: str | None = None,
    **fields: str,
) -> TestResponse:
    """Fills in a form of a page."""
    form = Page(client.get(path).text).form(with_field=with_field or next(iter(fields)))
    return client.post(to or path, data=form.fields | fields)
