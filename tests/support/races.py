"""Many requests of many browsers at the same moment."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Semaphore
from typing import TypeVar
from urllib.parse import urljoin, urlsplit

import httpx

from tests.support.person import Person, form_with

T = TypeVar("T")
Send = Callable[[], httpx.Response]

PATIENCE = 5000  # times; somebody who is sent away so often is right to complain

_coming_back = Semaphore(4)


def at_once(calls: Sequence[Callable[[], T]]) -> list[T]:
    """Calls all of them at the same moment, each on a thread of its own; results in their order."""
    start = Barrier(len(calls))

    def run(call: Callable[[], T]) -> T:
        start.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def filled_in(person: Person, path: str, **fields: str) -> Send:
    """Opens the page and fills in its form that has the first of the fields.

    What comes back sends it, as often as it is called, with the cookies that the browser holds now:
    one request, and the answer as it is.
    """
    page = person.opens(path)
    form = form_with(page, next(iter(fields)))
    target = urljoin(str(page.url), form.action or str(page.url))
    request = person.browser.build_request("POST", target, data=form.fields | fields)
    return lambda: person.browser.send(request, follow_redirects=False)


def judged(send: Send) -> Send:
    """Sends again where the answer is 503: nobody could hash, so nothing was spent or compared.

    Everybody comes at once the first time; those who were sent away come back a few at a time.
    """

    def insist() -> httpx.Response:
        answer = send()
        for _ in range(PATIENCE):
            if answer.status_code != 503:
                break
            with _coming_back:
                time.sleep(0.01)
                answer = send()
        return answer

    return insist


def between_the_steps(browsers: Iterable[Person]) -> list[Person]:
    """Has the password entered in each browser that does not wait for its second step already."""

    def enter(person: Person) -> Person:
        waits = "vestibule-pending" in person.browser.cookies
        if not waits or person.opens("/verify-2fa").url.path != "/verify-2fa":
            person.browser.cookies.clear()
            fields = {"username": person.username, "password": person.password}
            answer = judged(filled_in(person, "/login", **fields))()
            assert leads_to(answer) == "/verify-2fa", answer.text
        return person

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(enter, browsers))


def leads_to(answer: httpx.Response) -> str:
    """The path that a redirect leads to."""
    return urlsplit(answer.headers["Location"]).path


def wait_for(found: Callable[[], object], *, pause: float = 0.02) -> None:
    """Looks again and again until something is found; RuntimeError after a minute."""
    until = time.monotonic() + 60
    while not found():
        if time.monotonic() > until:
            raise RuntimeError("what was waited for did not come")
        time.sleep(pause)


def statuses(answers: Iterable[httpx.Response]) -> dict[int, int]:
    """How many answers of each status, for a sentence that says what happened."""
    found = [answer.status_code for answer in answers]
    return {status: found.count(status) for status in sorted(set(found))}
