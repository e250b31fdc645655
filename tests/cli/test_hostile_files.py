"""Files that an operator hands to a command, and that somebody else wrote."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli.test_audit import host as host
from tests.cli.test_audit import make as make
from tests.cli.test_audit import says
from tests.support.host_app import Host
from vestibule.audit.seals import Seal

SEAL = {
    **dict.fromkeys(("made_at", "until", "previous", "events_hash", "hash", "key_id"), "x"),
    "number": 1,
    "opening": False,
    "events": ["a" * 32],
    "mac": "x",
}


@pytest.mark.parametrize(
    "changed",
    [
        {"number": 10**30},
        {"number": True},
        {"events": ["\ud800"]},
        {"events": ["a" * 32] * 70_000},
        {"hash": "\ud800"},
        {"previous": {}},
    ],
)
def test_a_hostile_file_of_seals_is_told_in_a_sentence(
    host: Host, tmp_path: Path, changed: dict[str, object]
) -> None:
    seal = Seal(**(SEAL | changed))  # type: ignore[arg-type]
    seal = replace(seal, hash=seal.rightful_hash) if "hash" not in changed else seal
    file = tmp_path / "seals"
    file.write_text(seal.as_line())
    ended = says(host, "verify", "--seals", str(file))
    assert ended.exit_code in (1, 3)
    assert isinstance(ended.exception, SystemExit), ended.exception


@pytest.mark.parametrize("line", [b"[" * 100_000, b"\xff\xfe", b"{" + b'"a":' * 9, b"\0"])
def test_a_file_that_holds_no_seals_is_told_in_a_sentence(
    host: Host, tmp_path: Path, line: bytes
) -> None:
    file = tmp_path / "seals"
    file.write_bytes(line)
    ended = says(host, "verify", "--seals", str(file))
    assert ended.exit_code == 1
    assert "is no exported seal" in ended.output
