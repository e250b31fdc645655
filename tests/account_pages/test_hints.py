"""What pages know beyond right and wrong: clocks, other entries, old papers."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.support.authenticator import STEP
from tests.support.guessing import spent
from tests.support.visitor import Visitor
from vestibule.authenticators.clock_diagnosis import MOST_DRIFT, drift_after, is_certain
from vestibule.authenticators.models import Authenticator
from vestibule.backup_codes.flows import KEPT_SETS
from vestibule.backup_codes.models import BackupCode as Row
from vestibule.backup_codes.values import BackupCode, new_set, read_backup_code
from vestibule.signin import enrolling
from vestibule.signin.schedule import BACKUP_CODE_ACCOUNT


def at(second: int) -> datetime:
    return datetime.fromtimestamp(1_800_000_000 + second, UTC)


@pytest.mark.requirement("TOTP-10")
@pytest.mark.parametrize(
    ("before", "offset", "second", "after"),
    [
        (0, 0, 20, 0),
        (2, 0, 20, 0),
        (0, 1, 5, 1),
        (1, 1, 15, 2),
        (0, 1, 16, 0),  # at the turn of the step: a second or two ahead would do
        (1, 1, 29, 1),
        (0, -1, 14, 0),  # typed slowly
        (0, -1, 15, -1),
        (-1, -1, 29, -2),
        (-1, 1, 5, 1),
        (-1, 1, 29, 0),
        (MOST_DRIFT, 1, 5, MOST_DRIFT),
        (-MOST_DRIFT, -1, 29, -MOST_DRIFT),
    ],
)
def test_what_a_good_code_shows_of_the_clock(
    before: int, offset: int, second: int, after: int
) -> None:
    assert drift_after(before, offset, at(second)) == after


def test_one_code_is_not_certain() -> None:
    assert [is_certain(drift) for drift in range(-3, 4)] == [
        *(True, True, False, False, False, True, True)
    ]


def signs_in_with(ann: Visitor, offset: int, second: int) -> str:
    """A sign-in with a phone whose clock is a step off; the path it ends at."""
    clock = ann.host.clock
    clock.moves(3 * STEP + second - clock.now().timestamp() % STEP)
    browser = ann.in_another_browser()
    browser.enters_password()
    page = browser.enters_code(ann.code(offset))
    assert browser.is_signed_in()
    if page.path == "/security/clock":
        assert f"about 30 seconds {'ahead' if offset > 0 else 'behind'}" in page.text
        assert "/dashboard" in page.links
    return page.path


@pytest.mark.requirement("TOTP-10")
@pytest.mark.parametrize(("offset", "second"), [(1, 5), (-1, 25)])
def test_the_second_time_in_a_row_it_is_told_once(ann: Visitor, offset: int, second: int) -> None:
    told = [signs_in_with(ann, offset, second) for _ in range(4)]
    assert told == ["/dashboard", "/security/clock", "/dashboard", "/dashboard"]
    ann.enters_password()
    ann.enters_code(ann.wrong_code())  # a failure teaches nothing
    assert abs(ann.host.rows(Authenticator)[0].drift) == MOST_DRIFT
    assert signs_in_with(ann, 0, second) == "/dashboard"
    assert ann.host.rows(Authenticator)[0].drift == 0


def test_a_code_typed_late_says_nothing_of_the_clock(ann: Visitor) -> None:
    assert [signs_in_with(ann, -1, 5) for _ in range(3)] == ["/dashboard"] * 3


@pytest.mark.requirement("TOTP-10")
def test_a_known_clock_widens_no_window(ann: Visitor) -> None:
    for _ in range(3):
        signs_in_with(ann, 1, 5)
    ann.host.clock.moves(3 * STEP)
    ann.enters_password()
    assert ann.enters_code(ann.code(2)).status == 422


def test_a_clock_that_is_right_has_no_page(ann: Visitor) -> None:
    ann.signs_in()
    assert ann.opens("/security/clock?next=/security").path == "/security"
    assert ann.opens("/security/clock?next=//evil.example/").path == "/dashboard"


@pytest.mark.requirement("TOTP-7")
def test_the_code_of_the_other_entry_is_recognised_and_spent(ann: Visitor) -> None:
    ann.signs_in()
    ann.host.clock.moves(STEP)
    page = ann.opens("/setup-2fa")
    form, code = page.form(with_field="totp_code"), ann.code()
    page = ann.sends(page, form, totp_code=code)
    assert page.errors == [
        "That code is from your other entry for Host, “Phone”. "
        "Look for the entry you just added, and enter its code."
    ]
    elsewhere = ann.in_another_browser()
    elsewhere.enters_password()
    assert "already used" in elsewhere.enters_code(code).errors[0]
    page = ann.sends(page, page.form(with_field="totp_code"), totp_code=code)
    assert "your other entry" in page.errors[0]
    page = ann.sends(page, page.form(with_field="totp_code"), totp_code=ann.wrong_code())
    assert page.errors[0].startswith("That code is not right.")


@pytest.fixture
def old(ann: Visitor) -> list[str]:
    """The paper of ann's first set; she has the second."""
    old = ann.papers.backup_codes
    ann.signs_in()
    ann.makes_new_backup_codes()
    ann.signs_out()
    ann.enters_password()
    return old


