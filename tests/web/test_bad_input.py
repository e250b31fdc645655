"""What no page of ours sends: refused in words, never with a 500, and nothing is changed."""

from __future__ import annotations

import io
from functools import partial
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.stories import HostMaker, settled
from tests.support.host_app import Host
from tests.support.routes import unchanged
from tests.support.seen import Seen
from tests.support.visitor import Visitor
from tests.web.walk import Walk

MEGABYTE = "1" * 1024 * 1024


@pytest.fixture
def walk(host: Host) -> Walk:
    return Walk(host)


def fill(fields: dict[str, str], value: str) -> dict[str, str]:
    return {name: old if name == "csrf_token" else value for name, old in fields.items()}


def raw(person: Visitor, path: str, body: bytes, content_type: str) -> TestResponse:
    return person.client.post(path, data=body, content_type=content_type, buffered=True)


def encoded(person: Visitor, path: str, fields: dict[str, str], *, value: str) -> TestResponse:
    """The value as it is, percent signs and all, in every field."""
    pairs = (f"{k}={v if k == 'csrf_token' else value}" for k, v in fields.items())
    return raw(person, path, "&".join(pairs).encode(), "application/x-www-form-urlencoded")


def test_empty_fields(walk: Walk) -> None:
    walk.is_refused(lambda person, path, fields: person.posts(path, fields))


@pytest.mark.requirement("PW-4")
def test_fields_of_a_megabyte(walk: Walk) -> None:
    """Our pages read no such form, whatever the host allows; the host's own do here."""
    walk.host.app.config["MAX_CONTENT_LENGTH"] = 8 * 2**20
    walk.is_refused(lambda person, path, fields: person.posts(path, fill(fields, MEGABYTE)))
    ann = settled(walk.host, "ann")
    ann.enters_password()
    fields = {"csrf_token": ann.token("/verify-2fa"), "totp_code": MEGABYTE}
    assert ann.posts("/verify-2fa", fields).status_code == 413
    assert ann.posts("/verify-2fa", fields | {"totp_code": "1" * 60_000}).status_code == 422


ODD = ("%00", "a%00b", "%ED%A0%80", "%ED%BF%BF%ED%A0%80", "%FF%FE", "%F0%9F%98%80", "%0D%0A", "%")


def test_characters_that_do_not_belong_there(database_url: str, make: HostMaker) -> None:
    walk = Walk(make(database_url))
    for value in ODD:
        walk.is_refused(partial(encoded, value=value))


def test_arrays_where_a_string_is_expected(walk: Walk) -> None:
    def send(person: Visitor, path: str, fields: dict[str, str]) -> TestResponse:
        token = fields.pop("csrf_token")
        arrays = {f"{name}[]": "x" for name in fields} | {f"{name}[0]": "x" for name in fields}
        return person.posts(path, arrays | {"csrf_token": token})

    walk.is_refused(send)


def test_a_field_that_comes_twice(ann: Visitor) -> None:
    ann.enters_password()
    token = ann.token("/verify-2fa")
    code = ann.fresh_code()
    with unchanged(ann.host):
        for codes in ([code, "000000"], ["000000", code], [code, code]):
            data: dict[str, Any] = {"csrf_token": token, "totp_code": codes}
            answer = ann.client.post("/verify-2fa", data=data, buffered=True)
            assert answer.status_code == 400
            assert Seen(answer).heading == "This request cannot be read"
    assert ann.posts("/verify-2fa", {"csrf_token": token, "totp_code": code}).status_code == 303


BODIES = [
    ("application/json", b'{"csrf_token": "x", "totp_code": ["1"]}'),
    ("text/plain", b"totp_code=123456"),
    ("multipart/form-data", b"no boundary"),
    ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\n"),
    ("application/x-www-form-urlencoded; charset=utf-7", b"totp_code=+AGE-"),
    ("application/x-www-form-urlencoded", b"totp_code=\xff\xfe"),
    ("", b"totp_code=123456"),
    ("\u00e9", b"totp_code=123456"),
]


@pytest.mark.requirement("WEB-5")
def test_another_content_type(walk: Walk) -> None:
    for content_type, body in BODIES:
        walk.is_refused(
            lambda person, path, fields, body=body, kind=content_type: raw(person, path, body, kind)
        )


def test_files_where_text_is_expected(walk: Walk) -> None:
    def send(person: Visitor, path: str, fields: dict[str, str]) -> TestResponse:
        token = fields.pop("csrf_token")
        data: dict[str, Any] = {name: (io.BytesIO(b"123456"), "code.txt") for name in fields}
        return person.client.post(path, data=data | {"csrf_token": token}, buffered=True)

    walk.is_refused(send)


def test_more_fields_than_a_form_has(walk: Walk) -> None:
    def send(person: Visitor, path: str, fields: dict[str, str]) -> TestResponse:
        return person.posts(path, fields | {f"field-{n}": "x" for n in range(3000)})

    walk.is_refused(send)
