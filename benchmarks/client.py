"""A person with a browser, as light as possible: it shares the machine with what it measures."""

import http.client
import re
import threading
import time
from dataclasses import dataclass
from http.cookies import SimpleCookie
from urllib.parse import urlencode

import pyotp

from benchmarks.servers import DemoUser

_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PATIENCE = 20
"""How often a busy site is asked again, after the time that it names."""


class SignInFailed(Exception):
    """The site did not do what a benchmark needs of it."""


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
        except http.client.RemoteDisconnected:
            # The server ends a connection that was idle for a while.
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


def whole_sign_in(client: Client, user: DemoUser) -> None:
    """From the form to the dashboard: five requests."""
    signed_in(client, user)
    if client.get("/dashboard").status != 200:
        raise SignInFailed("the dashboard did not open")


_steps: dict[str, int] = {}
_steps_lock = threading.Lock()


def signed_in(client: Client, user: DemoUser) -> None:
    form = client.get("/login").text
    first = client.post(
        "/login",
        {"csrf_token": token_of(form), "username": user.login, "password": user.password},
    )
    if not first.location.endswith("/verify-2fa"):
        raise SignInFailed(f"the password led to {first.status} {first.location}")
    form = client.get("/verify-2fa").text
    code = _unused_code(user)
    second = client.post("/verify-2fa", {"csrf_token": token_of(form), "totp_code": code})
    if second.status not in (302, 303):
        raise SignInFailed(f"the code led to {second.status}")


def _unused_code(user: DemoUser) -> str:
    """A code of a step that this person did not use yet; waits for one if there is none."""
    with _steps_lock:
        while True:
            now = int(time.time()) // 30
            step = max(now - 1, _steps.get(user.login, 0) + 1)
            if step <= now + 1:
                _steps[user.login] = step
                return pyotp.TOTP(user.secret).generate_otp(step)
            time.sleep(1)


def token_of(page: str) -> str:
    found = _TOKEN.search(page)
    if not found:
        raise SignInFailed("a page has no form")
    return found[1]
