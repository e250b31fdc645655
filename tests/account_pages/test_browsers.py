"""Known and trusted browsers, as their owner sees them: renamed, trusted no more, forgotten."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.stories import HostMaker, settled
from tests.support.visitor import Visitor
from vestibule.browsers.models import KnownBrowser, TrustedBrowser
from vestibule.foundation.budget_rows import BudgetRow

PAGE = "/security/browsers"
KINDS = {"trusted": TrustedBrowser, "known": KnownBrowser}
kinds = pytest.mark.parametrize("kind", list(KINDS))


@pytest.fixture
def ann(make: HostMaker) -> Visitor:
    """Trusts the browser she is signed in with, having passed both steps."""
    host = make(VESTIBULE_POLICY="optional", VESTIBULE_TRUST_BROWSERS_FOR=timedelta(days=30))
    ann = settled(host, "ann")
    trusts(ann)
    return ann


def trusts(person: Visitor) -> None:
    person.enters_password()
    person.fills_in("/verify-2fa", totp_code=person.fresh_code(), trust_browser="y")


def row_of(person: Visitor, kind: str) -> str:
    rows = [r for r in person.host.rows(KINDS[kind]) if r.subject_id == person.subject_id]
    return str(rows[-1].id)


@pytest.mark.requirement("TD-5")
def test_both_lists_tell_this_browser_and_when_it_ends(ann: Visitor) -> None:
    text = ann.opens(PAGE).text
    assert text.count("This browser") == 2
    assert "trusted since" in text
    assert "known until" in text
    assert PAGE in ann.opens("/security").links


@kinds
@pytest.mark.requirement("TD-5")
def test_a_name_is_given_and_taken_back(ann: Visitor, kind: str) -> None:
    there = f"{PAGE}/{kind}/{row_of(ann, kind)}"
    page = ann.fills_in(there, name="  The kitchen  laptop ")
    assert "The new name is saved." in page.text
    assert "The kitchen laptop" in page.text
    assert ann.fills_in(there, name="x" * 61).errors
    assert ann.fills_in(there, name="turned \N{RIGHT-TO-LEFT OVERRIDE} round").errors
    assert "The kitchen laptop" not in ann.fills_in(there, name="").text
    assert len(ann.host.events("browser.renamed")) == 2


@kinds
@pytest.mark.requirement("TD-5")
def test_one_is_ended(ann: Visitor, kind: str) -> None:
    page = ann.opens(PAGE)
    page = ann.sends(page, page.form(action=f"{kind}/{row_of(ann, kind)}/forget"))
    assert page.path == PAGE
    assert page.text.count("This browser") == 1
    assert ann.is_signed_in()
    ended = {"trusted": "trust.ended", "known": "browser.forgotten"}[kind]
    assert len(ann.host.events(ended)) == 1
    ann.signs_out()
    trusted = kind != "trusted"
    assert ann.enters_password().path == ("/dashboard" if trusted else "/verify-2fa")


@kinds
def test_all_are_ended(ann: Visitor, kind: str) -> None:
    other = ann.in_another_browser()
    trusts(other)
    page = ann.opens(PAGE)
    page = ann.sends(page, page.form(action=f"{kind}/forget-all"))
    left = len(ann.host.rows(KINDS[kind]))
    # Of known ones the browser in hand stays.
    assert left == (0 if kind == "trusted" else 1)
    assert page.text.count("This browser") == (1 if kind == "trusted" else 2)


@kinds
def test_somebody_elses_is_not_there_and_stays(ann: Visitor, kind: str) -> None:
    ben = settled(ann.host, "ben")
    trusts(ben)
    theirs = row_of(ben, kind)
    before = ann.host.snapshot("vestibule_session")
    token = ann.token(PAGE)
    for path in (f"{PAGE}/{kind}/{theirs}", f"{PAGE}/{kind}/{theirs}/forget"):
        answer = ann.posts(path, {"csrf_token": token, "name": "Mine"})
        assert answer.status_code == 404
    assert ann.asks(f"{PAGE}/{kind}/{theirs}").status_code == 404
    assert ann.asks(f"{PAGE}/remembered/{theirs}").status_code == 404
    for strange in ("%00", "%ED%B2%80", "x"):
        answer = ann.posts(f"{PAGE}/{kind}/{strange}/forget", {"csrf_token": token})
        assert answer.status_code == 404
    assert ann.host.snapshot("vestibule_session") == before


@kinds
@pytest.mark.requirement("SES-13", "TD-1")
def test_a_session_of_trust_changes_nothing_of_it(ann: Visitor, kind: str) -> None:
    ann.signs_out()
    ann.enters_password()
    there = f"{PAGE}/{kind}/{row_of(ann, kind)}"
    before = ann.host.rows(KINDS[kind])
    page = ann.opens(PAGE)
    page = ann.sends(page, page.form(action=f"{row_of(ann, kind)}/forget"))
    assert page.heading == "Confirm it’s you"
    assert ann.fills_in(there, name="Mine").heading == "Confirm it’s you"
    assert ann.host.rows(KINDS[kind]) == before


def test_without_the_pages_own_token_nothing_is_forgotten(ann: Visitor) -> None:
    for kind in KINDS:
        for path in (f"{row_of(ann, kind)}/forget", "forget-all"):
            ann.posts(f"{PAGE}/{kind}/{path}", {"csrf_token": "forged"})
        assert ann.host.rows(KINDS[kind])


def test_where_nobody_is_trusted_the_list_is_not_shown(make: HostMaker) -> None:
    ann = settled(make(), "ann")
    ann.signs_in()
    text = ann.opens(PAGE).text
    assert "Trusted browsers" not in text
    assert "Known browsers" in text


def test_a_forgotten_browser_spends_what_strangers_have(ann: Visitor) -> None:
    page = ann.opens(PAGE)
    known = row_of(ann, "known")
    ann.sends(page, page.form(action=f"known/{known}/forget"))
    page = ann.opens(PAGE)
    ann.sends(page, page.form(action="trusted/" + row_of(ann, "trusted") + "/forget"))
    ann.signs_out()
    ann.enters_password()
    ann.enters_code(ann.wrong_code())
    taken = {row.kind for row in ann.host.rows(BudgetRow)}
    assert "code.strangers" in taken
    assert "code.known" not in taken
