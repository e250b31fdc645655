"""``vestibule keys``: shown, added, rotated, retired."""

from __future__ import annotations

import json
import os

import pytest
from click.testing import CliRunner, Result

from tests.ready_site.conftest import MakeSite, Site
from tests.ready_site.conftest import make_site as make_site
from tests.support.person import Person
from vestibule import new_key
from vestibule.cli import main, site_keys
from vestibule.cli.flask_group import group
from vestibule.foundation.keyring import LOOKS_EVERY
from vestibule.ready_site.key_file import KEY_FILE, only_one, read_key_file, replace_key_file


@pytest.fixture
def site(make_site: MakeSite) -> Site:
    os.umask(0o077)
    return make_site()


@pytest.fixture
def alice(site: Site) -> Person:
    alice = site.registered("alice")
    alice.sets_up_authenticator()
    return alice


def says(site: Site, *words: str, **environment: str) -> Result:
    arguments = ["keys", *words, "--instance", str(site.instance)]
    return CliRunner().invoke(main, arguments, env={"VESTIBULE_KEYS": None} | environment)


def ids(site: Site) -> list[str]:
    keys = read_key_file(site.instance / KEY_FILE).keys
    return [one.partition(":")[0] for one in keys]


def stored(site: Site) -> set[str]:
    return {row["key_id"] for row in site.rows("SELECT key_id FROM vestibule_authenticator")}


def facts(site: Site) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(says(site, "show", "--json").output)
    return found


def test_show_tells_what_each_is_needed_for_and_no_key(site: Site, alice: Person) -> None:
    says(site, "add")
    said = says(site, "show").output
    first, second = said.splitlines()
    assert first.startswith(f"{ids(site)[0]}  encrypts; needed for: 1 authenticators")
    assert second == f"{ids(site)[1]}  only decrypts; needed for: nothing"
    assert [one["current"] for one in facts(site)] == [True, False]
    for key in read_key_file(site.instance / KEY_FILE).keys:
        assert key.partition(":")[2] not in said


@pytest.mark.requirement("CFG-2")
def test_rotate_moves_every_secret_and_signs_nobody_out(site: Site, alice: Person) -> None:
    (old,) = ids(site)
    said = says(site, "rotate", "--no-wait")
    assert said.exit_code == 0, said.output
    new, still_there = ids(site)
    assert (still_there, stored(site)) == (old, {new})
    assert f"1 secrets are now encrypted with key {new}." in said.output
    assert alice.is_signed_in()
    other = site.person("alice")
    other.password, other.authenticator = alice.password, alice.authenticator
    other.signs_in()
    assert other.is_signed_in()
    (row,) = site.rows("SELECT details FROM vestibule_event WHERE kind = 'secrets.reencrypted'")
    assert json.loads(row["details"]) == {"count": 1}


def test_a_rotation_that_was_stopped_goes_on_and_makes_no_third_key(
    site: Site, alice: Person
) -> None:
    (old,) = ids(site)
    says(site, "add")
    assert ids(site)[0] == old
    says(site, "rotate", "--no-wait")
    assert len(ids(site)) == 2  # the one that was added came first
    path = site.instance / KEY_FILE
    keys = read_key_file(path)
    unfinished = (new_key(), *keys.keys)
    replace_key_file(path, type(keys)(keys.secret_key, keys.secret_key_fallbacks, unfinished))
    assert stored(site) == {ids(site)[1]}
    says(site, "rotate", "--no-wait")
    assert len(ids(site)) == 3
    assert stored(site) == {ids(site)[0]}


def test_a_key_in_use_is_not_retired(site: Site, alice: Person) -> None:
    (old,) = ids(site)
    assert "That key encrypts" in says(site, "retire", old).output
    says(site, "add")
    path = site.instance / KEY_FILE
    keys = read_key_file(path)
    turned = type(keys)(keys.secret_key, (), keys.keys[::-1])
    replace_key_file(path, turned)
    said = says(site, "retire", old)
    assert said.exit_code == 1
    assert f"Key {old} still opens 1 authenticators" in said.output
    assert old in ids(site)
    assert says(site, "retire", "nonsense").exit_code == 1


def test_a_key_that_signed_events_goes_only_where_that_is_wished(site: Site, alice: Person) -> None:
    (old,) = ids(site)
    says(site, "rotate", "--no-wait")
    said = says(site, "retire", old)
    assert said.exit_code == 1
    assert "--leave-log-unverified" in said.output
    assert says(site, "retire", old, "--leave-log-unverified", "--no-wait").exit_code == 0
    assert old not in ids(site)
    assert alice.is_signed_in()


