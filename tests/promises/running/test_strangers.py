"""P8: before the password was right, nothing tells whether there is such an account."""

from __future__ import annotations

import re
from collections.abc import Callable

import httpx
import pytest

from tests.support.person import Person
from tests.support.races import filled_in, judged
from tests.support.running_site import RunningSite

WRONG = "not the password of anybody"
TRIES = 7  # two more than are let through

CSRF_TOKEN = re.compile(r'name="csrf_token" value="[^"]+"')
TIMES = re.compile(r"<time [^>]*>[^<]*</time>|in \d+ seconds?")


def look(answer: httpx.Response, name: str) -> tuple[object, ...]:
    """All that a stranger gets, but for the name that was typed, form tokens and the time."""
    body = TIMES.sub("TIME", CSRF_TOKEN.sub("TOKEN", answer.text)).replace(name, "NAME")
    headers = {
        header: value
        for header, value in answer.headers.items()
        if header not in ("date", "set-cookie", "retry-after", "content-length")
    }
    waits = "retry-after" in answer.headers
    return answer.status_code, headers, waits, sorted(answer.cookies), body


def tries(site: RunningSite, name: str, password: str, times: int = TRIES) -> list[object]:
    """What somebody new to the site gets to see who tries the password so often."""
    stranger = site.person()
    send = judged(filled_in(stranger, "/login", username=name, password=password))
    return [look(send(), name) for _ in range(times)]


def member(site: RunningSite) -> Person:
    return site.member()


def without_second_step(site: RunningSite) -> Person:
    person = site.person()
    person.registers()
    return person


@pytest.mark.requirement("ENUM-1")
@pytest.mark.parametrize("by", ["username", "email"])
@pytest.mark.parametrize("known", [member, without_second_step])
def test_wrong_passwords_look_alike_whoever_was_meant(
    site: RunningSite, known: Callable[[RunningSite], Person], by: str
) -> None:
    somebody, nobody = known(site), site.person()

    seen = tries(site, getattr(somebody, by), WRONG)

    assert [status for status, *_ in seen] == [422] * 5 + [429] * 2
    assert seen == tries(site, getattr(nobody, by), WRONG)


@pytest.mark.requirement("ENUM-1")
def test_an_account_whose_tries_are_used_up_under_another_name_looks_like_nobodys(
    site: RunningSite,
) -> None:
    somebody, nobody = site.member(), site.person()
    tries(site, somebody.email, WRONG)

    [seen] = tries(site, somebody.username, somebody.password, times=1)

    assert [seen] == tries(site, nobody.username, nobody.password, times=1)


@pytest.mark.requirement("ENUM-1")
def test_a_taken_email_address_is_not_told(site: RunningSite) -> None:
    somebody, twin, nobody = site.member(), site.person(), site.person()
    twin.email = somebody.email

    seen = [look(registration(one), one.username) for one in (twin, nobody)]

    assert seen[0] == seen[1]
    assert seen[0][0] == 303


def registration(person: Person) -> httpx.Response:
    fields = {"username": person.username, "email": person.email, "password": person.password}
    return judged(filled_in(person, "/register", **fields))()
