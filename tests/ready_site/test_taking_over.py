"""People come to the ready site from another program, with their accounts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from werkzeug.security import generate_password_hash

from tests.cli.conftest import umask as umask  # the commands set it
from tests.ready_site.conftest import MakeSite, Site
from tests.support.authenticator import Authenticator
from vestibule import EventKind
from vestibule.cli import main

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
URI = f"otpauth://totp/Acme:ann?secret={SECRET}"
EVES = f"otpauth://totp/Acme:Ann?secret={SECRET[::-1]}"
PASSWORD = "a password from before"
HASH = generate_password_hash(PASSWORD, "scrypt:1024:8:1")


def says(site: Site, *words: str, rows: list[dict[str, Any]] | str = "") -> str:
    text = rows if isinstance(rows, str) else "\n".join(map(json.dumps, rows))
    command = [*words, "--instance", str(site.instance)]
    result = CliRunner().invoke(main, command, input=text)
    assert result.exit_code == 0, result.output
    assert SECRET not in result.output
    assert HASH not in result.output
    return result.output


def account(name: str, **others: Any) -> dict[str, Any]:
    return {"username": name, "email": f"{name}@example.org", "password_hash": HASH} | others


ACCOUNTS = ("import", "accounts", "-", "--write")


def test_accounts_come_with_password_and_second_step(site: Site) -> None:
    rows = [account("ann", otpauth=URI), account("bob")]
    said = says(site, *ACCOUNTS, rows=rows)
    assert "2 accounts taken over" in said
    assert "Rows with a second step: 1." in said
    assert site.mails() == []
    ann, bob = site.person("ann"), site.person("bob")
    for person in (ann, bob):
        person.password = PASSWORD
    assert bob.enters_password().url.path == "/setup-2fa"
    ann.enters_password()
    ann.authenticator = Authenticator(SECRET)
    assert ann.enters_code(ann.authenticator.fresh_code()).status_code == 422, "spent elsewhere"
    site.rows("UPDATE vestibule_authenticator SET last_step = last_step - 3")
    # The code before was a wrong one to the site, and no try of this sign-in is left to chance.
    assert ann.enters_code(Authenticator(SECRET).fresh_code()).url.path == "/dashboard"
    kinds = {row["kind"] for row in site.rows("SELECT kind FROM vestibule_event")}
    assert {EventKind.ACCOUNT_IMPORTED, EventKind.AUTHENTICATOR_IMPORTED} <= kinds


def test_a_dry_run_says_what_the_run_does_and_a_second_run_adds_nothing(site: Site) -> None:
    rows = [account("ann", otpauth=URI), account("bob")]
    assert "2 accounts would be taken over, 0 were there" in says(site, *ACCOUNTS[:-1], rows=rows)
    assert site.rows("SELECT * FROM account") == []
    says(site, *ACCOUNTS, rows=rows)
    before = (
        site.rows("SELECT * FROM account ORDER BY id"),
        site.rows("SELECT * FROM vestibule_event"),
    )
    assert "0 accounts taken over, 2 were there" in says(site, *ACCOUNTS, rows=rows)
    assert before == (
        site.rows("SELECT * FROM account ORDER BY id"),
        site.rows("SELECT * FROM vestibule_event"),
    )


def test_names_are_judged_as_a_registration_judges_them(site: Site) -> None:
    site.registered("taken")
    rows = [
        account("TAKEN", email="else@example.org"),
        account("a@b"),
        account("carl", email="no address"),
        account("dora", password_hash="$1$old$md5"),
        account("eve", otpauth=URI + "&digits=8"),
        account("ann"),
        account("Ann", email="another@example.org"),
        account("ANN"),
    ]
    said = says(site, *ACCOUNTS, rows=rows)
    assert "row 1, TAKEN: This user name is taken." in said
    assert "row 2, a@b: A user name cannot contain @." in said
    assert "row 3, carl: Enter an e-mail address like" in said
    assert "row 4, dora: The password hash is of no kind that can be verified." in said
    assert "row 5, eve: Only SHA-1, 6 digits" in said
    assert "row 7, Ann: This user name is taken." in said
    assert "1 accounts taken over, 1 were there already, 6 refused." in said
    names = {row["username"] for row in site.rows("SELECT username FROM account")}
    assert names == {"taken", "ann"}


def test_a_hash_of_today_s_werkzeug_fits_on_every_database(
    make_site: MakeSite, database_url: str
) -> None:
    site = make_site(database=database_url, policy="optional")
    long = generate_password_hash(PASSWORD, "scrypt")
    rows = [account("ann", password_hash=long, otpauth=URI), account("bob", password_hash=long)]
    command = (*ACCOUNTS, "--database", database_url)
    assert "2 accounts taken over, 0 were there" in says(site, *command, rows=rows)
    assert "0 accounts taken over, 2 were there" in says(site, *command, rows=rows)
    bob = site.person("bob")
    bob.password = PASSWORD
    assert bob.enters_password().url.path == "/dashboard"


def test_a_csv_has_its_columns_in_any_order(site: Site) -> None:
    rows = f"username,password_hash,otpauth,email\nann,{HASH},{URI},ann@example.org\n"
    assert "1 accounts taken over" in says(site, *ACCOUNTS, rows=rows)


def test_without_bcrypt_its_accounts_stay_out(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vestibule.ready_site.foreign_hashes.find_spec", lambda _: None)
    said = says(site, *ACCOUNTS, rows=[account("ann", password_hash="$2b$04$" + "a" * 53)])
    assert "pip install 'vestibule[bcrypt]'" in said


def test_an_account_that_cannot_have_its_second_step_is_not_made(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the password alone would open the account, or enrol anybody's phone."""

    def fails(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("vestibule.cli.site_moving.add_on", fails)
    text = json.dumps(account("ann", otpauth=URI))
    command = [*ACCOUNTS, "--instance", str(site.instance)]
    assert CliRunner().invoke(main, command, input=text).exit_code == 1
    assert site.rows("SELECT * FROM account") == []


def test_second_steps_come_by_user_name(site: Site) -> None:
    site.registered("Ann")
    rows = [{"user": "Ann", "otpauth": URI}, {"user": "nobody", "otpauth": URI}]
    said = says(site, "import", "file", "-", "--write", rows=rows)
    assert "1 authenticators taken over" in said
    assert "row 2, nobody: There is no such user." in said


@pytest.mark.requirement("P1")
@pytest.mark.parametrize("name", ["Ann", "\uff41nn"])
def test_a_name_that_only_looks_alike_was_another_persons_there(site: Site, name: str) -> None:
    rows = [account("ann", otpauth=URI), account(name, email="eve@example.org", otpauth=EVES)]
    assert f"row 2, {name}: This user name is taken." in says(site, *ACCOUNTS, rows=rows)
    second_steps = [{"user": row["username"], "otpauth": row["otpauth"]} for row in rows]
    said = says(site, "import", "file", "-", "--write", rows=second_steps)
    assert f"row 2, {name}: There is no such user." in said
    assert len(site.rows("SELECT * FROM vestibule_authenticator")) == 1


def test_names_leave_with_their_secrets_and_come_back(make_site: MakeSite, tmp_path: Path) -> None:
    first = make_site()
    says(first, *ACCOUNTS, rows=[account("ann", otpauth=URI)])
    file = tmp_path / "leaving.jsonl"
    says(first, "export", "--to", str(file), "--yes-write-secrets")
    (line,) = file.read_text().splitlines()
    assert json.loads(line) == {
        "user": "ann",
        "otpauth": f"otpauth://totp/Vestibule:ann?secret={SECRET}&issuer=Vestibule",
    }
    second = make_site()
    says(second, *ACCOUNTS, rows=[account("ann")])
    assert "1 authenticators taken" in says(second, "import", "file", str(file), "--write")


def test_a_site_that_cannot_start_says_why(tmp_path: Path) -> None:
    database = ("--database", "mysql://localhost/x")
    result = CliRunner().invoke(
        main, ["import", "file", "-", "--instance", str(tmp_path), *database], input=""
    )
    assert result.exit_code == 1
    assert "SQLite or PostgreSQL" in result.output
