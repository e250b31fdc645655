"""The commands of "Coming from …" are tried, in order, on what the page says is there."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from tests.docs.reading import blocks, page
from tests.moving.conftest import SECRETS, OldHost
from tests.moving.conftest import make_old_host as make_old_host
from tests.moving.conftest import old as old
from tests.stories import make as make
from vestibule.authenticators.models import Authenticator

PAGE = page("docs/coming-from.md")


def commands(first: str) -> list[list[str]]:
    lines = [line for block in blocks("sh", of=PAGE) for line in block.text.splitlines()]
    return [shlex.split(line)[2:] for line in lines if line.startswith(first)]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_commands_for_a_host_do_what_the_page_says(
    old: OldHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    passlib_secrets = {"1": "a secret of Flask-Security"}
    Path("totp-secrets.json").write_text(json.dumps(passlib_secrets))
    (file,) = blocks("text", of=PAGE)
    Path("people.csv").write_text(file.text)
    ann, bob, carl = (old.person(name) for name in ("ann", "bob", "carl"))
    assert ann.user_id == "1"
    for column in ("totp_secret", "totp_enabled", "tf_primary_method", "tf_totp_secret"):
        old.sql(f"ALTER TABLE user ADD COLUMN {column} TEXT")
    old.sql(
        "UPDATE user SET totp_secret = :secret, totp_enabled = (id = :bob)",
        {"secret": SECRETS["bob"], "bob": bob.user_id},
    )
    old.sql(
        "UPDATE user SET tf_primary_method = 'authenticator', tf_totp_secret = :s WHERE id = :carl",
        {"s": wrapped(passlib_secrets), "carl": carl.user_id},
    )
    done = 0
    for words in commands("flask vestibule import"):
        assert "1 authenticators " in old.imports(*words[1:])
        done += "--write" in words
        assert len(old.host.rows(Authenticator)) == done
    assert done == 3
    (leaving,) = commands("flask vestibule export")
    assert old.says(*leaving, input="Host\n").exit_code == 0
    lines = Path("leaving.jsonl").read_text().splitlines()
    assert sorted(json.loads(line)["user"] for line in lines) == ["1", "2", "3"]


def test_the_columns_of_the_page_are_those_that_are_read() -> None:
    text = PAGE.read_text()
    assert re.search(r"`username`, `email`, `password_hash` and.* `otpauth`", text)
    assert "`user` and `otpauth`, as CSV" in text


def wrapped(secrets: dict[str, str]) -> str:
    from passlib.totp import TOTP

    made = TOTP.using(secrets=secrets)(key="MFRGGZDFMZTWQ2LKMFRGGZDFMZTWQ2LK", format="base32")
    return str(made.to_json(encrypt=True))
