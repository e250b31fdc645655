"""Leaving: everybody's secrets in a file that only its owner can read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import Result

from tests.moving.conftest import SECRETS, MakeOldHost, OldHost
from tests.support.host_app import KEY
from tests.support.visitor import Papers, Visitor
from vestibule import EventKind, new_key


def with_ann(old: OldHost) -> Visitor:
    ann = old.person("ann")
    line = json.dumps({"user": ann.user_id, "otpauth": f"otpauth://totp/a?secret={SECRETS['ann']}"})
    old.imports("file", "-", "--write", input=line)
    return ann


def exports(old: OldHost, path: Path | str, typed: str | None = None) -> Result:
    sure = () if typed else ("--yes-write-secrets",)
    return old.says("export", "--to", str(path), *sure, input=typed and f"{typed}\n")


def test_what_is_exported_comes_back_with_the_same_codes(
    old: OldHost, make_old_host: MakeOldHost, tmp_path: Path
) -> None:
    ann = with_ann(old)
    bob = old.person("bob")
    bob.enters_password()
    bob.sets_up()
    file = tmp_path / "leaving.jsonl"
    assert "secrets of 2 authenticators" in exports(old, file).output
    assert file.stat().st_mode & 0o777 == 0o600

    new = make_old_host(VESTIBULE_KEYS=[new_key()])
    for person in (ann, bob):
        assert new.host.has_user(person.username, person.papers.password) == person.user_id
    assert "2 authenticators taken over" in new.imports("file", str(file), "--write")
    new.host.clock.moves(minutes=5)
    for person in (ann, bob):
        there = Visitor(
            new.host,
            Papers(
                person.username, person.user_id, person.papers.password, "", person.papers.secrets
            ),
            address="192.0.2.9",
            site="http://localhost",
        )
        assert there.enters_password().path == "/verify-2fa"
        assert there.enters_code().path == "/dashboard"


def test_the_name_of_the_site_must_be_typed(old: OldHost, tmp_path: Path) -> None:
    with_ann(old)
    for typed in ("yes", "host"):
        refused = exports(old, tmp_path / "out", typed)
        assert refused.exit_code == 1
        assert "another name: nothing was written" in refused.output
    assert old.says("export", "--to", str(tmp_path / "out")).exit_code == 1
    assert not (tmp_path / "out").exists()
    assert old.host.events(EventKind.SECRETS_EXPORTED) == []
    said = exports(old, tmp_path / "out", "Host")
    assert said.exit_code == 0
    assert str(tmp_path / "out") in said.output
    assert SECRETS["ann"] not in said.output
    assert SECRETS["ann"] in (tmp_path / "out").read_text()


@pytest.mark.requirement("LOG-4")
def test_the_log_tells_of_it_without_a_secret(old: OldHost, tmp_path: Path) -> None:
    with_ann(old)
    exports(old, tmp_path / "out")
    (event,) = old.host.events(EventKind.SECRETS_EXPORTED)
    assert event.details == {"count": 1}


@pytest.mark.parametrize("to", ["-", "/dev/stdout", "/dev/null", "there", "no/such/folder/out"])
def test_only_a_new_file_is_written(old: OldHost, tmp_path: Path, to: str) -> None:
    with_ann(old)
    (tmp_path / "there").write_text("mine")
    path = to if to == "-" else tmp_path / to
    refused = exports(old, path)
    assert refused.exit_code == 1
    assert SECRETS["ann"] not in refused.output
    assert old.host.events(EventKind.SECRETS_EXPORTED) == []
    assert (tmp_path / "there").read_text() == "mine"


def test_without_the_key_nothing_is_left_half_written(old: OldHost, tmp_path: Path) -> None:
    with_ann(old)
    other = OldHost(old.host.restarted(VESTIBULE_KEYS=[new_key()]))
    refused = exports(other, tmp_path / "out")
    assert refused.exit_code == 1
    assert KEY.partition(":")[0] in refused.output
    assert not (tmp_path / "out").exists()
