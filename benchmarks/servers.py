"""What is measured: the ready site, a bare Flask "hello" and a host with us and without, served
alike, and one argon2id hash.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from argon2 import PasswordHasher

PROGRAM = Path(sys.executable).with_name("vestibule")
VERIFICATIONS = 60


@dataclass(frozen=True)
class DemoUser:
    login: str
    password: str
    secret: str


@dataclass(frozen=True)
class Server:
    """A server's processes: the first one and all its workers."""

    port: int
    process: psutil.Process

    def cpu_seconds(self) -> float:
        """User and system time of all its processes so far."""
        times = [one.cpu_times() for one in (self.process, *self.process.children(recursive=True))]
        return sum(one.user + one.system for one in times)

    def worker_memory(self) -> float:
        """Bytes of one worker, the mean: what it shares with others divided among them (PSS)."""
        workers = self.process.children()
        found = [getattr(info := one.memory_full_info(), "pss", info.uss) for one in workers]
        return sum(found) / len(found)


def demo_users(
    place: Path, count: int, database: str, *, keep: int | None = None
) -> list[DemoUser]:
    """Fill the database of ``place`` with people who have a second step; those who are kept."""
    file = place / "people.json"
    options = ["--instance", str(place / "instance")]
    options += ["--database", database] if database else []
    command = [str(PROGRAM), "demo", "--accounts", str(count), "--keep", str(keep or count)]
    subprocess.run(  # noqa: S603 - our own program
        [*command, "--output", str(file), *options], check=True, stdout=subprocess.DEVNULL
    )
    people = json.loads(file.read_text())["users"]
    return [DemoUser(one["login"], one["password"], one["secret"]) for one in people]


def argon2_seconds() -> float:
    """CPU seconds of one verification with the floor's parameters, measured here and now."""
    hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
    stored = hasher.hash("correct horse battery staple")
    hasher.verify(stored, "correct horse battery staple")
    before = time.process_time()
    for _ in range(VERIFICATIONS):
        hasher.verify(stored, "correct horse battery staple")
    return (time.process_time() - before) / VERIFICATIONS


@contextmanager
def site(
    place: Path, database: str, workers: int, threads: int, *, proxies: int = 0
) -> Iterator[Server]:
    """The ready site on a free port."""
    port = free_port()
    options = ["--instance", str(place / "instance"), "--port", str(port)]
    options += ["--workers", str(workers), "--threads", str(threads)]
    options += ["--database", database] if database else []
    environment = {"VESTIBULE_PROXIES": str(proxies)}
    with running([str(PROGRAM), "run", *options], port, environment) as server:
        yield server


@contextmanager
def hello(workers: int, threads: int) -> Iterator[Server]:
    """A bare Flask application, served as the site is."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.hello", str(port), str(workers), str(threads)]
    with running(command, port) as server:
        yield server


@contextmanager
def a_host(
    place: Path, workers: int, threads: int, *, with_us: bool, database: str = ""
) -> Iterator[Server]:
    """An application with Flask-Login, served as the site is, with the second step or without."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.a_host", str(port), str(workers), str(threads)]
    command += [str(place), "with" if with_us else "without", database]
    with running(command, port) as server:
        yield server


@contextmanager
def running(
    command: list[str], port: int, environment: Mapping[str, str] | None = None
) -> Iterator[Server]:
    process = subprocess.Popen(  # noqa: S603 - our own programs
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,  # a line for each request
        start_new_session=True,
        env=os.environ | (environment or {}),
    )
    try:
        _wait_for(process, port)
        yield Server(port, psutil.Process(process.pid))
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def _wait_for(process: subprocess.Popen[bytes], port: int) -> None:
    for _ in range(300):
        if process.poll() is not None:
            raise RuntimeError(f"{process.args!r} ended with {process.returncode}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                time.sleep(1)  # until every worker is there
                return
        time.sleep(0.1)
    raise RuntimeError(f"{process.args!r} does not listen on {port}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
