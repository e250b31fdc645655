"""What opens doors for tests opens none anywhere else."""

from __future__ import annotations

import subprocess
import sys
import unittest
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.support.host_app import Host
from tests.support.served import environment
from vestibule.foundation.under_test import a_test_runs
from vestibule.testing import authenticator, cheap_hashes, movable_clock, signed_in

PLAIN = """
import sys, unittest, pathlib
from shop import create_app, db, User
from vestibule import new_key
from vestibule import testing

def app(**config):
    made = create_app(
        TESTING=True, SECRET_KEY="a long enough secret key", VESTIBULE_KEYS=[new_key()],
        SQLALCHEMY_DATABASE_URI="sqlite:///" + sys.argv[1] + "/plain.db", **config
    )
    with made.app_context():
        db.create_all()
    return made

def tries():
    made = app(VESTIBULE_CLOCK="movable", VESTIBULE_HASHER="cheap")
    services = made.extensions["vestibule"].runtime.services
    with made.app_context():
        ann = User(username="ann", password="x")
        db.session.add(ann)
        db.session.commit()
        yield lambda: testing.signed_in(made.test_client(), ann)
        yield lambda: testing.authenticator(ann)
        yield lambda: testing.csrf_token_of(made.test_client(), "/login")
        yield lambda: testing.movable_clock(made)
        yield lambda: testing.MovableClock()
        yield lambda: testing.cheap_hashes(made)
        yield lambda: testing.temporary_database(pathlib.Path(sys.argv[1]))
    assert services is made.extensions["vestibule"].runtime.services
    assert type(services.clock).__name__ == "SystemClock"
    with services.hasher.slot() as slot:
        assert "m=19456,t=2,p=1" in slot.hash("x")
"""
REFUSED = """
for number, call in enumerate(tries()):
    try:
        call()
    except RuntimeError as error:
        assert "no test runs here" in str(error), error
    else:
        sys.exit(f"call {number} was not refused")
print("all refused")
"""
UNITTEST = """
class Story(unittest.TestCase):
    def test_helpers(self):
        made = app()
        with made.app_context():
            ann = User(username="ann", password="x")
            db.session.add(ann)
            db.session.commit()
            client = testing.signed_in(made.test_client(), ann)
        self.assertEqual(client.get("/orders").text, "Orders of ann")

unittest.main(argv=["story"])
"""


def run(program: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    here = str(Path(__file__).parent)
    around = environment(**variables)
    around["PYTHONPATH"] = f"{here}:{around.get('PYTHONPATH', '')}"
    return subprocess.run(
        [sys.executable, "-c", PLAIN + program, str(folder)],
        cwd=folder,
        env=around,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_every_helper_refuses_in_a_plain_process(tmp_path: Path) -> None:
    """TESTING is set, unittest is imported and the environment speaks of pytest: still no test."""
    done = run(REFUSED, tmp_path, PYTEST_VERSION="9", PYTEST_CURRENT_TEST="test.py")
    assert done.stdout == "all refused\n", done.stderr


def test_unittest_is_a_test_too(tmp_path: Path) -> None:
    done = run(UNITTEST, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Ran 1 test" in done.stderr


@pytest.mark.parametrize("helper", [movable_clock, cheap_hashes])
def test_an_application_that_is_not_tested(helper: Callable[[Flask], Any], host: Host) -> None:
    before = host.services
    with pytest.raises(RuntimeError, match=r'app\.config\["TESTING"\] = True'):
        helper(host.app)
    with pytest.raises(RuntimeError, match="TESTING"):
        signed_in(host.app.test_client(), object())
    with pytest.raises(RuntimeError, match="TESTING"):
        authenticator(object(), host.app)
    assert host.services is before


def test_an_application_without_vestibule() -> None:
    app = Flask("bare")
    app.testing = True
    with pytest.raises(RuntimeError, match=r"Vestibule\(app, db\)"):
        movable_clock(app)


def test_vestibule_itself_loads_no_test_program(tmp_path: Path) -> None:
    program = (
        "import sys, vestibule, vestibule.testing\n"
        "loaded = {'pytest', '_pytest', 'unittest'} & set(sys.modules)\n"
        "assert not loaded, loaded\n"
        "import vestibule.foundation.under_test as it\n"
        "assert not it.a_test_runs()"
    )
    subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment(), check=True, timeout=60
    )


def test_pytest_alone_is_no_unittest(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PYTEST_VERSION", "PYTEST_CURRENT_TEST"):
        monkeypatch.delenv(name, raising=False)
    assert not a_test_runs()

    class Story(unittest.TestCase):
        def runTest(self) -> None:  # noqa: N802 - unittest's name
            assert a_test_runs()

    assert Story().run(unittest.TestResult()).wasSuccessful()  # type: ignore[union-attr]
