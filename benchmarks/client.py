"""A person with a browser, as light as possible: it shares the machine with what it measures."""

import http.client
import re
import threading
import time
from dataclasses import dataclass
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit

import pyotp

from benchmarks.servers import DemoUser

_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PATIENCE = 20
"""How often a busy site is asked again, after the time that it names."""


class SignInFailed(Exception):
    """The site did not do what a benchmark needs of it."""


@dataclass(frozen=True)
class Way:
    """How one site signs people in: its pages and the names of its fields."""

    login: str = "/login"
    code: str = "/verify-2fa"
    name_field: str = "username"
    password_field: str = "password"
    code_field: str = "totp_code"
    token_field: str = "csrf_token"
    """Empty where forms have no token."""
    domain: str = ""
    """What makes an e-mail address of a name, where that signs in."""


OURS = Way()


@dataclass(frozen=True)
class Answer:
    status: int
    location: str
    text: str


class Client:
    """One browser with one kept connection and its cookies.

    ``address`` is where a proxy would say that it is.
    """

    def __init__(self, port: int, address: str = "") -> None:
        self._address = address
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._cookies: dict[str, str] = {}

    def get(self, path: str) -> Answer:
        return self._ask("GET", path, None)

    def post(self, path: str, form: dict[str, str]) -> Answer:
        for _ in range(PATIENCE):
            answer = self._ask("POST", path, urlencode(form))
            if answer.status != 503:
                return answer
            time.sleep(0.2)
        raise SignInFailed(f"{path} stayed busy")

    def cookie_header(self) -> str:
        return "; ".join(f"{name}={it}" for name, it in self._cookies.items())

    def _ask(self, method: str, path: str, body: str | None) -> Answer:
        headers = dict(_FORM) if body else {}
        if self._address:
            headers["X-Forwarded-For"] = self._address
        if self._cookies:
            headers["Cookie"] = self.cookie_header()
        try:
            self._connection.request(method, path, body, headers)
            response = self._connection.getresponse()
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
            # The server ends a connection that was idle for a while.
            self._connection.close()
            self._connection.request(method, path, body, headers)
            response = self._connection.getresponse()
        text = response.read().decode()
        for line in response.headers.get_all("Set-Cookie") or ():
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0":
                    self._cookies.pop(name, None)
                else:
                    self._cookies[name] = morsel.value
        return Answer(response.status, response.headers.get("Location", ""), text)


def whole_sign_in(client: Client, user: DemoUser, way: Way = OURS) -> None:
    """From the form to the dashboard: five requests."""
    signed_in(client, user, way)
    if client.get("/dashboard").status != 200:
        raise SignInFailed("the dashboard did not open")


_steps: dict[str, int] = {}
_steps_lock = threading.Lock()


def signed_in(client: Client, user: DemoUser, way: Way = OURS) -> None:
    form = password_passed(client, user, way)
    second = client.post(way.code, {**form, way.code_field: _unused_code(user)})
    if second.status not in (302, 303):
        raise SignInFailed(f"the code led to {second.status}")


def password_passed(client: Client, user: DemoUser, way: Way) -> dict[str, str]:
    """The fields that the form for the code comes with."""
    first = client.post(
        way.login,
        {
            **_hidden(client.get(way.login).text, way),
            way.name_field: user.login + way.domain,
            way.password_field: user.password,
        },
    )
    if urlsplit(first.location).path != way.code:
        raise SignInFailed(f"the password led to {first.status} {first.location}")
    return _hidden(client.get(way.code).text, way)


def refuses_a_wrong_code(client: Client, user: DemoUser, way: Way) -> None:
    """What is measured must be a real sign-in: raises SignInFailed where any code lets in."""
    form = password_passed(client, user, way)
    now = int(time.time()) // 30
    right = {pyotp.TOTP(user.secret).generate_otp(now + step) for step in (-2, -1, 0, 1, 2)}
    wrong = next(code for code in ("000000", "111111", "222222") if code not in right)
    client.post(way.code, {**form, way.code_field: wrong})
    if client.get("/dashboard").status == 200:
        raise SignInFailed("a wrong code let in")


def _hidden(page: str, way: Way) -> dict[str, str]:
    return {way.token_field: token_of(page, way.token_field)} if way.token_field else {}


def _unused_code(user: DemoUser) -> str:
    """A code of a step that this person did not use yet; waits for one if there is none."""
    with _steps_lock:
        while True:
            now, seconds = divmod(int(time.time()), 30)
            # It is judged a moment later: at the end of a step the one before it may be too old.
            oldest = now - 1 if seconds < 20 else now
            step = max(oldest, _steps.get(user.login, 0) + 1)
            if step <= now + 1:
                _steps[user.login] = step
                return pyotp.TOTP(user.secret).generate_otp(step)
            time.sleep(1)


def token_of(page: str, field: str = OURS.token_field) -> str:
    found = re.search(rf'<input[^>]* name="{field}"[^>]* value="([^"]+)"', page)
    if not found:
        raise SignInFailed("a page has no form")
    return found[1]