@pytest.mark.requirement("BC-6")
def test_an_old_paper_is_recognised_and_opens_nothing(ann: Visitor, old: list[str]) -> None:
    today = ann.host.clock.now()
    page = ann.enters_backup_code(old[0])
    assert page.errors == [
        f"That code is from set 1. Your newest codes are set 2, made {today.day} {today:%B %Y}."
    ]
    assert not ann.is_signed_in()
    assert spent(ann, BACKUP_CODE_ACCOUNT) == 1
    page = ann.enters_backup_code(old[0][:-1] + ("0" if old[0][-1] != "0" else "1"))
    assert page.errors == ["That backup code is not right. Look at the newest set."]
    assert ann.enters_backup_code().path == "/backup-codes"


@pytest.mark.requirement("ENUM-1")
def test_behind_a_wrong_password_an_old_paper_says_nothing(ann: Visitor, old: list[str]) -> None:
    stranger = ann.in_another_browser()
    stranger.enters_password("not it")
    assert stranger.opens("/verify-2fa/backup-code").path == "/login"


def test_only_the_last_sets_are_recognised(ann: Visitor) -> None:
    first = ann.papers.backup_codes[0]
    ann.signs_in()
    for _ in range(KEPT_SETS + 1):
        ann.makes_new_backup_codes()
    assert {row.set_number for row in ann.host.rows(Row)} == {2, 3, 4, 5}
    ann.signs_out()
    ann.enters_password()
    assert ann.enters_backup_code(first).errors == [
        "That backup code is not right. Look at the newest set."
    ]


@pytest.mark.requirement("BC-3")
def test_a_set_made_while_its_old_code_is_compared_wins(ann: Visitor) -> None:
    ann.enters_password()
    code = ann.papers.backup_codes[0]
    owner = ann.in_another_browser()
    owner.signs_in()
    token = owner.token("/backup-codes")
    ann.host.hasher.meanwhile = lambda: owner.posts("/backup-codes/new", {"csrf_token": token})
    assert ann.enters_backup_code(code).status == 422
    assert not ann.is_signed_in()


@pytest.mark.requirement("BC-8")
def test_new_codes_made_behind_the_last_ones_lead_on_to_the_page_wanted(ann: Visitor) -> None:
    ann.enters_password(next_url="/dashboard?tab=2")
    page = ann.enters_backup_code()
    page = ann.sends(page, page.form(action="/backup-codes/new"))
    page = ann.sends(page, page.form(with_field="saved"), saved="y")
    assert page.answer.request.full_path == "/dashboard?tab=2"


def test_a_selector_of_an_old_code_may_come_again(
    ann: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann.signs_in()
    old = [read_backup_code(code) for code in ann.papers.backup_codes]
    again = (BackupCode(old[0].selector, old[1].secret), *new_set(10)[1:])
    monkeypatch.setattr(enrolling, "new_set", lambda count: again)
    assert ann.makes_new_backup_codes().backup_codes == [code.shown for code in again]
    ann.signs_out()
    ann.enters_password()
    assert ann.enters_backup_code(again[0].shown).path == "/backup-codes"
