"""An application of somebody else, started as its README says: a real process on a free port."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

from tests.support.running_program import START_WITHIN, free_port

BIN = Path(sys.executable).parent


def environment(**given: str) -> dict[str, str]:
    """The environment of somebody who has activated the virtual environment of the tests."""
    around = {
        name: text
        for name, text in os.environ.items()
        if not name.startswith(("VESTIBULE_", "FLASK_", "PYTEST_"))
    }
    return {**around, "PATH": f"{BIN}:{around['PATH']}", **given}


def runs(script: str, folder: Path, timeout: float = 120, **variables: str) -> str:
    """Runs lines of a shell there, and returns what they printed; the first that fails ends it."""
    done = subprocess.run(
        ["bash", "-eu"],
        input=script,
        cwd=folder,
        env=environment(**variables),
        capture_output=True,
        text=True,
        timeout=timeout,
    )
    assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@contextlib.contextmanager
def served(folder: Path, *command: str, **variables: str) -> Iterator[str]:
    """Starts ``flask … run`` in ``folder`` and gives its address; the process ends with the block.

    Raises RuntimeError with what it printed where it ends or stays silent.
    """
    port = free_port()
    log = folder / "served.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*command, "--port", str(port)],
            cwd=folder,
            env=environment(**variables),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(process, url, log)
        yield url
    finally:
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    until = time.monotonic() + START_WITHIN
    with httpx.Client(timeout=5) as browser:
        while time.monotonic() < until and process.poll() is None:
            with contextlib.suppress(httpx.TransportError):
                browser.get(url)
                return
            time.sleep(0.05)
    raise RuntimeError(f"it did not start; it said:\n{log.read_text(errors='replace')}")
