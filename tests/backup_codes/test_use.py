"""Signing in with a backup code, and guessing one."""

from __future__ import annotations

import pytest

from tests.stories import HostMaker, settled
from tests.support.guessing import guesses, spent
from tests.support.visitor import Visitor
from vestibule.signin.schedule import (
    BACKUP_CODE_ACCOUNT,
    BACKUP_CODE_OWN,
    BACKUP_CODE_PENDING,
    CODE_ACCOUNT,
)

NOT_RIGHT = "That backup code is not right. Look at the newest set."


def wrong_secret(code: str) -> str:
    """The same clear selector, another secret part."""
    return code[:-1] + ("0" if code[-1] != "0" else "1")


def unknown_selector(person: Visitor, number: int = 0) -> str:
    taken = {code[:3] for code in person.papers.backup_codes}
    free = [s for one in range(30) if (s := f"{one:03}") not in taken]
    return free[number] + "0" * 13


@pytest.mark.requirement("BC-3")
def test_each_code_works_once(database_url: str, make: HostMaker) -> None:
    ann = settled(make(database_url), "ann")
    code = ann.papers.backup_codes[0]
    ann.enters_password()
    page = ann.enters_backup_code(code)
    assert page.path == "/backup-codes"
    assert page.heading == "You have 9 backup codes left"
    assert "/dashboard" in page.links
    assert any(link.startswith("/setup-2fa?replaces=") for link in page.links)
    assert ann.is_signed_in()
    ann.signs_out()
    ann.enters_password()
    page = ann.enters_backup_code(code)
    assert (page.status, page.errors) == (
        422,
        ["That backup code was used before. Take another one."],
    )
    assert not ann.is_signed_in()


def test_the_page_afterwards_keeps_the_page_asked_for(ann: Visitor) -> None:
    ann.enters_password(next_url="/dashboard?tab=2")
    assert "/dashboard?tab=2" in ann.enters_backup_code().links


def test_at_three_codes_left_it_asks_to_make_new_ones(ann: Visitor) -> None:
    for left in range(9, -1, -1):
        ann.enters_password()
        page = ann.enters_backup_code()
        number = str(left or "no")
        noun = "code" if left == 1 else "codes"
        assert page.heading == f"You have {number} backup {noun} left"
        assert ("Make new codes now" in page.text) == (left <= 3)


@pytest.mark.requirement("BC-9")
@pytest.mark.parametrize(
    "spelt",
    [
        lambda code: code.lower(),
        lambda code: code.replace("-", ""),
        lambda code: f"  {code.replace('-', ' ')}\n",
        lambda code: code.replace("0", "o").replace("1", "l"),
    ],
)
def test_how_it_is_spelt_does_not_matter(ann: Visitor, spelt) -> None:
    ann.enters_password()
    assert ann.enters_backup_code(spelt(ann.papers.backup_codes[3])).path == "/backup-codes"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "Enter one of your backup codes."),
        ("123456", "You entered 6 characters, a backup code has 16."),
        (
            "ABCD-EFGH-JKMN-PQRÜ",
            "A backup code has only digits and the letters A to Z without U. Check what you typed.",
        ),
    ],
)
def test_what_is_no_backup_code_is_told_and_costs_no_try(
    ann: Visitor, typed: str, words: str
) -> None:
    ann.enters_password()
    page = ann.fills_in("/verify-2fa/backup-code", backup_code=typed)
    assert (page.status, page.errors) == (422, [words])
    assert spent(ann, BACKUP_CODE_ACCOUNT) == 0


@pytest.mark.requirement("BC-4")
def test_a_wrong_code_looks_the_same_whether_its_selector_is_known(ann: Visitor) -> None:
    ann.enters_password()
    for code in (wrong_secret(ann.papers.backup_codes[0]), unknown_selector(ann)):
        page = ann.enters_backup_code(code)
        assert (page.status, page.errors) == (422, [NOT_RIGHT])
        assert code not in page.html
    assert not ann.is_signed_in()


@pytest.mark.requirement("BC-4")
def test_codes_from_nowhere_spend_the_accounts_budget_and_close_no_real_code(
    ann: Visitor,
) -> None:
    outsider = ann.in_another_browser()
    outsider.enters_password()
    for number in range(10):
        assert outsider.enters_backup_code(unknown_selector(ann, number)).status == 422
    ann.enters_password()
    refused = ann.enters_backup_code(unknown_selector(ann, 10))
    assert (refused.status, refused.retry_after) == (429, 30)
    assert spent(ann, BACKUP_CODE_ACCOUNT) == 10
    assert ann.enters_backup_code().path == "/backup-codes"


