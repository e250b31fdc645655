"""``vestibule doctor``: from a broken site to a sound one, a line at a time."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import create_engine, text

from tests.ready_site.conftest import MakeSite, Site
from tests.ready_site.conftest import make_site as make_site
from tests.support.smtp import MailServer
from vestibule import new_key
from vestibule.cli import main


@pytest.fixture
def site(make_site: MakeSite) -> Site:
    os.umask(0o077)  # as `vestibule run` does
    return make_site(base_url="http://localhost")


def examined(site: Site, *more: str, **environment: str) -> Result:
    arguments = ["doctor", "--instance", str(site.instance), *more]
    given = {"VESTIBULE_BASE_URL": "http://localhost"} | environment
    return CliRunner().invoke(main, arguments, env=given)


def changes(site: Site, statement: str) -> None:
    engine = create_engine(f"sqlite:///{site.instance / 'vestibule.db'}")
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def test_a_sound_site_has_nothing_wrong(site: Site) -> None:
    said = examined(site)
    assert (said.exit_code, said.output) == (0, "Nothing is wrong.\n")


def test_where_there_is_no_site_it_makes_none(tmp_path: Path) -> None:
    said = CliRunner().invoke(main, ["doctor", "--instance", str(tmp_path / "none")])
    assert said.exit_code == 1
    assert said.output == (
        f"site: There is none in {tmp_path}/none yet. "
        f"Fix: vestibule init --instance {tmp_path}/none\n"
    )
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("missing", ["keys.toml", "vestibule.db", "outbox"])
def test_it_makes_nothing_that_is_missing(site: Site, missing: str) -> None:
    """What root made there could not be opened by the site."""
    site.close()
    for path in site.instance.glob(f"{missing}*"):
        path.rmdir() if path.is_dir() else path.unlink()
    before = sorted(path.name for path in site.instance.iterdir())
    said = examined(site)
    assert sorted(path.name for path in site.instance.iterdir()) == before
    if missing != "outbox":
        assert said.exit_code == 1
        assert "Fix: " in said.output


def test_tables_of_an_older_version_are_told(site: Site) -> None:
    (row,) = site.rows("SELECT version_num FROM vestibule_version")
    changes(site, "UPDATE vestibule_version SET version_num = '0001'")
    said = examined(site)
    assert (
        f"tables: Not those of this version. Fix: vestibule db upgrade --instance {site.instance}"
        in said.output
    )
    changes(site, f"UPDATE vestibule_version SET version_num = '{row['version_num']}'")  # noqa: S608
    assert examined(site).output == "Nothing is wrong.\n"


@pytest.mark.parametrize("name", ["config.toml", "outbox"])
def test_what_holds_passwords_and_mails_is_for_its_owner_alone(site: Site, name: str) -> None:
    path = site.instance / name
    if name == "config.toml":
        path.write_text('mail = "smtp://m:hush@mail.example.org"')
    path.chmod(0o755)
    said = examined(site)
    assert f"Others may open {path}. Fix: chmod go= {path}" in said.output
    assert "hush" not in said.output


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root gives files away")
def test_what_root_left_behind_is_told(site: Site) -> None:
    left = site.instance / "hashing-slot-9"
    left.touch(0o600)
    os.chown(left, 12345, -1)
    said = examined(site)
    assert said.exit_code == 1
    fix = said.output.partition("Fix: ")[2]
    subprocess.run(shlex.split(fix), check=True)
    assert examined(site).output == "Nothing is wrong.\n"


def test_a_missing_key_is_named(site: Site) -> None:
    site.registered("alice").sets_up_authenticator()
    (row,) = site.rows("SELECT key_id FROM vestibule_authenticator")
    text_of_keys = (site.instance / "keys.toml").read_text()
    old = next(line for line in text_of_keys.splitlines() if line.startswith("keys"))
    (site.instance / "keys.toml").write_text(text_of_keys.replace(old, f'keys = ["{new_key()}"]'))
    said = examined(site)
    assert said.exit_code == 1
    assert f"lacks key {row['key_id']}" in said.output


def test_an_old_key_in_use_is_told_as_a_hint(site: Site) -> None:
    site.registered("alice").sets_up_authenticator()
    keys = (site.instance / "keys.toml").read_text()
    (site.instance / "keys.toml").write_text(keys.replace("keys = [", f'keys = ["{new_key()}", '))
    said = examined(site)
    assert said.exit_code == 0
    assert "Secrets are still encrypted with" in said.output


def test_accounts_deleted_with_sql_are_told(site: Site) -> None:
    site.registered("alice").sets_up_authenticator()
    changes(site, "DELETE FROM account")
    assert "Rows of some were deleted with SQL" in examined(site).output


def test_events_that_nobody_sealed_are_told(site: Site) -> None:
    site.registered("alice")
    changes(site, "UPDATE vestibule_event SET at = datetime(at, '-11 minutes')")
    said = examined(site)
    assert said.exit_code == 0
    assert "are under no seal yet. Fix: vestibule audit seal --instance" in said.output


def test_it_changes_nothing(site: Site) -> None:
    before = {path: path.stat().st_mtime_ns for path in site.instance.iterdir() if path.is_file()}
    names = set(site.instance.iterdir())
    examined(site)
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert set(site.instance.iterdir()) - names <= {
        site.instance / "vestibule.db-wal",
        site.instance / "vestibule.db-shm",
    }


def test_a_test_mail_arrives_or_says_why_not(site: Site, tmp_path: Path) -> None:
    with MailServer.running(tmp_path, tls=False) as server:
        address = f"smtp+plain://127.0.0.1:{server.port}"
        said = examined(site, "--mail", "ops@example.org", VESTIBULE_MAIL=address)
        assert (said.exit_code, said.output) == (0, "Nothing is wrong.\n")
        assert len(server.mails) == 1
    said = examined(site, "--mail", "ops@example.org", VESTIBULE_MAIL=address)
    assert said.exit_code == 1
    assert "mail: It could not be sent (ConnectionRefusedError)" in said.output
    assert examined(site, "--mail", "nobody").exit_code == 1
