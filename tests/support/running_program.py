"""A program that listens on a port of this machine, with its processes and what it printed."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx
import psutil

START_WITHIN = 60  # seconds; a start that takes longer is a failure, with the log in the sentence
STOP_WITHIN = 40


class RunningProgram:
    """``with RunningProgram(command, port=port, log=log):`` waits until it answers."""

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        port: int,
        log: Path,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.log = log
        self._command = command
        # The tests' own switches are no settings of a site.
        around = {name: text for name, text in os.environ.items() if "VESTIBULE_" not in name}
        self.environment = {**around, **(environment or {})}
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Starts it (again); raises RuntimeError with the log where it ends or stays silent."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self.environment,
                start_new_session=True,
            )
        try:
            self._wait_until_it_answers()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> int:
        """Ends it as an operator would (SIGTERM) and returns its exit code."""
        process, self._process = self._process, None
        if process is None:
            return 0
        process.terminate()
        try:
            return process.wait(STOP_WITHIN)
        except subprocess.TimeoutExpired:
            raise RuntimeError(f"the program did not stop; it said:\n{self.said()}") from None
        finally:
            # Whatever is left of the group goes, so that no test leaves a process behind.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def workers(self) -> list[psutil.Process]:
        """The processes that answer requests."""
        return [child for child in psutil.Process(self.pid).children() if child.is_running()]

    def kill_worker(self) -> int:
        """``kill -9`` for one worker, as the kernel does when memory runs out; returns its pid."""
        worker = min(self.workers(), key=lambda each: each.create_time())
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        return int(worker.pid)

    def kill_all(self) -> None:
        """``kill -9`` for the first process and all that it started, as when a machine dies."""
        process, self._process = self._process, None
        assert process is not None
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    @property
    def pid(self) -> int:
        if self._process is None:
            raise RuntimeError("the program is not running")
        return self._process.pid

    def said(self) -> str:
        """Everything it printed so far."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def _wait_until_it_answers(self) -> None:
        assert self._process is not None
        until = time.monotonic() + START_WITHIN
        # One for all tries: making one costs as much as a page.
        with httpx.Client(timeout=5) as browser:
            while time.monotonic() < until:
                if self._process.poll() is not None:
                    code = self._process.returncode
                    raise RuntimeError(
                        f"the program ended with exit code {code}; it said:\n{self.said()}"
                    )
                with contextlib.suppress(httpx.TransportError):
                    if browser.get(self.url).status_code < 500:
                        return
                time.sleep(0.05)
        raise RuntimeError(f"the program did not answer; it said:\n{self.said()}")


def free_port() -> int:
    """A port of 127.0.0.1 that nobody uses now.

    Not one that the system would choose: it gives those to every outgoing connection too, and one
    could take the port until a site has started.
    """
    while True:
        port = random.randint(10_000, 30_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
