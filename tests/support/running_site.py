"""A real ``vestibule run``: its own processes, its own instance folder, a free port."""

from __future__ import annotations

import contextlib
import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import psutil
from sqlalchemy import create_engine, text

from tests.support.person import Person

PROGRAM = Path(sys.executable).with_name("vestibule")
START_WITHIN = 60  # seconds; a start that takes longer is a failure, with the log in the sentence
STOP_WITHIN = 40


class RunningSite:
    """``with RunningSite(tmp_path / "instance") as site:`` starts it and waits until it answers.

    With ``database`` it keeps its data there instead of in the instance's SQLite file.
    """

    def __init__(
        self,
        instance: Path,
        *,
        database: str | None = None,
        workers: int = 2,
        threads: int = 4,
        port: int | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.instance = instance
        self.database_url = _with_driver(
            database or f"sqlite:///{instance.resolve() / 'vestibule.db'}"
        )
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = instance.with_name(instance.name + ".log")
        self._arguments = [
            *("--workers", str(workers), "--threads", str(threads), "--port", str(self.port)),
            *("--instance", str(instance)),
            *(("--database", database) if database else ()),
        ]
        # The tests' own switches are no settings of a site.
        around = {name: text for name, text in os.environ.items() if "VESTIBULE_" not in name}
        self._environment = {**around, **(environment or {})}
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
                [PROGRAM, "run", *self._arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._environment,
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
            raise RuntimeError(f"the site did not stop; it said:\n{self.said()}") from None
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

    @property
    def pid(self) -> int:
        if self._process is None:
            raise RuntimeError("the site is not running")
        return self._process.pid

    def said(self) -> str:
        """Everything it printed so far."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def person(self, **given: str) -> Person:
        """Somebody new, who has not registered yet."""
        return Person(self.url, **given)

    def member(self, **given: str) -> Person:
        """Somebody who registered, set up an authenticator, and is signed in."""
        person = self.person(**given)
        person.registers()
        person.sets_up_authenticator()
        return person

    def events(self, *kinds: str) -> list[dict[str, Any]]:
        """The rows of the audit, oldest first; with kinds, only those."""
        rows = self.rows("SELECT * FROM vestibule_event ORDER BY at, id")
        return [row for row in rows if not kinds or row["kind"] in kinds]

    def rows(self, statement: str, **values: Any) -> list[dict[str, Any]]:
        """What the database says to a statement; a change is committed."""
        engine = create_engine(self.database_url)
        try:
            with engine.begin() as connection:
                answer = connection.execute(text(statement), values)
                return [dict(row) for row in answer.mappings()] if answer.returns_rows else []
        finally:
            engine.dispose()

    def _wait_until_it_answers(self) -> None:
        assert self._process is not None
        until = time.monotonic() + START_WITHIN
        while time.monotonic() < until:
            if self._process.poll() is not None:
                code = self._process.returncode
                raise RuntimeError(f"the site ended with exit code {code}; it said:\n{self.said()}")
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(self.url, timeout=5).status_code < 500:
                    return
            time.sleep(0.05)
        raise RuntimeError(f"the site did not answer; it said:\n{self.said()}")


def _with_driver(url: str) -> str:
    """The address with the driver that Vestibule installs."""
    return re.sub("^postgres(ql)?://", "postgresql+psycopg://", url)


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
