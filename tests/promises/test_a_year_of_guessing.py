"""Attacks as long as an attacker's patience, with the clock turned; the figures are printed.

Two workers of one site answer in turn. What is counted is what was really compared.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count, cycle
from typing import Any

import pytest
from sqlalchemy import event

from docs.tables import chance_of_a_guess
from tests.stories import HostMaker, settled
from tests.support.host_app import Host
from tests.support.visitor import Visitor
from vestibule.authenticators import flows as authenticators
from vestibule.foundation.hashing import Slot
from vestibule.signin.schedule import CODE_STRANGERS, PASSWORD_ADDRESS

CSRF_TOKEN = re.compile(r'name="csrf_token" value="[^"]+"')
YEAR = timedelta(days=365)
TRIES_OF_A_BROWSER = 10
SOAK = pytest.param(10_000, marks=[pytest.mark.soak])

Figure = Callable[[str, object], None]


@pytest.fixture
def figure(record_property: Callable[[str, object], None]) -> Figure:
    return record_property


@pytest.fixture
def workers(database_url: str, make: HostMaker) -> tuple[Host, Host]:
    first = make(database_url)
    return first, first.restarted()


@dataclass
class Counted:
    """How often a code and a password were compared."""

    codes: int = 0
    hashes: int = 0
    statements: list[str] = field(default_factory=list)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counted:
    counted = Counted()
    match, verify = authenticators.match, Slot.verify

    def counting_match(*arguments: Any) -> Any:
        counted.codes += 1
        return match(*arguments)

    def counting_verify(*arguments: Any) -> bool:
        counted.hashes += 1
        return verify(*arguments)

    monkeypatch.setattr(authenticators, "match", counting_match)
    monkeypatch.setattr(Slot, "verify", counting_verify)
    return counted


@pytest.mark.requirement("P3")
@pytest.mark.requirement("P4")
@pytest.mark.requirement("RL-2")
@pytest.mark.parametrize("tries", [500, SOAK])
def test_who_knows_the_password_guesses_codes_for_a_year(
    workers: tuple[Host, Host], counted: Counted, figure: Figure, tries: int
) -> None:
    """With a new browser and a new address as often as they like; the owner signs in meanwhile."""
    owner = settled(workers[0], "ann")
    clock, began, made = owner.host.clock, owner.host.clock.now(), 0
    addresses = (f"10.{n // 62500}.{n // 250 % 250}.{n % 250}" for n in count())
    counted.codes = 0
    for address, worker in zip(addresses, cycle(workers), strict=False):
        thief = Visitor(worker, owner.papers, address=address, site=owner.site)
        page = thief.enters_password()
        token = page.form(action="cancel").fields["csrf_token"]
        fields = {"csrf_token": token, "totp_code": thief.wrong_code()}
        answers = [thief.posts("/verify-2fa", fields) for _ in range(TRIES_OF_A_BROWSER)]
        assert {answer.status_code for answer in answers} <= {422, 429}
        made += len(answers)
        if made >= tries:
            break
        # As soon as it is allowed; once it is closed for good, spread over what is left.
        wait = int(answers[-1].headers["Retry-After"])
        clock.moves(wait if wait > 1 else YEAR.total_seconds() * TRIES_OF_A_BROWSER / tries)
        if made % (tries // 5) == 0:
            signed_in_meanwhile(owner, counted)
    clock.moves(max(0, (began + YEAR - clock.now()).total_seconds()))

    assert counted.codes == CODE_STRANGERS.limit
    chance = chance_of_a_guess(CODE_STRANGERS)
    assert chance <= 1 / 1000
    signed_in_meanwhile(owner, counted)
    figure(f"codes compared of {made} guessed in a year", CODE_STRANGERS.limit)
    figure("chance of success", f"1 in {round(1 / chance):,}")


def signed_in_meanwhile(owner: Visitor, counted: Counted) -> None:
    thiefs = counted.codes
    owner.signs_in()
    assert owner.is_signed_in()
    owner.signs_out()
    counted.codes = thiefs


@pytest.mark.requirement("RL-5")
@pytest.mark.parametrize("tries", [500, SOAK])
def test_one_password_sprayed_over_many_accounts_from_one_network(
    workers: tuple[Host, Host], counted: Counted, figure: Figure, tries: int
) -> None:
    """Half of the names exist. Each try comes from another address of the same /64."""
    names = [f"name-{number}" for number in range(tries)]
    for name in names[:20:2]:
        workers[0].has_user(name, f"the password of {name}")
    eve = [
        Visitor(worker, None, address="2001:db8::1", site="http://localhost")  # type: ignore[arg-type]
        for worker in workers
    ]
    forms = [one.opens("/login").form(with_field="password").fields for one in eve]
    counted.hashes, answers = 0, []
    for number, (name, one, form) in enumerate(zip(names, cycle(eve), cycle(forms), strict=False)):
        one.client.environ_base["REMOTE_ADDR"] = f"2001:db8::{number:x}:1"
        answers.append(one.posts("/login", form | {"username": name, "password": "Password1"}))
    statuses = [answer.status_code for answer in answers]
    assert counted.hashes == PASSWORD_ADDRESS.limit
    assert statuses == [422] * PASSWORD_ADDRESS.limit + [429] * (tries - PASSWORD_ADDRESS.limit)
    figure(f"passwords compared of {tries} sprayed", counted.hashes)


@pytest.fixture
def statements(workers: tuple[Host, Host], counted: Counted) -> Iterator[list[str]]:
    def note(*arguments: Any) -> None:
        counted.statements.append(arguments[2])

    event.listen(workers[0].engine, "before_cursor_execute", note)
    yield counted.statements
    event.remove(workers[0].engine, "before_cursor_execute", note)


@pytest.mark.requirement("ENUM-1")
@pytest.mark.requirement("ENUM-2")
@pytest.mark.parametrize("with_a_cookie", [False, True])
def test_who_exists_and_who_does_not_cost_the_same_work(
    workers: tuple[Host, Host],
    counted: Counted,
    statements: list[str],
    figure: Figure,
    with_a_cookie: bool,
) -> None:
    """Byte for byte, hash by hash and statement by statement; also for somebody whose browser is
    known, to another account.
    """
    settled(workers[0], "ann")
    eve = settled(workers[0], "eve")
    seen = {}
    for name in ("ann", "bob"):
        # The same browser or a new one, and a page of its own: forms differ in their tokens.
        stranger = eve.with_the_same_cookies() if with_a_cookie else eve.in_another_browser()
        form = stranger.opens("/login").form(with_field="password").fields
        for number in range(7):
            counted.hashes = 0
            statements.clear()
            answer = stranger.posts("/login", form | {"username": name, "password": "a guess"})
            text = answer.text.replace(name, "NAME").replace(form["csrf_token"], "TOKEN")
            seen[name, number] = (answer.status_code, text, counted.hashes, list(statements))
    for number in range(7):
        assert without_tokens(seen["ann", number]) == without_tokens(seen["bob", number])
    figure("hashes for each password", seen["ann", 0][2])
    figure("statements for each password", len(seen["ann", 0][3]))


def without_tokens(answer: tuple[int, str, int, list[str]]) -> tuple[int, str, int, list[str]]:
    status, text, hashes, statements = answer
    return status, CSRF_TOKEN.sub("TOKEN", text), hashes, statements
