"""``vestibule demo``: many accounts, and a file that opens some of them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pyotp
import pytest
from click.testing import CliRunner

from tests.ready_site.conftest import ADDRESS, Site
from tests.support.authenticator import Authenticator
from tests.support.running_site import RunningSite
from tests.support.terminal import decoded
from vestibule.cli import main
from vestibule.ready_site.options import read_options
from vestibule.ready_site.start import prepared_site


def filled(tmp_path: Path, *arguments: object) -> tuple[int, str]:
    given = ["--instance", tmp_path / "instance", "--output", tmp_path / "users.json", *arguments]
    result = CliRunner().invoke(main, ["demo", *map(str, given)])
    return result.exit_code, result.output


def test_the_file_opens_the_accounts_that_were_kept(tmp_path: Path) -> None:
    code, said = filled(tmp_path, "--accounts", 30, "--keep", 2)
    assert code == 0
    assert said.endswith(
        f"30 accounts are in {tmp_path}/instance/vestibule.db; {tmp_path}/users.json opens 2.\n"
    )
    assert (tmp_path / "users.json").stat().st_mode & 0o777 == 0o600
    users = json.loads((tmp_path / "users.json").read_text())["users"]
    assert len(users) == 2
    assert len({user["secret"] for user in users}) == 2
    assert [len(set(user["backup"])) for user in users] == [10, 10]
    with RunningSite(tmp_path / "instance", workers=1) as site:
        assert len(site.rows("SELECT * FROM account")) == 30
        for user, with_backup_code in zip(users, (False, True), strict=True):
            person = site.person(username=user["login"])
            person.password = user["password"]
            person.authenticator = Authenticator(user["secret"])
            person.backup_codes = user["backup"]
            person.signs_in(with_backup_code=with_backup_code)
            assert person.is_signed_in()
            person.browser.close()


def test_a_month_of_people_and_one_who_can_be_looked_at(tmp_path: Path) -> None:
    instance = tmp_path / "demo"
    at_demo = ["--instance", str(instance)]
    said = CliRunner().invoke(main, ["demo", "--accounts", "12", *at_demo])
    assert said.exit_code == 0, said.output
    assert f"vestibule run --instance {instance}" in said.stdout
    password = re.search(r"password: +(\S+)", said.stderr)
    uri = decoded(said.stderr)
    assert password
    assert "password:" not in said.stdout
    app = prepared_site(read_options({"instance": instance, "base_url": ADDRESS}, {}))
    site = Site(app, instance)
    admin = site.person("demo-admin")
    admin.password = password[1]
    admin.authenticator = Authenticator(pyotp.parse_uri(uri).secret)
    admin.signs_in()
    page = admin.opens("/admin/accounts").text
    assert page.count("/admin/account?user=") == 12
    (days,) = site.rows("SELECT count(DISTINCT date(at)) AS n FROM vestibule_event")
    assert days["n"] > 15
    assert site.rows("SELECT id FROM vestibule_session WHERE ends_at > datetime('now')")
    site.close()
    verified = CliRunner().invoke(main, ["audit", "verify", *at_demo])
    assert verified.output.endswith("The log is what was written.\n")
    again = CliRunner().invoke(main, ["demo", *at_demo])
    assert (again.exit_code, "give an empty one" in again.output) == (1, True)


def test_a_database_with_accounts_is_refused(tmp_path: Path) -> None:
    assert filled(tmp_path, "--accounts", 1, "--keep", 0)[0] == 0
    (tmp_path / "users.json").write_text("mine")
    code, said = filled(tmp_path, "--accounts", 1, "--keep", 0)
    assert code == 1
    assert "holds accounts already: give an empty one." in said
    assert (tmp_path / "users.json").read_text() == "mine"


def test_a_file_that_cannot_be_written_is_told_before_anything_is_made(tmp_path: Path) -> None:
    code, said = filled(tmp_path, "--accounts", 1, "--output", tmp_path / "no" / "users.json")
    assert code == 1
    assert f"{tmp_path}/no/users.json cannot be written: No such file or directory." in said
    assert filled(tmp_path, "--accounts", 1)[0] == 0


@pytest.mark.parametrize("arguments", [[], ["--accounts", "0"], ["--accounts", "many"]])
def test_a_wrong_number_is_explained(tmp_path: Path, arguments: list[str]) -> None:
    assert filled(tmp_path, *arguments)[0] == 2
