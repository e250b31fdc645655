"""What strangers type or send does not get into the log as it is."""

from __future__ import annotations

import hashlib
import logging
import re

import pytest

from tests.support.host_app import Host
from tests.support.visitor import Visitor
from vestibule import new_key
from vestibule.audit.models import Event

PASSWORD_AS_A_NAME = "hunter2 is my password"


@pytest.mark.requirement("LOG-5")
def test_a_name_of_nobody_is_kept_as_a_keyed_hash_only(
    ann: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for spelt in (PASSWORD_AS_A_NAME, PASSWORD_AS_A_NAME.upper(), "somebody else"):
        ann.enters_password(name=spelt)
    failed = ann.host.events("password.failed")
    hashes = [row.details["unknown_name"] for row in failed]
    assert all(re.fullmatch("[0-9a-f]{64}", one) for one in hashes)
    assert len(set(hashes)) == 2
    assert hashlib.sha256(PASSWORD_AS_A_NAME.encode()).hexdigest() not in hashes
    assert all(row.subject_id is None for row in failed)
    assert "hunter2" not in (str(ann.host.snapshot()) + caplog.text).casefold()


@pytest.mark.requirement("LOG-5")
def test_the_hash_depends_on_the_key(ann: Visitor, host: Host) -> None:
    ann.enters_password(name=PASSWORD_AS_A_NAME)
    other = ann.with_the_same_cookies(host.restarted(VESTIBULE_KEYS=[new_key()]))
    other.enters_password(name=PASSWORD_AS_A_NAME)
    hashes = {row.details["unknown_name"] for row in host.events("password.failed")}
    assert len(hashes) == 2


@pytest.mark.requirement("LOG-5")
def test_a_known_name_is_told_by_its_account(ann: Visitor) -> None:
    ann.enters_password("not it")
    (failed,) = ann.host.events("password.failed")
    assert failed.subject_id == ann.subject_id
    assert failed.details == {}


@pytest.mark.requirement("LOG-6")
@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("Fire\r\nfox: admin signed in", "Firefox: admin signed in"),
        ("Fire\x00\x1b[31mfox", "Fire[31mfox"),
        ("Fire\x85fox", "Firefox"),
        ("x" * 5000, "x" * 200),
    ],
)
def test_a_browser_cannot_forge_a_line(ann: Visitor, sent: str, kept: str) -> None:
    page = ann.opens("/login")
    fields = page.form(with_field="password").fields | {"username": "ann", "password": "no"}
    ann.client.post("/login", data=fields, environ_overrides={"HTTP_USER_AGENT": sent})
    (failed,) = ann.host.events("password.failed")
    assert failed.browser == kept


@pytest.mark.requirement("LOG-6")
def test_signs_that_turn_the_direction_are_left_out(ann: Visitor) -> None:
    bidi = "Fire\u202efox\u2066".encode().decode("latin-1")  # as a WSGI server hands it on
    page = ann.opens("/login")
    fields = page.form(with_field="password").fields | {"username": "ann", "password": "no"}
    ann.client.post("/login", data=fields, environ_overrides={"HTTP_USER_AGENT": bidi})
    (failed,) = ann.host.events("password.failed")
    assert failed.browser.isprintable()
    assert not set("\u202e\u2066") & set(failed.browser)


@pytest.mark.requirement("LOG-6")
def test_every_column_of_every_event_is_one_line(ann: Visitor) -> None:
    ann.client.environ_base["HTTP_USER_AGENT"] = "a\x85\x1bb"
    ann.enters_password(name="na\r\nme\u2028")
    ann.signs_in()
    for row in ann.host.rows(Event):
        assert str(tuple(row)).isprintable()
