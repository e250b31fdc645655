"""Canaries: what is secret is planted, a whole life is lived, and every place is searched."""

from __future__ import annotations

import base64
import logging
import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.support.host_app import KEY, SECRET_KEY, Host
from tests.support.visitor import Visitor

pytestmark = [pytest.mark.requirement("LOG-4"), pytest.mark.requirement("P10")]


class Life:
    """Somebody's months with the site; knows every secret that occurred in them."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.person = nina = Visitor.new(host, "nina")
        self.codes: list[str] = []
        self.tokens: set[str] = set()
        nina.enters_password("a wrong canary password")
        self.page_with_secret = nina.enters_password()
        self.keeps_tokens()
        nina.sets_up()
        self.codes.append(nina.code())
        self.backup_codes = list(nina.papers.backup_codes)
        self.keeps_tokens()
        nina.signs_out()
        nina.enters_password()
        self.keeps_tokens()
        self.tries(nina.wrong_code())
        self.tries(nina.fresh_code())
        self.keeps_tokens()
        nina.host.clock.moves(minutes=11)
        self.codes.append(nina.fresh_code())
        nina.fills_in("/confirm", totp_code=self.codes[-1])
        self.keeps_tokens()
        nina.makes_new_backup_codes()
        self.backup_codes += nina.papers.backup_codes
        nina.sets_up("Tablet")
        self.codes.append(nina.code())
        nina.signs_out()
        nina.enters_password()
        nina.enters_backup_code()
        nina.opens("/breaks")
        self.keeps_tokens()
        self.secrets = nina.papers.secrets
        self.passwords = [nina.papers.password, "a wrong canary password"]

    def tries(self, code: str) -> None:
        self.codes.append(code)
        self.person.enters_code(code)

    def keeps_tokens(self) -> None:
        held = (self.person.cookie("vestibule"), self.person.cookie("vestibule-pending"))
        self.tokens |= {token for token in held if token}

    def texts(self) -> list[str]:
        """Every secret in every spelling, but for the six digits, which need their borders."""
        spelt = [*self.passwords, *self.secrets, *self.tokens, KEY.split(":")[1], SECRET_KEY]
        for code in self.backup_codes:
            plain = code.replace("-", "")
            spelt += [code, code.lower(), plain, plain.lower(), plain[3:]]
        return spelt

    def found_in(self, text: str) -> list[str]:
        found = [secret for secret in self.texts() if secret in text]
        return found + [code for code in self.codes if has_number(text, code)]


def has_number(text: str, code: str) -> bool:
    return re.search(rf"(?<![0-9A-Za-z._-]){code}(?![0-9A-Za-z_-])", text) is not None


@pytest.fixture
def life(host: Host, caplog: pytest.LogCaptureFixture) -> Life:
    caplog.set_level(logging.DEBUG)
    return Life(host)


def test_the_search_finds_what_is_there(life: Life) -> None:
    planted = f"log: code={life.codes[0]} " + " ".join(life.texts())
    assert len(life.found_in(planted)) == len(life.texts()) + 1
    assert len(life.tokens) >= 6
    assert len(life.codes) == 5


@pytest.mark.requirement("TOTP-15")
@pytest.mark.requirement("BC-2")
def test_no_table_holds_one(life: Life) -> None:
    # The host's own users are left out: their hashes are the host's.
    assert life.found_in(str(life.host.snapshot("user"))) == []


@pytest.mark.requirement("TOTP-15")
def test_no_byte_of_the_files_does(life: Life) -> None:
    path = Path(life.host.url.removeprefix("sqlite:///"))
    files = [path, path.with_name(path.name + "-wal")]
    content = b"".join(file.read_bytes() for file in files if file.exists())
    assert b"vestibule_event" in content
    raw = [base64.b32decode(secret) for secret in life.secrets]
    for secret in [*(text.encode() for text in life.texts()), *raw]:
        assert secret not in content


def test_no_log_does(life: Life, caplog: pytest.LogCaptureFixture) -> None:
    records = caplog.get_records("setup")
    told = [logging.Formatter().format(record) for record in records]
    logged = "\n".join([*told, *(str(record.__dict__) for record in records)])
    assert "Exception on /breaks" in logged
    assert life.found_in(logged) == []


def test_no_address_does(life: Life) -> None:
    addresses = []
    for answer in life.person.answers:
        addresses += [answer.request.url, answer.location or ""]
    assert life.found_in(unquote("\n".join(addresses))) == []


def test_no_page_shows_a_password_a_typed_code_or_a_token(life: Life) -> None:
    for answer in life.person.answers:
        secrets = [*life.passwords, *life.tokens]
        assert not any(secret in answer.text for secret in secrets), answer.request.path
        assert not any(has_number(answer.text, code) for code in life.codes), answer.request.path


@pytest.mark.requirement("TOTP-16")
@pytest.mark.requirement("BC-8")
def test_only_the_pages_made_for_it_show_a_key_or_backup_codes(life: Life) -> None:
    with_key, with_codes = [], []
    for number, answer in enumerate(life.person.answers):
        text = answer.text.replace(" ", "")
        if any(secret in text for secret in life.secrets):
            with_key.append(answer.request.path)
        if any(code in answer.text for code in life.backup_codes):
            with_codes.append((answer.request.path, number))
    # Each of two set-ups: opened by the sign-in or the link, then opened to scan.
    assert set(with_key) == {"/setup-2fa"}
    assert [path for path, _ in with_codes] == ["/backup-codes", "/backup-codes"]


def test_cookies_are_opaque(life: Life) -> None:
    for answer in life.person.answers:
        for header in answer.headers.getlist("Set-Cookie"):
            name, _, value = header.split(";")[0].partition("=")
            if name.startswith("vestibule"):
                assert value == "" or re.fullmatch("[A-Za-z0-9_-]{43}", value)
            else:
                assert life.found_in(value) == []
