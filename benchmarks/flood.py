"""``make bench-flood``: whether a site goes on while somebody floods its sign-in.

The server is held to one core, all clients to another. Ten times as many passwords come as a core
can hash, each with a valid form and from an address of its own, half of them for one name and the
others for names that nobody has. Meanwhile somebody who is signed in opens a page again and again,
and people sign in with browsers that their accounts know. Turns without the flood and with it
alternate, and of each kind the best counts: what else the machine does only adds.
"""

import argparse
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.client import Client, SignInFailed, signed_in, token_of
from benchmarks.flooders import Flooded, flood
from benchmarks.servers import DemoUser, Server, argon2_seconds, demo_users, site

HASH_MIB = 19
TIMES_OVER = 10
THINKS = 0.005
"""Seconds between two pages of whoever is signed in."""


@dataclass
class Turn:
    latencies: list[float]
    flooded: Flooded

    def percentile(self, part: float) -> float:
        """Milliseconds."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * part))] * 1000


class Owner:
    """Somebody whose browser is known, having signed in there before."""

    def __init__(self, server: Server, user: DemoUser) -> None:
        self._browser, self._user = Client(server.port, "192.0.2.2"), user
        self.came_in = False
        signed_in(self._browser, user)
        form = self._browser.get("/dashboard").text
        self._browser.post("/logout", {"csrf_token": token_of(form)})

    def comes(self) -> None:
        signed_in(self._browser, self._user)
        self.came_in = self._browser.get("/dashboard").status == 200


class Memory:
    """MiB of all processes of a server together; what they share counts once."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.before = self.most = self._now()

    @contextmanager
    def watched(self) -> Iterator[None]:
        end = threading.Event()

        def watch() -> None:
            while not end.wait(0.2):
                self.most = max(self.most, self._now())

        watching = threading.Thread(target=watch)
        watching.start()
        try:
            yield
        finally:
            end.set()
            watching.join()

    def _now(self) -> float:
        processes = [self._server.process, *self._server.process.children(recursive=True)]
        return float(sum(one.memory_full_info().pss for one in processes)) / 2**20


def main() -> None:
    options = _arguments()
    clients_core, servers_core, *_ = sorted(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory(prefix="vestibule-bench-") as folder:
        place = Path(folder)
        users = demo_users(place, options.owners + 1, options.database)
        os.sched_setaffinity(0, {servers_core})
        rate = round(options.times / argon2_seconds())
        with site(place, options.database, options.workers, options.threads, proxies=1) as server:
            os.sched_setaffinity(0, {clients_core})
            reader = Client(server.port, "192.0.2.1")
            signed_in(reader, users[0])
            owners = [Owner(server, one) for one in users[1:]]
            read(reader, options.pages)
            memory = Memory(server)
            idle, flooded = [], []
            for number in range(options.turns):
                idle.append(read(reader, options.pages))
                coming = owners[number :: options.turns]
                flooded.append(read_meanwhile(server, reader, coming, rate, memory, options))
    _print(options, rate, idle, flooded, owners, memory)


def read(browser: Client, count: int) -> Turn:
    latencies = []
    for _ in range(count):
        time.sleep(THINKS)
        begun = time.perf_counter()
        if browser.get("/dashboard").status != 200:
            raise SignInFailed("the dashboard did not open")
        latencies.append(time.perf_counter() - begun)
    return Turn(latencies, Flooded())


def read_meanwhile(
    server: Server,
    reader: Client,
    owners: list[Owner],
    rate: int,
    memory: Memory,
    options: argparse.Namespace,
) -> Turn:
    def come() -> None:
        for one in owners:
            one.comes()

    with flood(server.port, options.connections, rate) as flooded:
        time.sleep(1)
        coming = threading.Thread(target=come)
        with memory.watched():
            coming.start()
            turn = read(reader, options.pages)
            coming.join()
    return Turn(turn.latencies, flooded)


def _print(
    options: argparse.Namespace,
    rate: int,
    idle: list[Turn],
    flooded: list[Turn],
    owners: list[Owner],
    memory: Memory,
) -> None:
    p99 = [min(one.percentile(0.99) for one in turns) for turns in (idle, flooded)]
    p50 = [min(one.percentile(0.5) for one in turns) for turns in (idle, flooded)]
    answers = sum((one.flooded.answers for one in flooded), Flooded().answers)
    seconds = sum(one.flooded.seconds for one in flooded)
    # One slot of one core, the one that is kept, each with a thread in each worker.
    bound = 2 * options.workers * HASH_MIB
    print(
        f"{rate} sign-ins a second were meant to come, {sum(answers.values()) / seconds:.0f} did\n"
        f"  answers to them                {dict(sorted(answers.items()))}\n"
        f"  a signed-in page, idle         p50 {p50[0]:6.1f} ms, p99 {p99[0]:6.1f} ms\n"
        f"  meanwhile                      p50 {p50[1]:6.1f} ms, p99 {p99[1]:6.1f} ms\n"
        f"  p99 meanwhile / idle           {p99[1] / p99[0]:6.1f}      (aim: at most 3)\n"
        f"  owners' known browsers came in {sum(one.came_in for one in owners)} of {len(owners)}\n"
        f"  memory grew by                 {memory.most - memory.before:6.0f} MiB"
        f"  (hashing may take {bound} MiB)"
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench-flood ARGS=...", description=__doc__)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--pages", type=int, default=600, help="pages of one turn")
    parser.add_argument("--owners", type=int, default=6, help="people with known browsers")
    parser.add_argument("--connections", type=int, default=50, help="of whoever floods")
    parser.add_argument("--times", type=float, default=TIMES_OVER, help="what a core can hash")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--database", default="", help="empty database; default: a SQLite file")
    return parser.parse_args()


if __name__ == "__main__":
    main()
