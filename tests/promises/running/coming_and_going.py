"""Many people who sign in one after the other for as long as they are let, whatever happens."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from types import TracebackType
from typing import Self

import httpx

from tests.support.authenticator import STEP
from tests.support.person import Person
from tests.support.races import filled_in, judged

AT_ONCE = 6


class ComingAndGoing:
    """``with ComingAndGoing(people) as load:`` they sign in until the block ends.

    ``answers`` counts statuses and broken connections; ``cookies`` holds every session that
    somebody was given.
    """

    def __init__(self, people: Sequence[Person]) -> None:
        self._waiting = deque(people)
        self._enough = Event()
        self._pool = ThreadPoolExecutor(AT_ONCE)
        self.answers: Counter[int | str] = Counter()
        self.cookies: list[str] = []

    def __enter__(self) -> Self:
        self._running = [self._pool.submit(self._keep_signing_in) for _ in range(AT_ONCE)]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._enough.set()
        self._pool.shutdown()
        if error is None:
            for one in self._running:
                one.result()

    def _keep_signing_in(self) -> None:
        while not self._enough.is_set():
            person = self._waiting.popleft()
            self._sign_in(person)
            self._waiting.append(person)

    def _sign_in(self, person: Person) -> None:
        with_code = _has_a_code(person)
        if not with_code and not person.backup_codes:
            time.sleep(0.05)  # until the clock brings the next code
            return
        browser = person.in_another_browser()
        browser.browser.event_hooks = {"response": [self._see]}
        try:
            _pass_both_steps(browser, with_code=with_code)
        except httpx.TransportError as broken:
            self.answers[type(broken).__name__] += 1
        except LookupError:
            pass  # a page that says "not now" has no form; it was counted
        browser.browser.close()

    def _see(self, answer: httpx.Response) -> None:
        self.answers[answer.status_code] += 1
        if cookie := answer.cookies.get("vestibule"):
            self.cookies.append(cookie)


def _pass_both_steps(browser: Person, *, with_code: bool) -> None:
    fields = {"username": browser.username, "password": browser.password}
    if judged(filled_in(browser, "/login", **fields))().status_code != 303:
        return
    if with_code:
        filled_in(browser, "/verify-2fa", totp_code=browser.fresh_code())()
    else:
        code = browser.backup_codes.pop()
        judged(filled_in(browser, "/verify-2fa/backup-code", backup_code=code))()


def _has_a_code(person: Person) -> bool:
    """Whether the phone shows a code that was not used yet."""
    return person.authenticator.last_step <= time.time() // STEP
