"""The page about notices, followed in an application that was there before."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.docs.conftest import Program
from tests.docs.existing_app import PASSWORD
from tests.docs.reading import blocks, page
from vestibule import new_key
from vestibule.configuration import read_settings

NOTICES = page("docs/notices.md")


@pytest.fixture
def outbox(tmp_path: Path) -> Path:
    return tmp_path / "outbox"


@pytest.fixture
def program(program_with: Callable[..., Program], outbox: Path) -> Program:
    """The application with all of the page, but for the mail server that it names."""
    program = program_with()
    config, *rest = blocks("python", of=NOTICES)
    config.run(program)
    taken, findings = read_settings(program["app"].config | {"VESTIBULE_KEYS": [new_key()]})
    assert not [one for one in findings if "MAIL" in str(one)]
    assert taken.mail.startswith("smtp://")
    program["app"].config["VESTIBULE_MAIL"] = outbox.as_uri()
    program["app"].config["VESTIBULE_BASE_URL"] = "http://localhost"
    program["User"].email = property(lambda user: f"{user.username}@example.org")
    program["User"].second_email = property(lambda user: f"{user.username}@example.net")
    (add_it, *_) = blocks("python", of=page("docs/add-it.md"))
    add_it.run(program)
    for block in rest:
        block.run(program)
    return program


def test_a_sign_in_is_told_at_both_addresses_and_the_link_asks_the_host(
    program: Program, outbox: Path
) -> None:
    app = program["app"]
    ann = app.test_client()
    ann.post("/login", data={"username": "ann", "password": PASSWORD})
    with app.test_request_context():
        user = program["db"].session.scalar(program["db"].select(program["User"]))
        program["invite"](user, "http://localhost/invited")
    app.extensions["vestibule"].send_notices()
    mails = [mail.read_text() for mail in outbox.glob("*.eml")]
    assert {"ann@example.org", "ann@example.net"} <= {
        line.removeprefix("To: ") for mail in mails for line in mail.splitlines()
    }
    assert [mail for mail in mails if "Subject: Come in" in mail and "/invited" in mail]
    with app.test_request_context():
        user = program["db"].session.merge(user)
        program["disable"](user)
        assert not user.password_hash
