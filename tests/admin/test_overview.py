"""The overview at /admin, and the recoveries at /admin/recoveries."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event

from tests.admin.administrators import Roles, with_administrators
from tests.admin.test_accounts import does
from tests.notices.conftest import Mailbox, plain
from tests.recovery.conftest import WAIT, asks
from tests.support.guessing import guesses
from tests.support.seen import Seen
from tests.support.visitor import Visitor
from vestibule.admin import overview
from vestibule.admin_pages import recoveries
from vestibule.audit.models import DayCount
from vestibule.audit.sealing import seal
from vestibule.backup_codes.models import BackupCode
from vestibule.foundation.budget_rows import BudgetRow
from vestibule.recovery.models import Recovery


@pytest.fixture
def roles(mailbox: Mailbox) -> Roles:
    return with_administrators(mailbox.host, "root")


@pytest.fixture
def root(mailbox: Mailbox, roles: Roles) -> Visitor:
    root = Visitor.new(mailbox.host, "root")
    root.signs_in()
    mailbox.mails()
    return root


def line(page: Seen, day: str) -> list[str]:
    """What the table says of a day."""
    after = page.text.split(f" {day} ")[1].split()
    return after[:6]


def test_days_are_counted_once_events_are_sealed(root: Visitor) -> None:
    host = root.host
    assert "none has yet" in root.opens("/admin").text
    thief = Visitor.new(host, "ann").in_another_browser("203.0.113.9")
    for _ in range(3):
        thief.enters_password("not the password")
    for _ in range(3):
        seal(host.services)
    today = f"{host.clock.now():%m-%d}"
    page = root.opens("/admin")
    assert line(page, today) == ["1", "3", "0", "0", "0", "0"]
    assert "Wrong passwords 3, at most 3 a day" in page.text
    root.enters_password()
    root.enters_code(root.fresh_code())
    seal(host.services)
    assert line(root.opens("/admin"), today)[0] == "2"


def test_a_chart_is_a_picture_with_words_and_without_styles(root: Visitor) -> None:
    seal(root.host.services)
    html = root.opens("/admin").html
    assert html.count('<svg class="chart" role="img"') == html.count("<title>") - 1 == 8
    assert "style" not in html.replace('rel="stylesheet"', "")
    assert "Sign-ins in 14 days: 1, at most 1 a day" in html


def test_days_that_are_past_go_and_the_measure_is_the_highest(root: Visitor) -> None:
    host = root.host
    with host.services.database.write() as connection:
        for back, count in ((0, 5), (13, 1_000_000), (14, 7_000_000)):
            day = (host.clock.now() - timedelta(days=back)).date().isoformat()
            values = {"day": day, "kind": "session.opened", "count": count}
            connection.execute(DayCount.__table__.insert().values(values))
    page = root.opens("/admin")
    assert "1 000 005, at most 1 000 000 a day" in page.text
    assert 'height="72.0"' in page.html
    assert 'height="2.0"' in page.html


def test_shares_and_who_has_to_wait(root: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    host = root.host
    ann = Visitor.new(host, "ann")
    ann.signs_in()
    Visitor.new(host, "nina").enters_password()
    assert "2 of 3 accounts (67%)" in root.opens("/admin").text
    host.sets(BackupCode, used_at=host.clock.now())
    assert "2 of the 2 with a second step (100%)" in root.opens("/admin").text
    thief = ann.in_another_browser("203.0.113.9")
    thief.enters_password()
    guesses(thief, 5)
    page = root.opens("/admin")
    assert "For a password: 0" in page.text
    assert "For a code: 1" in page.text
    host.sets(BudgetRow, blocked_until=host.clock.now())
    assert "For a code: 0" in root.opens("/admin").text
    monkeypatch.setattr(overview, "SAMPLE", 1)
    assert "of 1 accounts" in root.opens("/admin").text
    assert "drawn by lot" in root.opens("/admin").text


def test_of_very_many_it_says_that_there_are_more(root: Visitor) -> None:
    host, later = root.host, root.host.clock.now() + timedelta(minutes=5)
    rows = [
        {"kind": "password.account", "subject": f"{one}", "count": 9, "blocked_until": later}
        for one in range(1002)
    ]
    with host.services.database.write() as connection:
        connection.execute(BudgetRow.__table__.insert(), rows)
    assert "For a password: more than 1 000" in root.opens("/admin").text


def test_the_overview_asks_as_often_whatever_there_is(root: Visitor) -> None:
    asked = list[str]()
    listen = (root.host.engine, "before_cursor_execute", lambda *a: asked.append(a[2]))
    event.listen(*listen)
    root.opens("/admin")
    first = len(asked)
    for name in ("ann", "ben", "cleo"):
        Visitor.new(root.host, name).enters_password()
    seal(root.host.services)
    asked.clear()
    root.opens("/admin")
    assert len(asked) == first
    event.remove(*listen)


def test_every_page_leads_to_every_other(root: Visitor) -> None:
    pages = {"/admin", "/admin/accounts", "/admin/audit", "/admin/recoveries"}
    for path in (*pages, f"/admin/account?user={root.user_id}"):
        assert pages - {path} <= set(root.opens(path).links), path


def has_asked(mailbox: Mailbox, name: str) -> Visitor:
    person = Visitor.new(mailbox.host, name)
    person.signs_in()
    mailbox.mails()
    asks(person.in_another_browser("203.0.113.9"), mailbox)
    mailbox.mails()
    return person


@pytest.mark.requirement("ADM-1", "ADM-4")
def test_a_recovery_is_listed_and_stopped_with_a_reason(root: Visitor, mailbox: Mailbox) -> None:
    assert "No recovery is under way." in root.opens("/admin/recoveries").text
    ann = has_asked(mailbox, "ann")
    page = root.opens("/admin/recoveries")
    assert "203.0.113.9" in page.text
    assert "Open until" not in page.text
    assert "Recoveries under way 1" in root.opens("/admin").text
    (stop,) = [link for link in page.links if "stop-recovery" in link]
    assert root.opens(stop).heading == "Stop the recovery"
    assert does(root, "stop-recovery", ann, reason=" ").status == 422
    assert mailbox.host.rows(Recovery) != []
    page = does(root, "stop-recovery", ann, reason="nobody of hers")
    assert "The recovery is stopped." in page.text
    assert mailbox.host.rows(Recovery) == []
    (stopped,) = mailbox.host.events("recovery.stopped")
    assert stopped.details == {"by": "administrator", "reason": "nobody of hers"}
    assert (stopped.actor, stopped.subject_id) == (root.subject_id, ann.subject_id)
    (mail,) = mailbox.mails()
    assert "nobody of hers" not in plain(mail)
    assert root.opens(stop).path == "/admin/account"


@pytest.mark.requirement("ADM-1")
def test_what_opens_first_comes_first_and_what_is_void_is_not_listed(
    root: Visitor, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recoveries, "PAGE", 1)
    ann = has_asked(mailbox, "ann")
    root.host.clock.moves(hours=1)
    has_asked(mailbox, "ben")
    page = root.opens("/admin/recoveries")
    assert " ann " in page.text
    assert " ben " not in page.text
    page = root.opens(next(link for link in page.links if "after=" in link))
    assert " ben " in page.text
    assert not [link for link in page.links if "after=" in link and link != page.path]
    root.host.clock.moves(seconds=(WAIT - timedelta(hours=1)).total_seconds())
    root.enters_password()
    root.enters_code(root.fresh_code())
    assert "Open until" in root.opens("/admin/recoveries").text
    root.host.revokes(ann.user_id)
    assert " ann " not in root.opens("/admin/recoveries").text
    assert root.opens("/admin/recoveries?after=nonsense").status == 200


def test_one_who_was_faster_is_told(root: Visitor, mailbox: Mailbox) -> None:
    ann = has_asked(mailbox, "ann")
    path = f"/admin/account/stop-recovery?user={ann.user_id}"
    page = root.opens(path)
    with root.host.services.database.write() as connection:
        connection.execute(Recovery.__table__.delete())
    answer = root.sends(page, page.form(with_field="reason"), reason="r")
    assert answer.path == "/admin/account"
    assert root.host.events("recovery.stopped") == []
