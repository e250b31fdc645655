"""Backup codes: shown once, saved, counted, replaced."""

from __future__ import annotations

import pytest

from tests.support.host_app import Host
from tests.support.seen import Seen
from tests.support.visitor import Visitor
from vestibule.backup_codes.models import BackupCode
from vestibule.sessions.models import Session


def sets_up_without_saving(person: Visitor) -> Seen:
    page = person.enters_password()
    person.papers.secrets.append(page.secret)
    code = person.fresh_code()
    return person.sends(page, page.form(with_field="totp_code"), totp_code=code)


@pytest.mark.requirement("BC-8")
def test_ten_codes_are_shown_once_and_then_only_counted(newcomer: Visitor) -> None:
    page = sets_up_without_saving(newcomer)
    assert page.path == "/backup-codes"
    assert len(set(page.backup_codes)) == 10
    assert newcomer.host.rows(Session)[0].unseen_codes is None
    again = newcomer.opens("/backup-codes")
    assert "10 of 10 left" in again.text
    assert not any(code in again.html for code in page.backup_codes)


@pytest.mark.requirement("BC-8")
def test_a_look_without_a_body_does_not_use_the_showing_up(newcomer: Visitor) -> None:
    page = newcomer.enters_password()
    code = newcomer.fresh_code(page.secret)
    fields = page.form(with_field="totp_code").fields | {"totp_code": code}
    assert newcomer.posts("/setup-2fa", fields).status_code == 303
    assert newcomer.client.head("/backup-codes").status_code == 200
    assert len(newcomer.opens("/backup-codes").backup_codes) == 10


def test_the_tick_is_asked_for_by_the_server(newcomer: Visitor) -> None:
    page = sets_up_without_saving(newcomer)
    codes = page.backup_codes
    page = newcomer.sends(page, page.form(with_field="saved"))
    assert (page.status, page.backup_codes) == (422, codes)
    assert page.errors == [
        "Save the codes, then tick the box. Without them a lost phone locks you out."
    ]
    assert newcomer.host.events("backup_codes.saved") == []
    page = newcomer.sends(page, page.form(with_field="saved"), saved="y")
    assert page.path == "/dashboard"
    assert len(newcomer.host.events("backup_codes.saved")) == 1
    assert all(row.saved_at for row in newcomer.host.rows(BackupCode))


def test_a_double_click_on_continue_harms_nothing(newcomer: Visitor) -> None:
    page = sets_up_without_saving(newcomer)
    for _ in range(2):
        answer = newcomer.sends(page, page.form(with_field="saved"), saved="y")
        assert answer.path == "/dashboard"
    assert len(newcomer.host.events("backup_codes.saved")) == 1


def test_the_file_says_whose_codes_and_which_set_these_are(newcomer: Visitor) -> None:
    page = sets_up_without_saving(newcomer)
    sheet = newcomer.sends(page, page.form(action="/backup-codes/download"))
    assert sheet.answer.mimetype == "text/plain"
    assert sheet.answer.headers["Content-Disposition"] == (
        'attachment; filename="backup-codes-set-1.txt"'
    )
    lines = sheet.html.splitlines()
    now = newcomer.host.clock.now()
    assert lines[:3] == [
        "Backup codes for Host",
        "Account: nina",
        f"Set 1, made {now.day} {now:%B %Y} (UTC)",
    ]
    assert lines[-10:] == page.backup_codes


def test_the_page_can_be_used_for_half_an_hour_and_by_its_owner_only(
    newcomer: Visitor, ann: Visitor
) -> None:
    page = sets_up_without_saving(newcomer)
    form = page.form(action="/backup-codes/download")
    ann.signs_in()
    own = form.fields | {"csrf_token": ann.token("/dashboard")}
    theft = ann.posts("/backup-codes/download", own)
    assert theft.status_code == 303
    newcomer.host.clock.moves(minutes=29)
    assert newcomer.sends(page, form).answer.mimetype == "text/plain"
    newcomer.host.clock.moves(minutes=1)
    assert newcomer.sends(page, form).path == "/backup-codes"
    late = newcomer.sends(page, page.form(with_field="saved"), saved="y")
    assert (late.path, late.backup_codes) == ("/backup-codes", [])


