"""Lessons from other products: secrets and people that were led astray."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import quote

import pytest
from itsdangerous import base64_decode

from tests.stories import settled
from tests.support.host_app import Host
from tests.support.routes import paths
from tests.support.visitor import COOKIES, Visitor
from vestibule.authenticators.models import Authenticator
from vestibule.backup_codes.models import BackupCode

ASTRAY = [
    *("//evil.example", "/\\evil.example", "\\\\evil.example", "https:evil.example"),
    *("https://evil.example", "http:///evil.example", "///evil.example", "/%09/evil.example"),
    *("/\t/evil.example", "/\n//evil.example", "/%0a/evil.example", "/%5cevil.example"),
    *("/%2f%2fevil.example", "javascript:alert(1)", "data:text/html,x", " //evil.example"),
    *("evil.example", "?next=//evil", "/..//evil.example", "/\u2028/evil", "", "\0"),
]


def test_l01_between_the_steps_no_byte_of_the_password_is_kept(ann: Visitor) -> None:
    ann.enters_password()
    password = ann.papers.password
    jar = {name: ann.cookie(name) or "" for name in COOKIES}
    for value in jar.values():
        assert password not in value
        assert quote(password) not in value
    if jar["session"]:
        payload = jar["session"].lstrip(".").split(".")[0]
        decoded = base64_decode(payload)
        assert password not in str(json.loads(decoded) if decoded[:1] == b"{" else decoded)
    path = Path(ann.host.url.removeprefix("sqlite:///"))
    for file in (path, path.with_name(path.name + "-wal")):
        assert password.encode() not in file.read_bytes()


@pytest.mark.requirement("FLOW-7")
@pytest.mark.parametrize("target", ASTRAY)
def test_l31_next_leads_nowhere_but_to_this_site(ann: Visitor, target: str) -> None:
    for where in ("field", "address"):
        page = ann.opens("/login" if where == "field" else f"/login?next={quote(target)}")
        form = page.form(with_field="password")
        fields = form.fields | {"username": "ann", "password": ann.papers.password}
        first = ann.posts("/login", fields | ({"next": target} if where == "field" else {}))
        assert first.location == "/verify-2fa"
        code_form = ann.opens("/verify-2fa").form(with_field="totp_code").fields
        last = ann.posts("/verify-2fa", code_form | {"totp_code": ann.fresh_code()})
        assert last.location == "/dashboard"


@pytest.mark.requirement("FLOW-7")
def test_l31_the_hosts_own_redirect_is_checked_too(optional_host: Host) -> None:
    """Where the host's view would lead to another site after ``login_user()``."""
    ann = settled(optional_host, "ann")
    view = optional_host.app.view_functions["login_with_link"]

    def astray():
        answer = view()
        answer.location = "https://evil.example/"
        return answer

    optional_host.app.view_functions["login_with_link"] = astray
    assert ann.posts("/login-with-link", {"username": "ann"}).location == "/verify-2fa"
    assert ann.enters_code().path == "/dashboard"


def test_l32_no_get_returns_a_secret_or_a_token(ann: Visitor) -> None:
    ann.signs_in()
    tokens = [ann.cookie(name) or "" for name in COOKIES]
    secrets = [*ann.papers.secrets, *ann.papers.backup_codes, *filter(None, tokens)]
    for path in paths(ann.host.app, "GET"):
        answer = ann.asks(path)
        text = (answer.text + str(answer.headers)).replace(" ", "")
        assert not any(secret in text for secret in secrets), path


@pytest.mark.requirement("BC-2")
def test_l56_the_database_holds_only_hashes_of_backup_codes(ann: Visitor) -> None:
    rows = ann.host.rows(BackupCode)
    assert all(row.code_hash.startswith("$argon2id$") for row in rows)
    assert len({row.code_hash.split("$")[4] for row in rows}) == 10  # each its own salt
    everything = str(ann.host.snapshot())
    for code in ann.papers.backup_codes:
        assert code.replace("-", "")[3:] not in everything.replace("-", "")


@pytest.mark.requirement("TOTP-15")
def test_p5_the_database_holds_no_secret_of_an_authenticator(ann: Visitor) -> None:
    (row,) = ann.host.rows(Authenticator)
    assert ann.papers.secrets[0] not in str(ann.host.snapshot())
    assert ann.papers.secrets[0].encode() not in row.ciphertext
