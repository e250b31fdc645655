"""`make bench` works from end to end; what it measures is for quiet machines."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.system


def test_the_benchmark_compares_us_with_the_tutorial(tmp_path: Path) -> None:
    kept = tmp_path / "figures.json"
    quick = ["--quick", "--only", "sqlite", "--names", "Vestibule", "tutorial"]
    command = [sys.executable, "-m", "benchmarks.compare", *quick, "--json", str(kept)]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    rows = {row["what"]: row["values"] for row in json.loads(kept.read_text())["rows"]}
    for what in ("sign-in ÷ one argon2id verification", "memory of a worker ÷ the tutorial’s"):
        assert set(rows[what]) == {"Vestibule", "tutorial"}
        assert all(ratio > 0 for ratio in rows[what].values())
        assert what in done.stdout
