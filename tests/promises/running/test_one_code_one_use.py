"""P2: an accepted code is spent, once, for every purpose, however many ask at the same moment."""

from __future__ import annotations

import httpx
import pytest

from tests.promises.running.conftest import FIFTY, Figure
from tests.support.authenticator import Authenticator
from tests.support.behind import events_of, rows_of, sessions_of
from tests.support.person import Person, read_secret
from tests.support.races import at_once, between_the_steps, filled_in, judged, statuses
from tests.support.running_site import RunningSite


def opened(answers: list[httpx.Response]) -> int:
    """How many of the answers hand out a session."""
    assert not [answer for answer in answers if answer.status_code >= 500]
    return sum("vestibule" in answer.cookies for answer in answers)


@pytest.mark.requirement("TOTP-7")
@pytest.mark.requirement("TOTP-8")
@pytest.mark.requirement("RL-4")
def test_l09_l17_of_fifty_sign_ins_with_one_code_exactly_one_opens(
    site: RunningSite, crowd: list[Person], figure: Figure
) -> None:
    person = crowd[0]
    before = len(sessions_of(site, person))
    browsers = between_the_steps(crowd)
    code = person.authenticator.newest_code()
    tries = [filled_in(browser, "/verify-2fa", totp_code=code) for browser in browsers]

    answers = at_once(tries)

    assert opened(answers) == 1
    assert len(sessions_of(site, person)) == before + 1
    assert sum(browser.is_signed_in() for browser in browsers) == 1
    figure("answers to fifty sign-ins with one code", statuses(answers))


@pytest.mark.requirement("TOTP-8")
@pytest.mark.requirement("SES-3")
def test_fifty_tries_with_one_code_in_one_sign_in_open_one_session(
    site: RunningSite, figure: Figure
) -> None:
    person = site.member()
    [browser] = between_the_steps([person.in_another_browser()])
    code = person.authenticator.newest_code()
    send = filled_in(browser, "/verify-2fa", totp_code=code)

    answers = at_once([send] * FIFTY)

    assert opened(answers) == 1
    assert len(events_of(site, person, "session.opened")) == 2  # the first was the enrolment's
    assert len(sessions_of(site, person)) == 2
    figure("answers to fifty tries in one sign-in", statuses(answers))


@pytest.mark.requirement("FLOW-4")
@pytest.mark.requirement("CFG-4")
def test_every_right_code_at_once_opens_one_session_of_one_sign_in(site: RunningSite) -> None:
    person = site.member()
    [browser] = between_the_steps([person.in_another_browser()])
    sheet = [
        judged(filled_in(browser, "/verify-2fa/backup-code", backup_code=code))
        for code in person.backup_codes[:3]
    ]
    code = person.authenticator.newest_code()
    app = [filled_in(browser, "/verify-2fa", totp_code=code)]

    answers = at_once((sheet + app) * 5)

    assert opened(answers) == 1
    assert len(sessions_of(site, person)) == 2  # one was opened by the enrolment
    # Whichever code it was, it alone is spent.
    spent = [row for row in rows_of(site, person, "vestibule_backup_code") if row["used_at"]]
    assert len(spent) == len(events_of(site, person, "session.opened", "backup_code"))


@pytest.mark.requirement("TOTP-7")
@pytest.mark.requirement("TOTP-8")
def test_l20_one_code_for_every_purpose_at_once_passes_once(site: RunningSite) -> None:
    person = site.member()
    [browser] = between_the_steps([person.in_another_browser()])
    code = person.authenticator.newest_code()
    signs_in = filled_in(browser, "/verify-2fa", totp_code=code)
    confirms = filled_in(person, "/confirm", totp_code=code)

    answers = at_once([signs_in, confirms] * 10)

    assert opened(answers) == 1
    passed = events_of(site, person, "session.opened") + events_of(
        site, person, "session.confirmed"
    )
    assert len(passed) == 2  # one is the enrolment's