@pytest.mark.requirement("BC-4")
def test_an_outsider_cannot_find_the_selectors_and_so_close_the_real_codes(ann: Visitor) -> None:
    outsider = ann.in_another_browser()
    outsider.enters_password()
    for number in range(10):
        outsider.enters_backup_code(unknown_selector(ann, number))
    outsider.enters_password()
    unknown = outsider.enters_backup_code(unknown_selector(ann, 10))
    known = outsider.enters_backup_code(wrong_secret(ann.papers.backup_codes[0]))
    assert (known.status, known.retry_after) == (unknown.status, unknown.retry_after) == (429, 30)
    assert known.text == unknown.text
    # Nor by spending one selector's own budget.
    ann.host.clock.moves(seconds=30)
    answers = []
    for code in (wrong_secret(ann.papers.backup_codes[1]), unknown_selector(ann, 11)):
        page = None
        for number in range(11):
            if number % 5 == 0:
                outsider.enters_password()
            page = outsider.enters_backup_code(code)
        assert page is not None
        answers.append((page.status, page.retry_after, page.text))
    assert answers[0] == answers[1]
    assert answers[0][:2] == (429, 3600)


def test_a_right_code_gives_its_try_of_the_accounts_budget_back(ann: Visitor) -> None:
    ann.enters_password()
    ann.enters_backup_code()
    assert spent(ann, BACKUP_CODE_ACCOUNT) == 0


@pytest.mark.requirement("BC-4")
def test_a_known_selector_spends_its_own_codes_budget(ann: Visitor) -> None:
    code, other = ann.papers.backup_codes[:2]
    for _ in range(2):
        ann.enters_password()
        for _ in range(5):
            assert ann.enters_backup_code(wrong_secret(code)).status == 422
    ann.enters_password()
    refused = ann.enters_backup_code(code)
    assert (refused.status, refused.retry_after) == (429, 3600)
    assert spent(ann, BACKUP_CODE_OWN) == 10
    assert ann.enters_backup_code(other).path == "/backup-codes"
    ann.host.clock.moves(hours=1)
    ann.enters_password()
    assert ann.enters_backup_code(code).path == "/backup-codes"


def test_one_sign_in_has_ten_tries(ann: Visitor) -> None:
    ann.enters_password()
    for code in ann.papers.backup_codes:
        assert ann.enters_backup_code(wrong_secret(code)).status == 422
    refused = ann.enters_backup_code(ann.papers.backup_codes[0])
    assert refused.status == 429
    assert "Sign in again to go on." in refused.text
    # The refused try took nothing from the code's own budget.
    assert spent(ann, BACKUP_CODE_OWN) == 10
    assert spent(ann, BACKUP_CODE_PENDING) == 10
    ann.enters_password()
    assert ann.enters_backup_code().path == "/backup-codes"


@pytest.mark.requirement("BC-4")
@pytest.mark.requirement("RL-6")
def test_burnt_tries_of_the_app_do_not_close_backup_codes(ann: Visitor) -> None:
    outsider = ann.in_another_browser("198.51.100.9")
    outsider.enters_password()
    guesses(outsider, 5)
    ann.enters_password()
    assert ann.enters_code(ann.code(1)).status == 429
    assert ann.enters_backup_code().path == "/backup-codes"
    assert spent(ann, CODE_ACCOUNT) == 5


def test_another_persons_backup_code_opens_nothing(ann: Visitor) -> None:
    ben = settled(ann.host, "ben")
    ann.enters_password()
    assert ann.enters_backup_code(ben.papers.backup_codes[0]).status == 422
    ben.enters_password()
    assert ben.enters_backup_code().path == "/backup-codes"


def test_backup_codes_belong_to_the_second_step_only(ann: Visitor) -> None:
    ann.signs_in()
    ann.host.clock.moves(minutes=11)
    page = ann.opens("/confirm")
    page = ann.sends(page, page.form(with_field="totp_code"), totp_code=ann.papers.backup_codes[0])
    assert page.status == 422
    assert page.path == "/confirm"
