"""The pages at /admin/audit: what happened, found again, and taken out as a file."""

from __future__ import annotations

import csv
import io
import json
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import event, update

from tests.admin.administrators import Roles, with_administrators
from tests.admin.test_accounts import does
from tests.notices.conftest import Mailbox
from tests.support.host_tables import User, db
from tests.support.seen import Seen
from tests.support.visitor import Visitor
from vestibule.admin_pages import audit
from vestibule.audit import reading, searching
from vestibule.audit.models import Event
from vestibule.audit.sealing import seal


@pytest.fixture
def roles(mailbox: Mailbox) -> Roles:
    return with_administrators(mailbox.host, "root")


@pytest.fixture
def root(mailbox: Mailbox, roles: Roles) -> Visitor:
    root = Visitor.new(mailbox.host, "root")
    root.signs_in()
    return root


def finds(by: Visitor, **asked: str) -> Seen:
    return by.opens(f"/admin/audit?{urlencode(asked)}")


def events_on(page: Seen) -> list[str]:
    links = [link.partition("/admin/audit/")[2] for link in page.links]
    return [one for one in links if one]


def every_event_of(by: Visitor, **asked: str) -> list[str]:
    page, found, opened = finds(by, **asked), list[str](), set[str]()
    while True:
        found += events_on(page)
        older = [link for link in page.links if "before=" in link]
        if not older:
            return found
        assert older[0] not in opened, "the same page again"
        opened.add(older[0])
        page = by.opens(older[0])


def newest_first(host: Any, **columns: str) -> list[str]:
    rows = sorted(host.rows(Event), key=lambda row: (row.at, row.id), reverse=True)
    return [
        row.id for row in rows if all(getattr(row, name) == one for name, one in columns.items())
    ]


def takes_out(by: Visitor, form: str, **asked: str) -> Any:
    fields = {"csrf_token": by.token("/setup-2fa"), "format": form}
    return by.posts(f"/admin/audit/export?{urlencode(asked)}", fields)


def test_pages_of_fifty_know_every_event_once(
    root: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "PAGE", 4)
    assert every_event_of(root) == newest_first(root.host)


@pytest.mark.parametrize("stretch", [3, 5000])
def test_a_search_looks_at_so_many_and_goes_on(
    root: Visitor, monkeypatch: pytest.MonkeyPatch, stretch: int
) -> None:
    monkeypatch.setattr(audit, "PAGE", 2)
    monkeypatch.setattr(searching, "STRETCH", stretch)
    ann = Visitor.new(root.host, "ann")
    ann.enters_password("not the password")
    ann.signs_in()
    assert every_event_of(root, result="failed") == newest_first(root.host, result="failed")
    columns = {"factor": "totp", "subject_id": ann.subject_id or ""}
    found = every_event_of(root, factor="totp", account="ann")
    assert found == newest_first(root.host, **columns) != []


def test_each_filter_and_all_of_them(root: Visitor) -> None:
    ann = Visitor.new(root.host, "ann")
    far = Visitor(root.host, ann.papers, address="2001:db8::9", site="http://localhost")
    far.signs_in()
    host = root.host
    assert every_event_of(root, account="ann") == newest_first(host, subject_id=ann.subject_id)
    by_id = every_event_of(root, account=ann.subject_id or "")
    assert by_id == every_event_of(root, account="ANN")
    assert every_event_of(root, kind="session.opened") == newest_first(host, kind="session.opened")
    assert every_event_of(root, address="2001:DB8:0::9") == newest_first(
        host, address="2001:db8::9"
    )
    (one,) = every_event_of(
        root,
        account="ann",
        kind="session.opened",
        result="ok",
        factor="totp",
        address="2001:db8::9",
    )
    assert root.opens(f"/admin/audit/{one}").status == 200


def test_a_day_and_a_moment(root: Visitor) -> None:
    first = root.host.clock.now()
    root.host.clock.moves(days=3)
    second = root.host.clock.now()
    root.enters_password()
    root.enters_code(root.fresh_code())
    before = newest_first(root.host)
    day, later = f"{first:%Y-%m-%d}", f"{second:%Y-%m-%d %H:%M:%S}"
    recent = every_event_of(root, **{"from": later})
    old = every_event_of(root, until=day)
    assert recent + old == before
    assert recent
    assert old
    assert every_event_of(root, until=f"{first:%Y-%m-%dT00:00}") == []
    assert every_event_of(root, **{"from": day}) == before


