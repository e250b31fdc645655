"""Forms that outlived everything, and addresses that nobody links to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.host_app import Host
from tests.support.routes import unchanged
from tests.support.seen import Seen
from tests.support.visitor import Visitor
from tests.web.walk import COUNTED, FIELDS, Walk

PLAIN = ("/verify-2fa/cancel", "/backup-codes/new", "/backup-codes/download", "/logout")


@pytest.fixture
def walk(host: Host) -> Walk:
    return Walk(host)


def every_token(walk: Walk) -> Iterator[tuple[Visitor, str, str]]:
    for path in (*FIELDS, *PLAIN):
        person = walk.people["between the steps" if path in PLAIN[:1] else "signed in"]
        person = walk.person(path) if path in FIELDS else person
        page = {"/verify-2fa/cancel": "/verify-2fa"}.get(path, "/setup-2fa")
        token = person.token(path if path in FIELDS and "codes" not in path else page)
        yield person.with_the_same_cookies(), path, token


def test_everything_expired(walk: Walk) -> None:
    ready = list(every_token(walk))
    walk.host.clock.moves(hours=25)
    with unchanged(walk.host, *COUNTED, "user", "vestibule_subject"):
        for person, path, token in ready:
            if path in ("/login", "/register"):
                continue  # nothing of theirs expires but the token
            fields = {"csrf_token": token, "totp_code": "123456", "backup_code": "A" * 16}
            page = Seen(person.posts(path, fields, follow_redirects=True))
            assert page.path == "/login", path
            assert not person.cookie("vestibule-pending"), path


ODD_QUERIES = (
    *("next=%00", "next=%ED%A0%80", "next=//evil", "next[]=x"),
    *("used=%FF", "used=1&used=2", "%", "=&"),
)


def test_odd_addresses(walk: Walk) -> None:
    for query in ODD_QUERIES:
        for path in ("/login", "/confirm", "/backup-codes", "/setup-2fa", "/verify-2fa"):
            for person in walk.people.values():
                answer = person.with_the_same_cookies().asks(f"{path}?{query}")
                assert answer.status_code in (200, 302, 303)
                assert "evil" not in (answer.location or "")


@pytest.mark.parametrize("name", ["evil.example", "a b", "[::1", "é", "localhost:99999", ""])
def test_another_host_name(ann: Visitor, name: str) -> None:
    ann.enters_password()
    answer = ann.client.get("/verify-2fa", environ_overrides={"HTTP_HOST": name}, buffered=True)
    assert answer.status_code in (200, 303, 400)
    assert name == "" or f"//{name}" not in answer.text + (answer.location or "")
