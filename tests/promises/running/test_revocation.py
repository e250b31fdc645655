"""P7: what is revoked is revoked on every worker at the next request, whatever is under way."""

from __future__ import annotations

import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import httpx
import pytest
from argon2 import PasswordHasher

from tests.promises.running.conftest import Figure
from tests.support.behind import events_of, revokes, rows_of, sessions_of, subject_of
from tests.support.connections import copies_at_every_worker
from tests.support.pages import Page
from tests.support.person import Person
from tests.support.races import Send, between_the_steps, filled_in, judged, leads_to, wait_for
from tests.support.running_site import RunningSite
from vestibule.backup_codes.values import read_backup_code

ASKS = 20
ATTEMPTS = 3


def signs_out(site: RunningSite, person: Person) -> None:
    person.signs_out()


@pytest.mark.requirement("SES-2")
@pytest.mark.requirement("SES-9")
@pytest.mark.parametrize("ends", [signs_out, revokes])
def test_l41_both_workers_refuse_a_copied_cookie_from_that_moment_on(
    site: RunningSite, figure: Figure, ends: Callable[[RunningSite, Person], None]
) -> None:
    owner = site.member()
    thieves = copies_at_every_worker(site, owner)
    all_inside, ended = Barrier(len(thieves) + 1, timeout=60), Event()

    def keeps_asking(thief: Person) -> list[bool]:
        """Whether the dashboard opened, for each time it was asked for after the end."""
        assert thief.is_signed_in()
        all_inside.wait()
        while not ended.is_set():
            thief.is_signed_in()
        return [thief.is_signed_in() for _ in range(ASKS)]

    with ThreadPoolExecutor(len(thieves)) as pool:
        asking = [pool.submit(keeps_asking, thief) for thief in thieves]
        all_inside.wait()
        try:
            ends(site, owner)
        finally:
            ended.set()

    late = [inside for thief in asking for inside in thief.result()]
    assert late == [False] * ASKS * len(thieves)
    assert not owner.is_signed_in()
    figure(f"cookies accepted of {len(late)} shown after the end", sum(late))


@pytest.mark.requirement("FLOW-5")
@pytest.mark.requirement("FLOW-4")
def test_a_pending_sign_in_dies_with_a_revocation_on_both_workers(site: RunningSite) -> None:
    person = site.member()
    person.browser.cookies.clear()
    person.enters_password()
    copies = copies_at_every_worker(site, person)
    code = person.authenticator.newest_code()
    sends = [filled_in(copy, "/verify-2fa", totp_code=code) for copy in copies]

    revokes(site, person)

    assert [leads_to(send()) for send in sends] == ["/login"] * len(copies)
    assert len(sessions_of(site, person)) == 1  # the enrolment's, which is dead too
    assert not any(copy.is_signed_in() for copy in copies)


@pytest.mark.requirement("FLOW-5")
@pytest.mark.requirement("SES-10")
@pytest.mark.parametrize("policy", ["required", "optional"])
def test_a_revocation_in_the_middle_of_a_slow_password_check_wins(
    site: RunningSite, policy: str, request: pytest.FixtureRequest
) -> None:
    node = site if policy == "required" else request.getfixturevalue("optional_site")
    person = node.person()
    person.registers()

    # Once is enough; on a busy machine the check may be over before we are.
    assert any(password_is_revoked_while_checked(site, person) for _ in range(ATTEMPTS))


def password_is_revoked_while_checked(site: RunningSite, person: Person) -> bool:
    """Whether it came in the middle; nobody is in, nor on the way, in any case."""
    is_slow_to_check(site, person)
    browser = person.in_another_browser()
    fields = {"username": person.username, "password": person.password}
    answer = revoked_while_answered(
        site, browser, "password", filled_in(browser, "/login", **fields)
    )

    assert answer.status_code == 303
    assert not browser.is_signed_in()
    assert browser.opens("/setup-2fa").url.path == "/login"
    return leads_to(answer) == "/login"


@pytest.mark.requirement("FLOW-5")
@pytest.mark.requirement("CFG-4")
def test_a_revocation_in_the_middle_of_a_slow_backup_code_check_wins(site: RunningSite) -> None:
    person = site.member()

    assert any(backup_code_is_revoked_while_checked(site, person) for _ in range(ATTEMPTS))


def backup_code_is_revoked_while_checked(site: RunningSite, person: Person) -> bool:
    """Whether it came in the middle; no code is spent without its session in any case."""
    code = person.backup_codes.pop()
    has_a_slow_backup_code(site, person, code)
    [browser] = between_the_steps([person.in_another_browser()])
    send = filled_in(browser, "/verify-2fa/backup-code", backup_code=code)
    answer = revoked_while_answered(site, browser, "backup_code", send)

    assert answer.status_code == 303
    assert not browser.is_signed_in()
    spent = [row for row in rows_of(site, person, "vestibule_backup_code") if row["used_at"]]
    assert len(spent) == len(events_of(site, person, "session.opened", "backup_code"))
    return leads_to(answer) == "/login"


def revoked_while_answered(
    site: RunningSite, person: Person, factor: str, send: Send
) -> httpx.Response:
    """What is answered to somebody who is revoked once the comparison has begun."""
    before = len(events_of(site, person, "try.taken", factor))
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(send)
        wait_for(lambda: len(events_of(site, person, "try.taken", factor)) > before)
        revokes(site, person)
    return answer.result()


def is_slow_to_check(site: RunningSite, person: Person) -> None:
    """The right password, hashed at a cost that leaves time for things to happen meanwhile."""
    person.password = "a password that takes long to check"
    site.rows(
        "UPDATE account SET password_hash = :hash WHERE username = :name",
        hash=slow_hash(person.password),
        name=person.username,
    )


def has_a_slow_backup_code(site: RunningSite, person: Person, code: str) -> None:
    read = read_backup_code(code)
    site.rows(
        "UPDATE vestibule_backup_code SET code_hash = :hash"
        " WHERE subject_id = :subject AND selector = :selector",
        hash=slow_hash(read.secret),
        subject=subject_of(site, person),
        selector=read.selector,
    )


@functools.cache
def slow_hash(text: str) -> str:
    """A third of a second's worth of argon2id."""
    return PasswordHasher(time_cost=20, memory_cost=29184, parallelism=1).hash(text)


@pytest.mark.requirement("SES-11")
def test_both_workers_refuse_a_session_that_its_owner_signed_out_from_afar(
    site: RunningSite, figure: Figure
) -> None:
    owner = site.member()
    [other] = between_the_steps([owner.in_another_browser()])
    code = owner.backup_codes.pop()
    judged(filled_in(other, "/verify-2fa/backup-code", backup_code=code))()
    copies = copies_at_every_worker(site, other)
    assert all(copy.is_signed_in() for copy in copies)
    page = owner.opens("/security/sessions")
    form = Page(page.text).form(action="/security/sessions/end")

    assert owner.sends(page, form).status_code == 200

    late = [copy.is_signed_in() for copy in copies for _ in range(ASKS)]
    assert late == [False] * ASKS * len(copies)
    assert owner.is_signed_in()
    figure(f"cookies accepted of {len(late)} shown after being signed out from afar", sum(late))
