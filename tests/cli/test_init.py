"""``vestibule init``, and a newcomer's way from nothing to a sound site, by what doctor prints."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from vestibule import database_url
from vestibule.cli import main
from vestibule.configuration import read_settings
from vestibule.ready_site.options import read_options

SAMPLE = re.compile(r"^# (\w+) = (.*)$", re.MULTILINE)

RIGHT = {"SECRET_KEY": "x" * 32, "VESTIBULE_KEYS": ["k"], "VESTIBULE_POLICY": "required"}


def says(line: str, **environment: str) -> Result:
    program, *words = shlex.split(line)
    assert program == "vestibule"
    return CliRunner().invoke(main, words, env=environment)


def test_it_makes_a_folder_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "acme"
    said = says(f"vestibule init --instance {folder}")
    assert said.exit_code == 0, said.output
    assert f"vestibule run --instance {folder}" in said.output
    assert {path.name for path in folder.iterdir()} >= {"config.toml", "keys.toml", "outbox"}
    for path in (folder, *folder.iterdir()):
        assert path.stat().st_mode & 0o077 == 0, path


def test_it_overwrites_nothing(tmp_path: Path) -> None:
    line = f"vestibule init --instance {tmp_path}"
    (tmp_path / "config.toml").write_text("port = 9000\n")
    assert says(line).exit_code == 0
    assert (tmp_path / "config.toml").read_text() == "port = 9000\n"
    keys = (tmp_path / "keys.toml").read_text()
    again = says(line)
    assert again.exit_code == 1
    assert (
        f"nothing was changed. See how it is: vestibule doctor --instance {tmp_path}"
        in again.output
    )
    assert (tmp_path / "keys.toml").read_text() == keys
    # Killed between the two files, or a site that `run` made before.
    (tmp_path / "config.toml").unlink()
    assert says(line).exit_code == 0
    assert (tmp_path / "keys.toml").read_text() == keys
    assert not list(tmp_path.glob(".*"))


def test_the_database_stands_in_the_file_and_is_printed_without_its_password(
    tmp_path: Path,
) -> None:
    url = f"sqlite:///{tmp_path}/elsewhere.db"
    folder = tmp_path / "acme"
    assert says(f"vestibule init --instance {folder} --database {url}").exit_code == 0
    assert read_options({"instance": folder}, {}).database == database_url(url)
    other = tmp_path / "other"
    url = "postgresql://acme:hush@127.0.0.1:1/acme"
    said = says(f"vestibule init --instance {other} --database {url}")
    assert said.exit_code == 1
    assert "hush" not in said.output


def test_every_line_of_the_configuration_can_be_switched_on(tmp_path: Path) -> None:
    says(f"vestibule init --instance {tmp_path}")
    text = (tmp_path / "config.toml").read_text()
    assert tomllib.loads(text) == {}
    samples = tomllib.loads("\n".join(f"{name} = {value}" for name, value in SAMPLE.findall(text)))
    assert len(samples) == len(SAMPLE.findall(text)) > 15
    for name, value in samples.items():
        (tmp_path / "config.toml").write_text(f"{name} = {json.dumps(value)}")
        others = {
            f"VESTIBULE_{key.upper()}": one
            for key, one in read_options({"instance": tmp_path}, {}).others.items()
        }
        found = read_settings(others | RIGHT)[1]
        assert not [one for one in found if name in one.setting.lower()]


BROKEN = """
issuer = "A:B"
policy = "sometimes"
totp_window = 5
session_idle = 0
trust_browsers_for = 9999999
backup_codes = 0
mail_from = "nobody"
change_names = true
port = 8000
"""


def mends(finding: str, folder: Path) -> None:
    """Does literally what stands behind "Fix:"."""
    fix = finding.partition(" Fix: ")[2]
    assert fix, finding
    in_file = re.match(r"in (.*config\.toml): (\w+) = (.*?)(?: \(.*)?$", fix)
    if in_file:
        path = folder / in_file[1]
        name, value = in_file[2], in_file[3]
        text = re.sub(rf"^{name} = .*\n?", "", path.read_text(), flags=re.MULTILINE)
        path.write_text(f"{text}{name} = {value}\n")
    elif fix.startswith("vestibule "):
        done = says(fix)
        assert done.exit_code == 0, done.output
    else:
        subprocess.run(shlex.split(fix), check=True)


def test_a_newcomers_way_from_nothing_to_a_sound_site(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [one for one in os.environ if one.startswith("VESTIBULE_")]:
        monkeypatch.delenv(name)
    folder = tmp_path / "my site"
    doctor = f"vestibule doctor --instance {shlex.quote(str(folder))}"
    (finding,) = says(doctor).output.splitlines()
    mends(finding, folder)
    config = folder / "config.toml"
    config.write_text(BROKEN.replace("8000", '"many"').replace("true", '"maybe"'))
    (folder / "keys.toml").chmod(0o644)
    folder.chmod(0o755)
    seen: list[str] = []
    while (said := says(doctor)).exit_code:
        assert said.exit_code == 1
        found = said.output.splitlines()
        seen += found
        assert len(seen) < 40, seen
        for finding in found:
            mends(finding, folder)
    assert said.output.startswith("Nothing is wrong.\n")
    told = "\n".join(seen)
    for area in (
        "PORT",
        "CHANGE_NAMES",
        "ISSUER",
        "POLICY",
        "TOTP_WINDOW",
        "SESSION_IDLE",
        "TRUST_BROWSERS_FOR",
        "BACKUP_CODES",
        "MAIL_FROM",
        "files",
        "tables",
    ):
        assert area in told


def test_what_comes_from_the_environment_is_mended_there(tmp_path: Path) -> None:
    line = f"vestibule doctor --instance {tmp_path}"
    says(f"vestibule init --instance {tmp_path}")
    said = says(line, VESTIBULE_ISSUER="A:B")
    assert "Fix: export VESTIBULE_ISSUER=Acme" in said.output
    hostile = says(line, VESTIBULE_BASE_URL="http://$(reboot).example.org")
    assert "Fix: export VESTIBULE_BASE_URL='https://$(reboot).example.org'" in hostile.output
    told = json.loads(says(f"{line} --json").output)
    assert [one["fix"] for one in told["wrong"]] == [f"vestibule db upgrade --instance {tmp_path}"]