def test_codes_that_are_dead_by_now_are_given_to_nobody_as_new_ones(ann: Visitor) -> None:
    """Two tabs: whoever keeps the first one's sheet has nothing when the phone is lost."""
    ann.signs_in()
    first = ann.makes_new_backup_codes()
    second = ann.makes_new_backup_codes()
    now = second.form(action="/backup-codes/download").fields["csrf_token"]
    download, saved = first.form(action="/backup-codes/download"), first.form(with_field="saved")
    answer = ann.posts("/backup-codes/download", download.fields | {"csrf_token": now})
    assert (answer.status_code, answer.location) == (303, "/backup-codes")
    ann.posts("/backup-codes", saved.fields | {"csrf_token": now, "saved": "y"})
    present = [row for row in ann.host.rows(BackupCode) if row.retired_at is None]
    assert [row.saved_at for row in present] == [None] * 10
    page = ann.sends(second, second.form(with_field="saved"))
    assert (page.status, page.backup_codes) == (422, second.backup_codes)


def test_codes_that_were_never_seen_and_are_dead_by_now_are_not_shown(ann: Visitor) -> None:
    ann.signs_in()
    token = ann.token("/backup-codes")
    ann.posts("/backup-codes/new", {"csrf_token": token})
    elsewhere = ann.in_another_browser()
    elsewhere.signs_in()
    elsewhere.makes_new_backup_codes()
    page = ann.opens("/backup-codes")
    assert (page.backup_codes, "10 of 10 left" in page.text) == ([], True)


@pytest.mark.parametrize("sheet", ["", "nonsense", "00000000.AAAA", "é", "x" * 5000])
def test_a_sheet_that_we_did_not_seal_shows_the_counters(ann: Visitor, sheet: str) -> None:
    ann.signs_in()
    fields = {"csrf_token": ann.token("/backup-codes"), "sheet": sheet, "saved": "y"}
    for path in ("/backup-codes/download", "/backup-codes"):
        answer = ann.posts(path, fields)
        assert answer.status_code == 303
        assert answer.location.startswith("/backup-codes")


@pytest.mark.requirement("BC-6")
def test_new_codes_kill_the_old_ones(ann: Visitor) -> None:
    old = list(ann.papers.backup_codes)
    ann.signs_in()
    page = ann.makes_new_backup_codes()
    assert len(page.backup_codes) == 10
    assert not set(old) & set(page.backup_codes)
    assert "set 2" in page.text
    ann.signs_out()
    ann.enters_password()
    assert ann.enters_backup_code(old[0]).status == 422
    assert ann.enters_backup_code().path == "/backup-codes"
    assert len([row for row in ann.host.rows(BackupCode) if row.retired_at is None]) == 10


@pytest.mark.requirement("BC-7")
@pytest.mark.requirement("SES-13")
def test_new_codes_ask_for_a_fresh_second_step(ann: Visitor) -> None:
    ann.signs_in()
    ann.host.clock.moves(minutes=10, seconds=1)
    page = ann.opens("/backup-codes")
    page = ann.sends(page, page.form(action="/backup-codes/new"))
    assert (page.status, page.heading) == (403, "Confirm it’s you")
    assert "You are about to make new backup codes." in page.text
    page = ann.sends(page, page.form(with_field="totp_code"), totp_code=ann.fresh_code())
    assert page.heading == "Confirmed"
    page = ann.sends(page, page.form(action="/backup-codes/new"))
    assert len(page.backup_codes) == 10


@pytest.mark.requirement("BC-7")
def test_a_session_of_the_password_alone_makes_no_codes(optional_host: Host) -> None:
    nina = Visitor.new(optional_host, "nina")
    nina.enters_password()
    page = nina.opens("/backup-codes")
    assert "You have no backup codes yet." in page.text
    answer = nina.posts("/backup-codes/new", {"csrf_token": nina.token("/backup-codes")})
    assert answer.status_code == 303
    assert answer.location.startswith("/login")
    assert nina.host.rows(BackupCode) == []


def test_new_codes_have_a_budget(ann: Visitor) -> None:
    ann.signs_in()
    for _ in range(10):
        assert len(ann.makes_new_backup_codes().backup_codes) == 10
    page = ann.makes_new_backup_codes()
    assert (page.status, page.retry_after) == (429, 3600)
    ann.signs_out()
    ann.enters_password()
    assert ann.enters_backup_code().path == "/backup-codes"