@pytest.mark.requirement("TOTP-7")
@pytest.mark.requirement("TOTP-9")
def test_l21_the_code_that_confirmed_the_enrolment_signs_nobody_in(site: RunningSite) -> None:
    person = site.person()
    person.registers()
    person.authenticator = Authenticator(read_secret(person.opens("/setup-2fa")))
    code = person.authenticator.newest_code()
    person.fills_in("/setup-2fa", totp_code=code)

    [thief] = between_the_steps([person.in_another_browser()])
    answers = at_once([filled_in(thief, "/verify-2fa", totp_code=code)] * 4)

    assert opened(answers) == 0
    assert all("That code was already used" in answer.text for answer in answers)
    assert len(events_of(site, person, "second_step.replayed")) == 4


@pytest.mark.requirement("TOTP-13")
@pytest.mark.requirement("CFG-4")
def test_one_enrolment_confirmed_twenty_times_at_once_makes_one_authenticator(
    site: RunningSite, figure: Figure
) -> None:
    person = site.person()
    person.registers()
    person.authenticator = Authenticator(read_secret(person.opens("/setup-2fa")))
    code = person.authenticator.newest_code()

    answers = at_once([judged(filled_in(person, "/setup-2fa", totp_code=code))] * 20)

    assert opened(answers) == 1
    assert len(sessions_of(site, person)) == 1
    assert len(rows_of(site, person, "vestibule_authenticator")) == 1
    assert len(rows_of(site, person, "vestibule_backup_code")) == 10
    assert len(events_of(site, person, "backup_codes.made")) == 1
    figure("answers to twenty confirmations of one enrolment", statuses(answers))


@pytest.mark.requirement("TOTP-13")
@pytest.mark.requirement("TOTP-17")
def test_l20_another_authenticator_confirmed_twenty_times_at_once_is_one_more(
    site: RunningSite,
) -> None:
    person = site.member()
    second = Authenticator(read_secret(person.opens("/setup-2fa")))
    send = filled_in(person, "/setup-2fa", totp_code=second.newest_code())

    answers = at_once([judged(send)] * 20)

    assert opened(answers) == 1
    assert len(rows_of(site, person, "vestibule_authenticator")) == 2
    assert len(events_of(site, person, "backup_codes.made")) == 1  # the first one's
    assert len(sessions_of(site, person)) == 1
    assert person.is_signed_in()


@pytest.mark.requirement("BC-3")
@pytest.mark.requirement("RL-4")
def test_of_fifty_sign_ins_with_one_backup_code_exactly_one_opens(
    site: RunningSite, crowd: list[Person], figure: Figure
) -> None:
    person = crowd[0]
    before = len(sessions_of(site, person))
    browsers = between_the_steps(crowd)
    code = person.backup_codes.pop()
    path = "/verify-2fa/backup-code"
    tries = [judged(filled_in(browser, path, backup_code=code)) for browser in browsers]

    answers = at_once(tries)

    assert opened(answers) == 1
    assert len(sessions_of(site, person)) == before + 1
    assert len(events_of(site, person, "backup_codes.used")) == 1
    figure("answers to fifty sign-ins with one backup code", statuses(answers))


@pytest.mark.requirement("BC-3")
def test_l52_different_backup_codes_at_once_are_all_spent(site: RunningSite) -> None:
    person = site.member()
    codes = [person.backup_codes.pop() for _ in range(4)]
    browsers = between_the_steps([person.in_another_browser() for _ in codes])
    path = "/verify-2fa/backup-code"
    tries = [
        judged(filled_in(browser, path, backup_code=code))
        for browser, code in zip(browsers, codes, strict=True)
    ]

    assert opened(at_once(tries)) == 4

    spent = [row for row in rows_of(site, person, "vestibule_backup_code") if row["used_at"]]
    assert len(spent) == 4
    [late] = between_the_steps([person.in_another_browser()])
    for code in codes:
        answer = judged(filled_in(late, path, backup_code=code))()
        assert "That backup code was used before" in answer.text
