"""Many people who sign in one after the other for as long as they are let, whatever happens."""

from __future__ import annotations

import random
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from types import TracebackType
from typing import Self
from urllib.parse import urljoin, urlsplit

import httpx

from tests.support.authenticator import STEP, Authenticator
from tests.support.ledger import Answer, Ledger, Opened
from tests.support.person import Person, form_with, read_backup_codes, read_secret
from tests.support.races import Send, wait_for

AT_ONCE = 6
PATIENCE = 5  # seconds of sending one form by somebody who is told "not now", or nothing at all
PAUSE = 0.05  # seconds, until somebody who cannot sign in looks again
COOKIES = ("vestibule", "__Host-vestibule")


class ComingAndGoing:
    """``with ComingAndGoing(people) as load:`` they sign in until the block ends.

    With ``addresses`` each request is made at any of them. With ``newcomers`` others register and
    set up an authenticator meanwhile: one of so many visits. Who got no answer, or "not now",
    sends the same code again, and now and then somebody sends one twice at the same moment.
    ``ledger`` is one that goes on from an earlier time.
    """

    def __init__(
        self,
        people: Sequence[Person],
        *,
        addresses: Sequence[str] = (),
        newcomers: int = 0,
        ledger: Ledger | None = None,
    ) -> None:
        self._waiting = deque(people)
        self._addresses = addresses or sorted({person.url for person in people})
        self._newcomers = newcomers
        self._enough = Event()
        self._pool = ThreadPoolExecutor(AT_ONCE)
        self.ledger = ledger or Ledger()

    def __enter__(self) -> Self:
        self._running = [self._pool.submit(self._keep_coming) for _ in range(AT_ONCE)]
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

    def comes_so_far(self, sign_ins: int) -> None:
        """Waits for so many more sign-ins, a minute at most for each: the site is there, and
        busy."""
        so_far = len(self.ledger.opened)
        for number in range(so_far, so_far + sign_ins):
            wait_for(lambda number=number: len(self.ledger.opened) > number)

    def hears_so_far(self, answers: int) -> None:
        """Waits for so many more answers, whatever they are."""
        so_far = len(self.ledger.answers)
        wait_for(lambda: len(self.ledger.answers) >= so_far + answers)

    def _keep_coming(self) -> None:
        while not self._enough.is_set():
            if self._newcomers and random.randrange(self._newcomers) == 0:
                self._visits(Person(self._any_address()), self._registers)
                continue
            person = self._waiting.popleft()
            if _has_a_code(person) or person.backup_codes:
                self._visits(person.in_another_browser(), self._signs_in)
            else:
                time.sleep(PAUSE)  # until the clock brings the next code
            self._waiting.append(person)

    def _visits(self, browser: Person, story: Callable[[Person], None]) -> None:
        browser.browser.event_hooks = {"request": [_begins], "response": [self._ends]}
        try:
            story(browser)
        except httpx.TransportError as broken:
            self._breaks(broken)
            time.sleep(PAUSE)
        except LookupError:
            time.sleep(PAUSE)  # a page that says "not now" has no form; it was counted
        browser.browser.close()

    # Stories

    def _signs_in(self, browser: Person) -> None:
        with_code = _has_a_code(browser)
        fields = {"username": browser.username, "password": browser.password}
        answer = self._insists(self._filled_in(browser, "/login", **fields))
        if answer is None or answer.status_code != 303:
            return
        if with_code:
            send = self._filled_in(browser, "/verify-2fa", totp_code=browser.fresh_code())
            self._is_let_in(browser, "totp", send)
        else:
            code = browser.backup_codes.pop()
            send = self._filled_in(browser, "/verify-2fa/backup-code", backup_code=code)
            if self._is_let_in(browser, "backup_code", send):
                self.ledger.backup_codes.append((browser.username, code))

    def _registers(self, person: Person) -> None:
        fields = {"username": person.username, "email": person.email, "password": person.password}
        answer = self._insists(self._filled_in(person, "/register", **fields))
        if answer is None or answer.status_code != 303:
            return
        self.ledger.accounts.append(person.username)
        page = person.opens("/setup-2fa")
        person.authenticator = Authenticator(read_secret(page))
        send = self._filled_in(person, "/setup-2fa", totp_code=person.fresh_code())
        if self._is_let_in(person, "totp", send):
            self._waiting.append(person)
            page = person.opens("/backup-codes")
            person.backup_codes = read_backup_codes(page)
            person.sends(page, form_with(page, "saved"), saved="y")

    def _is_let_in(self, browser: Person, factor: str, send: Send) -> bool:
        """Whether this one code opened a session; now and then it is sent twice at once."""
        self.ledger.sent[browser.username, factor] += 1
        with ThreadPoolExecutor(1) as pool:
            twin = pool.submit(self._insists, send) if random.randrange(5) == 0 else None
            answers = [self._insists(send), twin.result() if twin else None]
        cookies = [cookie for one in answers if one is not None and (cookie := _session(one))]
        self.ledger.opened += [
            Opened(cookie, time.monotonic(), browser.username, factor) for cookie in cookies
        ]
        return bool(cookies)

    def _filled_in(self, browser: Person, path: str, **fields: str) -> Send:
        """The page's form as it will be sent, each time to any address."""
        browser.goes_to(self._any_address())
        page = browser.opens(path)
        form = form_with(page, next(iter(fields)))
        target = urlsplit(urljoin(str(page.url), form.action or str(page.url)))._replace(
            scheme="", netloc=""
        )

        def send() -> httpx.Response:
            url = urljoin(self._any_address(), target.geturl())
            request = browser.browser.build_request("POST", url, data=form.fields | fields)
            return browser.browser.send(request, follow_redirects=False)

        return send

    def _insists(self, send: Send) -> httpx.Response | None:
        """Sends it again for a while where there is no answer, or where it is "not now"."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                answer = send()
            except httpx.TransportError as broken:
                self._breaks(broken)
                answer = None
            if (answer is not None and answer.status_code != 503) or time.monotonic() > until:
                return answer
            time.sleep(PAUSE)

    # What is noted

    def _any_address(self) -> str:
        return random.choice(self._addresses)

    def _ends(self, answer: httpx.Response) -> None:
        kind = answer.status_code
        timeless = kind == 503 and "Retry-After" not in answer.headers
        self._note(answer.request, "503 without Retry-After" if timeless else kind)

    def _breaks(self, broken: httpx.TransportError) -> None:
        self._note(broken.request, type(broken).__name__)

    def _note(self, request: httpx.Request, status: int | str) -> None:
        url = urlsplit(str(request.url))
        began = request.extensions.get("began", time.monotonic())
        address = f"{url.scheme}://{url.netloc}"
        self.ledger.answers.append(Answer(began, time.monotonic(), address, url.path, status))


def _begins(request: httpx.Request) -> None:
    request.extensions = {**request.extensions, "began": time.monotonic()}


def _session(answer: httpx.Response) -> str | None:
    return next((found for name in COOKIES if (found := answer.cookies.get(name))), None)


def _has_a_code(person: Person) -> bool:
    """Whether the phone shows a code that was not used yet."""
    return person.authenticator.last_step <= time.time() // STEP
