"""Phone and paper are lost: password and mailbox, a waiting time, and a new second step."""

from __future__ import annotations

from tests.notices.conftest import Mailbox
from tests.recovery.conftest import WAIT, asks_for_link, newest_link, sets_up_anew
from tests.support.visitor import Visitor
from vestibule.recovery.models import Recovery


def lost(person: Visitor) -> Visitor:
    """In a new browser, with neither phone nor paper."""
    return person.in_another_browser("198.51.100.7")


def test_the_whole_way(mailbox: Mailbox, ann: Visitor) -> None:
    old_secret, old_code = ann.papers.secrets[-1], ann.papers.backup_codes[0]
    back = lost(ann)
    page = asks_for_link(back)
    assert "on its way to a…@example.org" in page.text
    page = back.opens(newest_link(mailbox))
    assert (page.path, page.heading) == ("/recover/confirm", "Ask for a new second step")
    page = back.sends(page, page.form(action="/recover/confirm"))
    assert page.path == "/recover"
    assert "A new second step was asked for." in page.text
    assert mailbox.subjects() == {"Somebody wants to replace your second step at Host"}

    mailbox.host.clock.moves(WAIT.total_seconds())
    assert sets_up_anew(back).path == "/dashboard"
    assert "Second step replaced at Host" in mailbox.subjects()
    assert back.is_signed_in()
    assert not ann.is_signed_in()
    again = ann.in_another_browser()
    again.enters_password()
    assert again.enters_code(ann.code(secret=old_secret)).path == "/verify-2fa"
    assert again.enters_backup_code(old_code).path == "/verify-2fa/backup-code"
    mailbox.host.clock.moves(60)
    assert again.enters_code(again.fresh_code()).path == "/dashboard"
    assert mailbox.host.rows(Recovery) == []
