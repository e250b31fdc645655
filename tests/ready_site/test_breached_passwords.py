"""Asking a list of breached passwords, from a server in this process that speaks its language."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from tests.ready_site.conftest import MakeSite
from tests.ready_site.mailbox import confirms_address, opens_link
from tests.ready_site.test_forgotten_password import chooses, link_for
from vestibule.ready_site import breached_passwords
from vestibule.ready_site.breached_passwords import NoAnswer, was_seen
from vestibule.ready_site.options import StartRefused, read_options

BREACHED = "correct horse battery staple"
PAST_TIME = breached_passwords.TIMEOUT * 3


def digest(password: str) -> str:
    return hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()


class Listing(BaseHTTPRequestHandler):
    """Knows one password, and pads."""

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers["Add-Padding"]))  # type: ignore[attr-defined]
        self.server.answers(self)  # type: ignore[attr-defined]

    def says(self, body: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def properly(request: Listing) -> None:
    prefix = request.path.rpartition("/")[2]
    known = digest(BREACHED)
    lines = [f"{number:035X}:{number % 7}" for number in range(900)]
    lines += [f"{known[5:]}:42"] if known.startswith(prefix) else []
    # A padded line: it was never seen.
    lines.append(f"{digest('never seen anywhere by anybody')[5:]}:0")
    request.says("\r\n".join(lines).encode())


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Listing)
        self.asked: list[tuple[str, str]] = []
        self.answers: Callable[[Listing], None] = properly

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/range"

    def handle_error(self, *_: object) -> None:
        """Whoever asked has hung up."""


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.requirement("PW-9")
def test_only_five_digits_of_the_hash_go_out(server: Server) -> None:
    assert was_seen(server.url, BREACHED)
    assert server.asked == [(f"/range/{digest(BREACHED)[:5]}", "true")]


@pytest.mark.requirement("PW-9")
@pytest.mark.parametrize(
    "password", ["never seen anywhere by anybody", BREACHED + " and more", BREACHED.upper()]
)
def test_only_a_whole_password_that_was_seen_is_a_hit(server: Server, password: str) -> None:
    assert not was_seen(server.url, password)


def slowly(request: Listing) -> None:
    time.sleep(PAST_TIME)


def drop_by_drop(request: Listing) -> None:
    request.send_response(200)
    request.end_headers()
    for _ in range(40):
        request.wfile.write(b"A")
        request.wfile.flush()
        time.sleep(PAST_TIME / 40)


def cut_short(request: Listing) -> None:
    request.says(b"0" * 35 + b":1", **{"Content-Length": "5000"})


def elsewhere(request: Listing) -> None:
    request.says(b"", 302, Location="/range/00000")


NOT_ANSWERS = {
    "slow": slowly,
    "drop by drop": drop_by_drop,
    "cut short": cut_short,
    "huge": lambda request: request.says((b"0" * 35 + b":1\r\n") * 20_000),
    "garbage": lambda request: request.says(b"\x00\xff<html>\r\n\r\n"),
    "a list with a strange line": lambda request: request.says(b"0" * 35 + b":1\r\nhello"),
    "empty": lambda request: request.says(b""),
    "broken": lambda request: request.says(b"", 500),
    "redirect": elsewhere,
    "no HTTP": lambda request: request.wfile.write(b"what?\r\n\r\n"),
    "silence": lambda request: None,
}


@pytest.mark.requirement("PW-9")
@pytest.mark.parametrize("answers", NOT_ANSWERS.values(), ids=NOT_ANSWERS)
def test_l55_whatever_is_no_answer_is_known_as_that(
    server: Server, answers: Callable[[Listing], None]
) -> None:
    server.answers = answers
    with pytest.raises(NoAnswer) as told:
        was_seen(server.url, BREACHED)
    assert digest(BREACHED)[:5] not in str(told.value)
    assert len(server.asked) == 1


def test_nobody_there_is_no_answer(server: Server) -> None:
    url = server.url
    server.shutdown()
    server.server_close()
    with pytest.raises(NoAnswer):
        was_seen(url, BREACHED)


@pytest.mark.requirement("PW-9")
@pytest.mark.requirement("PW-11")
def test_registration_change_and_reset_refuse_it_and_say_why(
    make_site: MakeSite, server: Server
) -> None:
    site = make_site(policy="optional", breached_passwords=server.url)
    person = site.person("alice")
    good, person.password = person.password, BREACHED
    refused = person.registers()
    assert refused.status_code == 422
    assert "was seen in a breach" in refused.text
    assert site.rows("SELECT * FROM account") == []
    person.password = good
    assert person.registers().url.path == "/dashboard"
    changed = person.fills_in("/security/password", current_password=good, password=BREACHED)
    assert changed.status_code == 422
    assert "was seen in a breach" in changed.text
    confirms_address(site, person)
    tab = site.person()
    page = opens_link(tab, link_for(site, person))
    answer = chooses(tab, page, BREACHED)
    assert answer.status_code == 422
    assert "was seen in a breach" in answer.text
    assert chooses(tab, answer).url.path == "/login"


@pytest.mark.requirement("PW-9")
def test_without_an_answer_the_own_list_still_holds_and_an_event_tells(
    make_site: MakeSite, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    server.answers = NOT_ANSWERS["broken"]
    site = make_site(breached_passwords=server.url)
    person = site.person()
    person.password = "password1"
    assert "commonly used passwords" in person.registers().text
    assert server.asked == []
    person.password = BREACHED
    assert person.registers().url.path == "/setup-2fa"
    kinds = [row["kind"] for row in site.rows("SELECT kind FROM vestibule_event")]
    assert kinds.count("breaches.not_asked") == 1
    assert "status 500" in caplog.text
    assert digest(BREACHED)[:5] not in caplog.text


def test_nobody_is_asked_unless_the_operator_says_whom(make_site: MakeSite) -> None:
    site = make_site()
    person = site.person()
    person.password = BREACHED
    assert person.registers().url.path == "/setup-2fa"


@pytest.mark.parametrize("url", ["http://example.org/range", "ftp://localhost/", "example.org"])
def test_a_list_that_others_could_read_along_is_refused(url: str) -> None:
    with pytest.raises(StartRefused, match="VESTIBULE_BREACHED_PASSWORDS"):
        read_options({"breached_passwords": url}, {})