MEANS_NOTHING = (
    {"kind": "flew"},
    {"result": "OK"},
    {"factor": "'"},
    {"address": "example.org"},
    {"address": "192.0.2.0/24"},
    {"account": "nobody"},
    {"account": "ro"},
    {"account": "0" * 32},
    {"from": "yesterday"},
    {"from": "2027-02-30"},
    {"from": "20270201"},
    {"from": "٢٠٢٧-01-01"},
    {"until": "9999-12-31"},
    {"until": "2027-01-01 24:00"},
    {"before": "1-2"},
    {"before": "9" * 18 + "-" + "0" * 32},
)


def test_what_no_filter_can_mean_is_said_in_words_and_shows_nothing(root: Visitor) -> None:
    for asked in MEANS_NOTHING:
        page = finds(root, **asked)
        assert page.status == 422, asked
        assert page.title.startswith("Error: ")
        assert events_on(page) == []
        assert "Download" not in page.text
    assert takes_out(root, "csv", **asked).status_code == 422
    assert root.host.events("audit.exported") == []


def test_an_address_that_somebody_else_gave_too_means_nobody_alone(root: Visitor) -> None:
    """A stranger whose name comes first would be shown in place of the owner."""
    ann, stranger = (Visitor.new(root.host, name) for name in ("ann", "aaa"))
    for one in (ann, stranger):
        one.signs_in()
    assert finds(root, account="ann@example.org").status == 200
    with root.host.app.app_context():
        theirs = update(User).values(email="ann@example.org").where(User.username == "aaa")
        db.session.execute(theirs)
        db.session.commit()
    page = finds(root, account="ann@example.org")
    assert (page.status, events_on(page)) == (422, [])
    assert "Several accounts have this address" in page.text
    ann_s = newest_first(root.host, subject_id=ann.subject_id)
    assert every_event_of(root, account="ANN") == ann_s


def test_names_are_those_of_today(root: Visitor, roles: Roles) -> None:
    ann = Visitor.new(root.host, "ann")
    ann.signs_in()
    does(root, "sign-out", ann, reason="<b>called</b> back")
    page = finds(root, kind="session.ended_by_administrator")
    assert "ann by root" in page.text
    (one,) = events_on(page)
    page = root.opens(f"/admin/audit/{one}")
    for said in ("<b>called</b> back", "session.ended_by_administrator", "192.0.2.1", "root"):
        assert said in page.text
    assert "<b>called" not in page.html
    with root.host.app.app_context():
        db.session.execute(update(User).values(username="anna").where(User.username == "ann"))
        db.session.commit()
    assert "anna by root" in finds(root, kind="session.ended_by_administrator").text


def test_of_who_is_gone_the_id_is_shown(root: Visitor) -> None:
    ann = Visitor.new(root.host, "ann")
    ann.signs_in()
    identity = ann.subject_id or ""
    root.host.loses_user("ann")
    ann.opens("/dashboard")
    page = finds(root, account=identity)
    assert identity in page.text
    assert "ann" not in page.text.replace("any", "")
    one = root.opens(f"/admin/audit/{events_on(page)[0]}")
    assert identity in one.text


@pytest.mark.requirement("LOG-7")
def test_an_event_says_whether_it_is_sealed_and_what_was_written(root: Visitor) -> None:
    one = newest_first(root.host)[0]
    path = f"/admin/audit/{one}"
    assert "Not under a seal yet" in root.opens(path).text
    assert "It says what was written" in root.opens(path).text
    seal(root.host.services)
    assert "Number 1" in root.opens(path).text
    root.host.sets(Event, address="198.51.100.7")
    page = root.opens(path)
    assert "It does not say what was written" in page.text


def test_damage_to_one_event_hides_no_other(root: Visitor) -> None:
    count = len(newest_first(root.host))
    (opened,) = [row.id for row in root.host.rows(Event) if row.kind == "session.opened"]
    with root.host.services.database.write() as connection:
        connection.exec_driver_sql(
            "UPDATE vestibule_event SET details = '[', kind = ?, browser = ?, address = ?, at = 'x'"
            " WHERE id = ?",
            ("<script>", b"\xff\xfe", "\u202e\x1b[31m", opened),
        )
    page = finds(root)
    assert len(events_on(page)) == count
    assert "<script>" not in page.html.replace("<script src=", "")
    assert root.opens(f"/admin/audit/{opened}").status == 200


def test_damage_to_an_id_stops_no_page(root: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "PAGE", 3)
    monkeypatch.setattr(searching, "STRETCH", 3)
    Visitor.new(root.host, "ann").enters_password()
    rows = newest_first(root.host)
    broken = dict(zip(rows[1:6], ("a/../b", "\u202e", "", "A", "z"), strict=True))
    with root.host.services.database.write() as connection:
        for second, one in enumerate(reversed(rows)):
            connection.exec_driver_sql(
                "UPDATE vestibule_event SET at = ?, id = CAST(? AS TEXT), actor = CAST(? AS TEXT),"
                " browser = CAST(? AS TEXT) WHERE id = ?",
                (
                    f"2026-01-01 00:00:{second:02}.000000",
                    broken.get(one, one),
                    b"\xff",
                    b"\xed\xa0\x80",
                    one,
                ),
            )
    for asked in ({}, {"result": "ok"}):
        assert {*rows} - {*broken} <= {*every_event_of(root, **asked)}


