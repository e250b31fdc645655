"""What happened to an account, in words, and to no other."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, insert, text

from tests.stories import HostMaker, settled
from tests.support.host_app import Host
from tests.support.visitor import Visitor
from vestibule import EventKind
from vestibule.audit.models import Event
from vestibule.audit.of_account import Place
from vestibule.audit.words import NOT_TOLD, SENTENCES, sentence_of

PAGE = "/security/activity"


def test_every_event_has_a_sentence_for_its_owner() -> None:
    missing = set(EventKind) - set(SENTENCES) - NOT_TOLD
    assert not missing, f"add to audit/words.py: {missing}"


def test_an_event_of_a_newer_version_is_told_by_its_name() -> None:
    assert sentence_of("moon.landed", {}) == "moon.landed"
    assert sentence_of("browser.forgotten", {}) == "A browser was forgotten: an unknown browser"


@pytest.mark.requirement("LOG-9")
def test_it_tells_what_by_what_with_what_where_and_when(ann: Visitor) -> None:
    stranger = ann.in_another_browser("203.0.113.5")
    stranger.enters_password("a wrong one")
    ann.signs_in()
    words = ann.opens(PAGE).text
    assert words.index("Signed in") < words.index("A wrong password was entered")
    assert "UTC · An unknown browser · 203.0.113.5 · password" in words
    assert "192.0.2.1 · authenticator" in words
    assert "Signed in, " in ann.opens("/security").text


@pytest.mark.requirement("LOG-5")
def test_nothing_of_others_nor_of_names_that_nobody_has(ann: Visitor) -> None:
    ann.signs_in()
    before = ann.opens(PAGE).text
    settled(ann.host, "ben").signs_in()
    ann.in_another_browser("203.0.113.9").enters_password(name="nobody-has-this-name")
    assert ann.opens(PAGE).text == before
    theirs = max(ann.host.rows(Event), key=lambda row: row.at)
    key = Place(theirs.at + timedelta(days=1), theirs.id).as_key()
    assert "203.0.113.9" not in ann.opens(f"{PAGE}?before={key}").text


def test_fifty_on_a_page_each_once_also_those_of_one_moment(ann: Visitor) -> None:
    ann.signs_in()
    had = len([row for row in ann.host.rows(Event) if row.kind != "try.taken"])
    adds(ann, 120)
    seen: list[str] = []
    page = ann.opens(PAGE)
    for left in (50, 50, 20 + had):
        found = [part for part in page.texts if part.startswith("A link") or "· 10." in part]
        numbers = [part for part in page.texts if "· 10.0.0." in part]
        seen += numbers
        assert page.html.count("<li>") == min(left, 50)
        assert found
        older = [link for link in page.links if "before=" in link]
        if older:
            page = ann.opens(older[0])
            assert PAGE in page.links  # "Newest"
    assert len(seen) == len(set(seen)) == 120


@pytest.mark.parametrize(
    "key", ["", "0", "1-2", "x" * 500, "9" * 18 + "-" + "0" * 32, "-1-" + "0" * 32, "٣-" + "0" * 32]
)
def test_a_key_that_we_did_not_make_begins_anew(ann: Visitor, key: str) -> None:
    ann.signs_in()
    page = ann.opens(f"{PAGE}?before={key}")
    assert page.status == 200
    assert "Signed in" in page.text


def test_a_page_is_one_read_along_the_index(database_url: str, make: HostMaker) -> None:
    host = make(database_url)
    ann = settled(host, "ann")
    ann.signs_in()
    adds(ann, 100)
    adds(settled(host, "ben"), 4000, first=100)
    said: list[tuple[str, Any]] = []

    def hear(*told: Any) -> None:
        if "FROM vestibule_event" in told[2]:
            said.append((told[2], told[3]))

    event.listen(host.engine, "before_cursor_execute", hear)
    ann.opens(f"{PAGE}?before={Place(host.clock.now(), '0' * 32).as_key()}")
    event.remove(host.engine, "before_cursor_execute", hear)
    ((statement, values),) = said
    assert "ix_vestibule_event_subject_at" in plan(host, statement, values)


def plan(host: Host, statement: str, values: Any) -> str:
    is_sqlite = host.engine.dialect.name == "sqlite"
    with host.engine.begin() as connection:
        if not is_sqlite:
            connection.execute(text("ANALYZE vestibule_event"))
        say = "EXPLAIN QUERY PLAN" if is_sqlite else "EXPLAIN"
        return "\n".join(map(str, connection.exec_driver_sql(f"{say} {statement}", values)))


def adds(person: Visitor, count: int, first: int = 0) -> None:
    """Events of one moment, an hour later, each from an address of its own."""
    at = person.host.clock.now() + timedelta(minutes=1)
    rows = [
        {
            "id": f"{number:032x}",
            "at": at,
            "kind": "link.made",
            "result": "ok",
            "subject_id": person.subject_id,
            "actor": person.subject_id,
            "address": f"10.0.0.{number}" if number < 256 else "10.1.0.1",
            "browser": "",
            "request_id": "",
            "details": {},
        }
        for number in range(first, first + count)
    ]
    with person.host.engine.begin() as connection:
        connection.execute(insert(Event), rows)