def test_a_key_that_a_process_still_encrypts_with_is_not_retired(
    site: Site, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Right after a rotation the processes of the site have not all looked at the file again."""
    (old,) = ids(site)
    ring = site.app.extensions["vestibule"].runtime.services.keyring
    assert ring.current_id == old
    ring._look_at = float("inf")
    says(site, "rotate", "--no-wait")
    waited: list[float] = []

    def meanwhile(seconds: float) -> None:
        waited.append(seconds)
        bob = site.registered("bob")
        bob.sets_up_authenticator()

    monkeypatch.setattr(site_keys.time, "sleep", meanwhile)
    said = says(site, "retire", old, "--leave-log-unverified")
    assert waited
    assert LOOKS_EVERY < waited[0] < 20
    assert said.exit_code == 1
    assert f"Key {old} still opens 1 authenticators" in said.output
    assert old in ids(site)


def test_an_old_key_that_nothing_needs_never_comes_first_again(site: Site) -> None:
    """It may have been read by a thief; that is why there was a rotation."""
    (stolen,) = ids(site)
    says(site, "rotate", "--no-wait")
    assert ids(site)[-1] == stolen
    says(site, "rotate", "--no-wait")
    assert ids(site)[-1] == stolen
    assert len(ids(site)) == 3


def test_a_secret_that_nobody_can_read_is_told_and_left(site: Site, alice: Person) -> None:
    with site.app.app_context():
        from vestibule.ready_site.extensions import db

        with db.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE vestibule_authenticator SET ciphertext = x'00'")
    said = says(site, "rotate", "--no-wait")
    assert said.exit_code == 1
    assert "1 could not be read with any key and were left as they are" in said.output


def test_where_the_environment_has_the_keys_the_file_is_left_alone(site: Site) -> None:
    before = (site.instance / KEY_FILE).read_bytes()
    keys = {"VESTIBULE_KEYS": new_key(), "VESTIBULE_SECRET_KEY": "x" * 40}
    for words in (["add"], ["rotate"], ["retire", "x"]):
        said = says(site, *words, **keys)
        assert said.exit_code == 1
        assert "come from the environment" in said.output
    assert (site.instance / KEY_FILE).read_bytes() == before


@pytest.mark.requirement("P9")
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives away")
def test_root_who_rotates_leaves_the_file_to_the_sites_user(site: Site, alice: Person) -> None:
    """Else no process of the site could read the key that everything is encrypted with."""
    path = site.instance / KEY_FILE
    os.chown(path, 12345, 12346)
    assert says(site, "rotate", "--no-wait").exit_code == 0
    for file in (path, path.with_name(f"{KEY_FILE}.lock")):
        assert (file.stat().st_uid, file.stat().st_gid) == (12345, 12346), file
        assert file.stat().st_mode & 0o777 == 0o600


def test_a_lock_that_cannot_be_taken_is_told_in_a_sentence(site: Site) -> None:
    (site.instance / f"{KEY_FILE}.lock").mkdir()
    said = says(site, "rotate", "--no-wait")
    assert said.exit_code == 1
    assert isinstance(said.exception, SystemExit)
    assert "cannot be changed" in said.output


def test_two_commands_at_once_are_one_after_the_other(site: Site) -> None:
    with only_one(site.instance / KEY_FILE):
        said = says(site, "rotate")
    assert said.exit_code == 1
    assert "Another command changes" in said.output


def test_a_host_rotates_with_the_first_key_of_its_configuration(site: Site, alice: Person) -> None:
    """The site is such a host: what `flask vestibule keys` does with it."""
    (old,) = ids(site)
    path = site.instance / KEY_FILE
    keys = read_key_file(path)
    fresh = new_key()
    replace_key_file(path, type(keys)(keys.secret_key, (), (fresh, *keys.keys)))
    site.app.extensions["vestibule"].runtime.services.keyring._look_at = 0.0
    runner = site.app.test_cli_runner()
    assert f"{old}  only decrypts; needed for: 1" in runner.invoke(group, ["keys", "show"]).output
    assert runner.invoke(group, ["keys", "retire", old]).exit_code == 1
    assert runner.invoke(group, ["keys", "rotate"]).exit_code == 0
    assert stored(site) == {fresh.partition(":")[0]}
    told = runner.invoke(group, ["keys", "retire", old, "--leave-log-unverified"])
    assert "take it out" in told.output