@pytest.mark.requirement("LOG-7", "LOG-2")
def test_the_events_of_a_search_leave_as_a_file(root: Visitor) -> None:
    ann = Visitor.new(root.host, "ann")
    evil = Visitor(root.host, ann.papers, address="192.0.2.9", site="http://localhost")
    evil.client.environ_base["HTTP_USER_AGENT"] = "=1+1,2;=cmd|'/C calc'!A0\u202e"
    evil.signs_in()
    wanted = newest_first(root.host, subject_id=ann.subject_id)[::-1]
    table = takes_out(root, "csv", account="ann")
    assert table.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert table.headers["Content-Disposition"].startswith('attachment; filename="events-')
    assert table.headers["Cache-Control"] == "no-store"
    rows = list(csv.DictReader(io.StringIO(table.text)))
    assert [row["id"] for row in rows] == wanted
    assert {row["browser"] for row in rows} == {"'=1+1,2;'=cmd|'/C calc'!A0"}
    lines = takes_out(root, "jsonl", account="ann").text.splitlines()
    assert [json.loads(line)["id"] for line in lines] == wanted
    first, second = root.host.events("audit.exported")
    assert first.details == {"format": "csv", "account": ann.subject_id}
    assert (first.actor, first.subject_id) == (root.subject_id, root.subject_id)
    assert second.details["format"] == "jsonl"


def test_a_file_of_many_stretches_is_whole(root: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "STRETCH", 2)
    Visitor.new(root.host, "ann").signs_in()
    for asked in ({}, {"result": "ok"}, {"account": "ann"}, {"kind": "try.taken"}):
        shown = every_event_of(root, **asked)
        lines = takes_out(root, "jsonl", **asked).text.splitlines()
        found = [json.loads(line)["id"] for line in lines][::-1]
        assert [one for one in found if one in shown] == shown


@pytest.mark.requirement("WEB-1", "ADM-2")
def test_no_file_without_the_forms_own_token_or_a_code_of_just_now(root: Visitor) -> None:
    assert root.posts("/admin/audit/export", {"format": "csv"}).status_code == 403
    assert root.asks("/admin/audit/export").status_code == 404
    root.host.clock.moves(minutes=11)
    assert takes_out(root, "csv").status_code == 403
    assert root.host.events("audit.exported") == []


def test_odd_addresses_of_events_find_nothing(root: Visitor) -> None:
    for odd in ("nobody", "0" * 32, "%00", "A" * 32, "..%2faccounts"):
        assert root.asks(f"/admin/audit/{odd}").status_code == 404, odd


def test_the_page_of_an_account_leads_to_its_events(root: Visitor) -> None:
    ann = Visitor.new(root.host, "ann")
    ann.signs_in()
    page = root.opens(f"/admin/account?user={ann.user_id}")
    link = next(one for one in page.links if "/admin/audit" in one and "account=" in one)
    assert events_on(root.opens(link)) == newest_first(root.host, subject_id=ann.subject_id)


def test_every_search_goes_along_an_index_in_the_order_of_time(root: Visitor) -> None:
    """So that a page costs the same however many events there are."""
    asked = list[tuple[str, Any]]()
    listen = (root.host.engine, "before_cursor_execute", lambda *a: asked.append(a[2:4]))
    event.listen(*listen)
    index = "ix_vestibule_event"
    for search, along in (
        ({}, f"{index}_at"),
        ({"from": "2000-01-01", "until": "2100-01-01"}, f"{index}_at (at>? AND at<?)"),
        ({"result": "failed", "factor": "totp"}, f"{index}_at"),
        ({"account": "root"}, f"{index}_subject_at (subject_id=?"),
        ({"address": "192.0.2.1", "kind": "session.opened"}, f"{index}_address_at (address=?"),
        ({"kind": "session.opened", "result": "ok"}, f"{index}_kind_at (kind=?"),
        ({"kind": "session.opened", "from": "2000-01-01"}, f"{index}_kind_at (kind=? AND at>?"),
    ):
        asked.clear()
        finds(root, **search)
        (page,) = (one for one in asked if "FROM vestibule_event" in one[0] and "details" in one[0])
        with root.host.engine.connect() as connection:
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {page[0]}", page[1])
            plan = [row[-1] for row in rows]
        assert any(f"vestibule_event USING INDEX {along}" in step for step in plan), plan
    event.remove(*listen)
