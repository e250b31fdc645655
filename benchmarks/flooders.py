"""Whoever floods a site with sign-ins: many connections, each with a form of its own.

A program of its own, so that it can be held to a core and made to stand back behind what measures:

    python -m benchmarks.flooders PORT CONNECTIONS RATE

sends RATE passwords a second until it is told to stop (SIGTERM), and prints how many answers of
each status there were.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlencode

from benchmarks.client import Client, token_of

BEHIND = 10
"""Niceness: the clock of whoever measures on the same core must not wait for these."""


@dataclass
class Flooded:
    """What came of it, once it is over."""

    answers: Counter[str] = field(default_factory=Counter)
    """By status; broken connections by their error."""
    seconds: float = 0.0


@contextmanager
def flood(port: int, connections: int, rate: int) -> Iterator[Flooded]:
    """Let it come for as long as the block lasts."""
    flooded = Flooded()
    command = [sys.executable, "-m", "benchmarks.flooders", *map(str, (port, connections, rate))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        next(iter(process.stdout or ()))  # each has its form
        begun = time.monotonic()
        try:
            yield flooded
        finally:
            process.terminate()
            said = process.communicate(timeout=120)[0]
            flooded.seconds = time.monotonic() - begun
            flooded.answers.update(json.loads(said))


class Flooder(threading.Thread):
    """One connection that guesses, half of the time the same name, and comes from anywhere."""

    def __init__(self, port: int, number: int, every: float, end: threading.Event) -> None:
        super().__init__(daemon=True)
        self._port, self._number, self._every, self._end = port, number, every, end
        self.answers: Counter[str] = Counter()
        browser = Client(port)
        self._token = token_of(browser.get("/login").text)
        self._cookie = browser.cookie_header()

    def run(self) -> None:
        due = time.monotonic()
        count = 0
        while not self._end.is_set():
            try:
                with socket.create_connection(("127.0.0.1", self._port), 60) as connection:
                    while not self._end.is_set():
                        time.sleep(max(0.0, due - time.monotonic()))
                        due = max(due + self._every, time.monotonic() - 1)
                        count += 1
                        connection.sendall(self._request(count))
                        status, goes_on = _answer(connection)
                        self.answers[status] += 1
                        if not goes_on:
                            break
            except OSError as error:
                self.answers[type(error).__name__] += 1

    def _request(self, count: int) -> bytes:
        name = "everybody" if count % 2 else f"nobody-{self._number}-{count}"
        body = urlencode(
            {"csrf_token": self._token, "username": name, "password": "a guess of somebody"}
        )
        address = f"10.{self._number % 250}.{count // 250 % 250}.{count % 250}"
        return (
            "POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"X-Forwarded-For: {address}\r\nCookie: {self._cookie}\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        ).encode()


def _answer(connection: socket.socket) -> tuple[str, bool]:
    """The status, and whether the connection goes on."""
    read = b""
    while b"\r\n\r\n" not in read:
        more = connection.recv(65536)
        if not more:
            raise ConnectionResetError
        read += more
    head, _, body = read.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").lower().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines[1:])
    left = int(headers.get("content-length", 0)) - len(body)
    while left > 0:
        more = connection.recv(65536)
        if not more:
            raise ConnectionResetError
        left -= len(more)
    return lines[0].split()[1], headers.get("connection") != "close"


def main() -> None:
    port, connections, rate = (int(one) for one in sys.argv[1:])
    os.nice(BEHIND)
    end = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: end.set())
    flooders = [Flooder(port, one, connections / rate, end) for one in range(connections)]
    for one in flooders:
        one.start()
    print("flooding", flush=True)
    end.wait()
    for one in flooders:
        one.join(60)
    print(json.dumps(sum((one.answers for one in flooders), Counter())), flush=True)


if __name__ == "__main__":
    main()
