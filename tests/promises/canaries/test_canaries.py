"""P10, LOG-4: every secret that a real site was given, looked for in every place that it writes."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator

import pytest

from tests.promises.canaries.flood import ADDRESS, OPEN, SECRET, Flood
from tests.promises.canaries.life import REASON, TYPED_AS_A_NAME, Life
from tests.promises.canaries.surroundings import Surroundings
from tests.ready_site.test_breached_passwords import digest
from tests.support.canaries import found, found_keys
from tests.support.postgres import PostgresServer
from tests.support.running_site import RunningSite
from tests.support.smtp import PASSWORD
from vestibule.foundation.tokens import token_key
from vestibule.ready_site.options import read_options
from vestibule.ready_site.start import prepared_site

pytestmark = [pytest.mark.requirement("P10"), pytest.mark.requirement("LOG-4")]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def life(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    postgres_server: PostgresServer,
) -> Iterator[Life]:
    kind: str = request.param
    log = "lines" if kind == "sqlite" else "json"
    folder = tmp_path_factory.mktemp(kind)
    with postgres_server.empty_database() as url:
        database = url if kind == "postgresql" else None
        with Surroundings.running(folder, database, log) as around:
            yield Life(around)


@pytest.fixture(scope="module")
def flood(life: Life, tmp_path_factory: pytest.TempPathFactory) -> Flood:
    if life.around.database_password:
        pytest.skip("pages and forms are the same on every database")
    given = {"instance": tmp_path_factory.mktemp("rules") / "instance"}
    site = prepared_site(read_options(given, life.around.environment))
    return Flood(life, site.url_map)


@pytest.fixture
def everywhere(life: Life) -> dict[str, bytes]:
    """Every place but the pages, which may show some of it."""
    around = life.around
    return {
        "database": b"\n".join(life.stolen) + around.database(),
        "log and stream": around.said(),
        "mails": around.mails() + around.mails_as_read(),
        "metrics": around.metrics(),
        "commands": str(around.commands).encode(),
        "the list of breaches": str(around.breaches.asked).encode(),
    }


def has_number(code: str, where: bytes) -> bool:
    return re.search(rb"(?<![0-9A-Za-z._-])%b(?![0-9A-Za-z_-])" % code.encode(), where) is not None


def test_what_is_no_secret_is_found_where_it_belongs(
    life: Life, everywhere: dict[str, bytes]
) -> None:
    """So the search looks where something is, and would find a secret there."""
    around, nina = life.around, life.nina
    assert nina.username in around.pages().decode()
    for place in ("database", "mails", "commands"):
        assert found([nina.username], everywhere[place]), place
    assert found([REASON], everywhere["database"])
    assert found([REASON], everywhere["log and stream"]), "the stream of events has it"
    exports = [text for name, text in around.commands if name.startswith("audit export")]
    assert sum(REASON in text for text in exports) == 2
    assert not found([REASON], everywhere["mails"])
    assert b"/security/password" in everywhere["log and stream"]
    assert not found([nina.username, nina.email], everywhere["log and stream"])
    assert b'vestibule_events_total{factor="totp"' in everywhere["metrics"]
    assert sum("mail: It could not be sent" in text for _, text in around.commands) == 1
    assert len(around.breaches.asked) > 3
    planted = "\n".join([*life.passwords, *life.keys, *life.tokens]).encode()
    assert len(found(life.passwords, planted)) == len(life.passwords) > 8
    assert len(life.tokens) > 7
    assert len(life.keys) == 4
    assert len(life.backup_codes) == 40


@pytest.mark.requirement("SES-4")
@pytest.mark.requirement("TOTP-15")
@pytest.mark.requirement("BC-2")
@pytest.mark.requirement("LOG-5")
@pytest.mark.requirement("SES-8")
def test_l01_l56_no_secret_of_anybody_is_found(life: Life, everywhere: dict[str, bytes]) -> None:
    # An opened link's token is in a cookie: it stands in its mail and nowhere else.
    cookies = life.around.cookies - set(life.tokens)
    assert len(cookies) > 20
    secrets = [*life.passwords, *life.backup_codes, *life.headers, *cookies]
    for name, place in everywhere.items():
        assert found(secrets, place) == [], name
        assert found_keys(life.keys, place) == [], name
        assert [code for code in life.codes if has_number(code, place)] == [], name
        if name != "mails":
            assert found(life.tokens, place) == [], name


@pytest.mark.requirement("SES-4")
def test_no_key_of_a_row_is_what_a_cookie_holds(life: Life, everywhere: dict[str, bytes]) -> None:
    hashes = [token_key(cookie) for cookie in life.around.cookies]
    there = sum(one.encode() in everywhere["database"] for one in hashes)
    assert there >= 5, "sessions, sign-ins between the steps, renewals"


def test_the_list_of_breaches_learns_five_digits_of_a_hash(life: Life) -> None:
    asked = str(life.around.breaches.asked).upper()
    digests = [digest(one) for one in life.passwords]
    assert any(one[:5] in asked for one in digests)
    assert not any(one[:7] in asked for one in digests)


@pytest.mark.requirement("URI-6")
def test_no_address_holds_one_but_that_of_a_link(life: Life) -> None:
    """Asked for once, and led on from there."""
    addresses = life.around.addresses
    secrets = [*life.passwords, *life.backup_codes, *life.codes, *life.headers]
    secrets += life.around.cookies - set(life.tokens)
    assert found(secrets, "\n".join(addresses).encode()) == []
    for token in life.tokens:
        assert sum(token in one for one in addresses) <= 1


def test_no_page_shows_one_but_those_that_are_there_for_it(life: Life) -> None:
    around = life.around
    everything = around.pages()
    typed = [one for one in life.passwords if one != TYPED_AS_A_NAME]
    assert found([*typed, *life.tokens, *life.headers, *around.cookies], everything) == []
    assert [code for code in life.codes if has_number(code, everything)] == []
    assert found_keys(life.keys, around.pages("/setup-2fa")) == []
    assert found_keys(life.keys, everything) != []
    assert found(life.backup_codes, around.pages("/backup-codes", "/setup-2fa")) == []
    assert found(life.backup_codes, everything) != []


def test_no_secret_of_the_operator_is_found(life: Life, everywhere: dict[str, bytes]) -> None:
    secrets = life.around.secrets_of_the_operator()
    assert PASSWORD in secrets
    assert life.around.mail_server.logins, "and it was used"
    for name, place in (*everywhere.items(), ("pages", life.around.pages())):
        assert found(secrets, place) == [], name


def test_a_request_that_cannot_be_read_is_not_written_down(life: Life) -> None:
    site, secret = life.around.site, "a-cookie-that-somebody-sent-askew"
    for askew in (f"Cookie vestibule={secret}", f"Cookie : vestibule={secret}", f"{secret}: \0"):
        assert b" 400 " in answer_to(site, f"GET / HTTP/1.1\r\nHost: here\r\n{askew}\r\n\r\n")
    assert b" 400 " in answer_to(site, f"GET /{secret} HTTP/one\r\n\r\n")
    assert secret not in site.said()


def answer_to(site: RunningSite, request: str) -> bytes:
    with socket.create_connection(("127.0.0.1", site.port), timeout=30) as connection:
        connection.sendall(request.encode())
        return connection.recv(4096)


def test_whatever_is_typed_anywhere_stays_there(
    life: Life, flood: Flood, everywhere: dict[str, bytes]
) -> None:
    rules = {rule for _, method, rule in flood.sent if method == "POST"}
    assert len(rules) > 25
    assert found([OPEN, ADDRESS], life.around.pages()) == [OPEN, ADDRESS], "pages show what is open"
    for name, place in (*everywhere.items(), ("pages", life.around.pages())):
        assert found([SECRET], place) == [], name
    for name in ("log and stream", "metrics"):
        assert found([OPEN, ADDRESS], everywhere[name]) == [], name
    for name in ("database", "mails"):
        assert found([ADDRESS], everywhere[name]) == [], name
