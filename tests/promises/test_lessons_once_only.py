"""Lessons from other products: codes that worked more than once."""

from __future__ import annotations

import pytest

from tests.support.visitor import Visitor
from vestibule.backup_codes.models import BackupCode

USED = "That code was already used."


@pytest.mark.requirement("TOTP-7")
@pytest.mark.parametrize("offset", [-1, 0, 1])
def test_l16_for_every_offset_in_the_window_a_second_use_is_refused(
    ann: Visitor, offset: int
) -> None:
    ann.host.clock.moves(60)
    code = ann.code(offset)
    ann.enters_password()
    assert ann.enters_code(code).path == "/dashboard"
    last_step_of_it = 1 + offset
    for _ in range(last_step_of_it + 1):
        ann.enters_password()
        page = ann.enters_code(code)
        assert page.status == 422
        assert page.errors[0].startswith(USED)
        ann.host.clock.moves(30)
    ann.enters_password()
    assert ann.enters_code(code).status == 422  # now it is too old as well
    assert not ann.is_signed_in()


@pytest.mark.requirement("TOTP-8")
def test_l18_no_older_step_than_the_last_accepted_one_passes(ann: Visitor) -> None:
    ann.host.clock.moves(60)
    older, current, next_one = (ann.code(offset) for offset in (-1, 0, 1))
    ann.enters_password()
    assert ann.enters_code(next_one).path == "/dashboard"
    ann.enters_password()
    for code in (older, current, next_one, older):
        assert ann.enters_code(code).errors[0].startswith(USED)


@pytest.mark.requirement("TOTP-8")
def test_l18_a_then_b_then_a_then_b(ann: Visitor) -> None:
    ann.host.clock.moves(60)
    a, b = ann.code(0), ann.code(1)
    passed = []
    for code in (a, b, a, b):
        ann.enters_password()
        passed.append(ann.enters_code(code).path == "/dashboard")
    assert passed == [True, True, False, False]


@pytest.mark.requirement("TOTP-9")
def test_l21_the_code_that_confirmed_the_set_up_does_not_sign_in(newcomer: Visitor) -> None:
    newcomer.enters_password()
    newcomer.sets_up()
    newcomer.signs_out()
    newcomer.enters_password()
    assert newcomer.enters_code(newcomer.code()).errors[0].startswith(USED)


@pytest.mark.requirement("BC-3")
def test_l52_two_backup_codes_leave_both_spent(ann: Visitor) -> None:
    """One after the other; at the same moment is a race of its own."""
    first, second = ann.papers.backup_codes[:2]
    other = ann.in_another_browser()
    ann.enters_password()
    other.enters_password()
    ann.enters_backup_code(first)
    other.enters_backup_code(second)
    for code in (first, second):
        ann.enters_password()
        assert ann.enters_backup_code(code).status == 422
    assert sum(row.used_at is not None for row in ann.host.rows(BackupCode)) == 2


def test_l57_out_and_in_within_one_step_says_when_the_next_code_comes(ann: Visitor) -> None:
    ann.signs_in()
    ann.signs_out()
    ann.host.clock.moves(5)
    ann.enters_password()
    assert ann.enters_code(ann.code()).errors == [
        "That code was already used. Wait for the next one; it comes in 15 seconds."
    ]
