"""Many requests of many browsers at the same moment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar
from urllib.parse import urljoin

import httpx

from tests.support.person import Person, form_with

T = TypeVar("T")
Send = Callable[[], httpx.Response]

PATIENCE = 5000  # times; somebody who is sent away so often is right to complain


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
    """Sends again where the answer is 503: nobody could hash, so nothing was spent or compared."""

    def insist() -> httpx.Response:
        for _ in range(PATIENCE):
            answer = send()
            if answer.status_code != 503:
                return answer
        return answer

    return insist


def between_the_steps(browsers: Iterable[Person]) -> list[Person]:
    """Has the password entered in each browser that does not wait for its second step already.

    Two at a time: a worker never has so many that it sends one away.
    """

    def enter(person: Person) -> Person:
        if person.opens("/verify-2fa").url.path != "/verify-2fa":
            person.browser.cookies.clear()
            person.enters_password()
        return person

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(enter, browsers))


def statuses(answers: Iterable[httpx.Response]) -> dict[int, int]:
    """How many answers of each status, for a sentence that says what happened."""
    found = [answer.status_code for answer in answers]
    return {status: found.count(status) for status in sorted(set(found))}
