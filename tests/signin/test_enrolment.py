"""Setting up the first authenticator."""

from __future__ import annotations

import pyotp
import pytest

from tests.stories import HostMaker
from tests.support.host_app import Host
from tests.support.seen import Seen
from tests.support.visitor import Visitor
from vestibule.authenticators.enrolment_uri import qr_svg
from vestibule.authenticators.models import Authenticator, Enrolment
from vestibule.signin.schedule import ENROLMENT

NOT_RIGHT = (
    "That code is not right. Check that the app shows the entry you just added, and enter the code "
    "it shows now."
)
LET_IT_SET = "let the phone set its time automatically."


def confirms(person: Visitor, page: Seen, code: str, **fields: str) -> Seen:
    return person.sends(page, page.form(with_field="totp_code"), totp_code=code, **fields)


@pytest.mark.requirement("URI-7")
def test_picture_link_and_key_are_the_same_secret(newcomer: Visitor) -> None:
    page = newcomer.enters_password()
    parsed = pyotp.parse_uri(page.otpauth)
    assert (parsed.issuer, parsed.name) == ("Host", "nina")
    assert qr_svg(page.otpauth) in page.html
    groups = [page.secret[at : at + 4] for at in range(0, 32, 4)]
    assert " ".join(groups) in page.text


@pytest.mark.requirement("TOTP-13")
def test_reloads_wrong_codes_and_second_tabs_keep_the_secret(newcomer: Visitor) -> None:
    page = newcomer.enters_password()
    second_tab = newcomer.opens("/setup-2fa")
    after_wrong = confirms(newcomer, page, "000000")
    assert after_wrong.status == 422
    assert page.secret == second_tab.secret == after_wrong.secret
    assert confirms(newcomer, second_tab, newcomer.fresh_code(page.secret)).path == "/backup-codes"


@pytest.mark.requirement("TOTP-13")
def test_a_factor_counts_only_after_its_first_code(optional_host: Host) -> None:
    nina = Visitor.new(optional_host, "nina")
    nina.enters_password()
    assert nina.opens("/setup-2fa").shows_a_secret
    nina.signs_out()
    assert nina.enters_password().path == "/dashboard"


@pytest.mark.requirement("TOTP-13")
def test_the_key_is_gone_after_fifteen_minutes(make: HostMaker) -> None:
    nina = Visitor.new(make(VESTIBULE_POLICY="optional", VESTIBULE_FRESH_FOR=3600), "nina")
    nina.enters_password()
    page = nina.opens("/setup-2fa")
    nina.host.clock.moves(minutes=14, seconds=59)
    assert nina.opens("/setup-2fa").secret == page.secret
    nina.host.clock.moves(1)
    late = confirms(nina, page, nina.fresh_code(page.secret))
    assert late.status == 422
    assert "That key was shown too long ago. Scan this new one." in late.text
    assert late.secret != page.secret
    assert nina.host.rows(Authenticator) == []
    assert confirms(nina, late, nina.fresh_code(late.secret)).path == "/backup-codes"


@pytest.mark.requirement("TOTP-13")
def test_the_client_cannot_choose_the_secret(newcomer: Visitor) -> None:
    page = newcomer.enters_password()
    chosen = pyotp.random_base32()
    code = newcomer.fresh_code(chosen)
    names = ("secret", "key", "totp_secret", "uri", "owner")
    answer = confirms(newcomer, page, code, **dict.fromkeys(names, chosen))
    assert answer.status == 422
    assert answer.secret == page.secret
    assert set(page.form(with_field="totp_code").offered) == {
        "csrf_token",
        "totp_code",
        "name",
        "next",
        "replaces",
    }


@pytest.mark.requirement("TOTP-13")
def test_another_persons_waiting_secret_confirms_nothing(newcomer: Visitor) -> None:
    max_ = Visitor.new(newcomer.host, "max")
    hers, his = newcomer.enters_password(), max_.enters_password()
    assert hers.secret != his.secret
    assert confirms(newcomer, hers, max_.fresh_code(his.secret)).status == 422


def test_two_browsers_of_one_person_get_two_secrets_and_one_wins(newcomer: Visitor) -> None:
    other = newcomer.in_another_browser()
    here, there = newcomer.enters_password(), other.enters_password()
    assert here.secret != there.secret
    assert confirms(newcomer, here, newcomer.fresh_code(here.secret)).path == "/backup-codes"
    late = confirms(other, there, other.fresh_code(there.secret))
    assert late.path == "/login"
    assert not other.is_signed_in()
    assert len(newcomer.host.rows(Authenticator)) == 1


@pytest.mark.requirement("TOTP-9")
def test_the_code_that_confirmed_is_spent(newcomer: Visitor) -> None:
    newcomer.enters_password()
    newcomer.sets_up()
    newcomer.signs_out()
    newcomer.enters_password()
    page = newcomer.enters_code(newcomer.code())
    assert page.status == 422
    assert "already used" in page.errors[0]


@pytest.mark.parametrize(
    ("offset", "words"),
    [
        (-4, f"Your phone's clock is about 2 minutes behind: {LET_IT_SET}"),
        (5, f"Your phone's clock is about 2½ minutes ahead: {LET_IT_SET}"),
        (
            120,
            "Your phone's clock seems to be exactly 1 hour ahead: check the time zone, then enter "
            "the next code.",
        ),
        (
            -120,
            "Your phone's clock seems to be exactly 1 hour behind: check the time zone, then enter "
            "the next code.",
        ),
    ],
)
def test_a_phone_whose_clock_is_wrong_is_told_how_wrong(
    newcomer: Visitor, offset: int, words: str
) -> None:
    page = newcomer.enters_password()
    answer = confirms(newcomer, page, newcomer.code(offset, page.secret))
    assert (answer.status, answer.errors) == (422, [words])
    assert newcomer.host.rows(Authenticator) == []


def test_a_code_of_no_clock_at_all_is_just_not_right(newcomer: Visitor) -> None:
    page = newcomer.enters_password()
    any_clock = {newcomer.code(offset, page.secret) for offset in range(-1800, 1801)}
    code = next(c for c in map("{:06}".format, range(10**6)) if c not in any_clock)
    assert confirms(newcomer, page, code).errors == [NOT_RIGHT]


def test_what_is_no_code_is_told(newcomer: Visitor) -> None:
    page = newcomer.enters_password()
    answer = confirms(newcomer, page, "123")
    assert answer.errors == ["You entered 3 digits, the code has 6."]


@pytest.mark.requirement("TOTP-16")
def test_the_secret_is_never_shown_again(newcomer: Visitor) -> None:
    newcomer.enters_password()
    newcomer.sets_up()
    secret = newcomer.papers.secrets[0]
    newcomer.host.clock.moves(minutes=1)
    for path in ("/dashboard", "/setup-2fa", "/backup-codes", "/confirm", "/verify-2fa"):
        page = newcomer.opens(path)
        assert secret not in page.html.replace(" ", "")
    assert newcomer.host.rows(Enrolment)[0].subject_id == newcomer.subject_id  # another secret


def test_first_codes_have_a_budget(newcomer: Visitor) -> None:
    page = newcomer.enters_password()
    for _ in range(ENROLMENT.limit):
        assert confirms(newcomer, page, "000000").status == 422
    answer = confirms(newcomer, page, newcomer.fresh_code(page.secret))
    assert (answer.status, answer.retry_after) == (429, 15 * 60)
    assert newcomer.host.rows(Authenticator) == []
