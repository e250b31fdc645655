"""``make bench-sign-in``: whole two-step sign-ins against a running site.

A whole sign-in is: GET the form, POST the password, GET the code form, POST the code, GET the
dashboard; each person new. Every figure of cost is divided by something measured in the same run,
so that it means the same on another machine:

- CPU of the server per sign-in / CPU of one argon2id verification of the same parameters
- CPU of the server per authenticated page / CPU of a bare Flask "hello" in the same gunicorn
- CPU of a host per authenticated page with Vestibule / CPU of the same host without it

And what the time of an answer tells of who has an account: nothing.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from benchmarks.answers import ANSWERS, lines_about, measure_answers
from benchmarks.client import Client, SignInFailed, signed_in, whole_sign_in
from benchmarks.servers import DemoUser, Server, a_host, argon2_seconds, demo_users, hello, site

WARM_UP = 40
TURNS = 4


@dataclass(frozen=True)
class Load:
    """What a run of many requests cost: the server's CPU seconds each, and the clients' waiting."""

    count: int
    cpu: float
    wall: float
    latencies: list[float]

    def percentile(self, part: float) -> float:
        return sorted(self.latencies)[min(self.count - 1, int(self.count * part))]


def main() -> None:
    options = _arguments()
    with tempfile.TemporaryDirectory(prefix="vestibule-bench-") as folder:
        place = Path(folder)
        users = demo_users(place, options.sign_ins + WARM_UP, options.database)
        hash_cost = argon2_seconds()
        with site(place, options.database, options.workers, options.threads) as server:
            everyone = iter(users)
            measure(server, everyone, WARM_UP, options.clients, _sign_in)
            load = measure(server, everyone, options.sign_ins, options.clients, _sign_in)
            dashboard = measure_pages(
                server, lambda client: signed_in(client, users[0]), "/dashboard", options.pages
            )
        with site(place, options.database, options.workers, options.threads, proxies=1) as server:
            answers = measure_answers(server, users[:ANSWERS])
        with hello(options.workers, options.threads) as server:
            bare = measure_pages(server, _anybody, "/", options.pages)
        hosts = measure_hosts(place, options)
    _print(options, load, dashboard, bare, hash_cost)
    _print_hosts(*hosts)
    print("\n".join(lines_about(answers)))


def measure(
    server: Server,
    users: Iterator[DemoUser],
    count: int,
    clients: int,
    act: Callable[[Server, DemoUser], None],
) -> Load:
    """Let ``clients`` at once do it ``count`` times together."""
    people = [next(users) for _ in range(count)]

    def timed(person: DemoUser) -> float:
        begun = time.perf_counter()
        act(server, person)
        return time.perf_counter() - begun

    cpu, begun = server.cpu_seconds(), time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        latencies = list(pool.map(timed, people))
    wall = time.perf_counter() - begun
    return Load(count, (server.cpu_seconds() - cpu) / count, wall, latencies)


def measure_hosts(place: Path, options: argparse.Namespace) -> tuple[Load, Load]:
    """The same application with Vestibule and without, the same page for somebody signed in.

    In turns, and the cheapest turn counts: what else the machine does only adds.
    """
    size = options.workers, options.threads
    with (
        a_host(place, *size, with_us=True) as with_us,
        a_host(place, *size, with_us=False) as without,
    ):
        turns = [
            measure_pages(one, enters_host, "/dashboard", options.pages // TURNS)
            for _ in range(TURNS)
            for one in (with_us, without)
        ]
    return min(turns[::2], key=_cpu), min(turns[1::2], key=_cpu)


def _cpu(load: Load) -> float:
    return load.cpu


def measure_pages(server: Server, begin: Callable[[Client], object], path: str, count: int) -> Load:
    """One browser, one kept connection, the same page again and again."""
    client = Client(server.port)
    begin(client)
    for _ in range(count // 10):
        client.get(path)
    latencies = []
    cpu, begun = server.cpu_seconds(), time.perf_counter()
    for _ in range(count):
        before = time.perf_counter()
        if client.get(path).status != 200:
            raise SignInFailed(f"{path} did not answer 200")
        latencies.append(time.perf_counter() - before)
    wall = time.perf_counter() - begun
    return Load(count, (server.cpu_seconds() - cpu) / count, wall, latencies)


def _anybody(_client: Client) -> None:
    """Nobody signs in."""


def enters_host(client: Client) -> None:
    if client.get("/enter").status != 200:
        raise SignInFailed("the host let nobody in")


def _sign_in(server: Server, user: DemoUser) -> None:
    whole_sign_in(Client(server.port), user)


def _print(
    options: argparse.Namespace, load: Load, dashboard: Load, bare: Load, hash_cost: float
) -> None:
    where = options.database or "SQLite"
    print(
        f"{load.count} whole sign-ins, {options.clients} at once, {options.workers} workers x "
        f"{options.threads} threads, {where.split('://')[0]}\n"
        f"  sign-ins per second            {load.count / load.wall:8.1f}\n"
        f"  latency p50, p99               {load.percentile(0.5) * 1000:8.0f} ms"
        f"{load.percentile(0.99) * 1000:8.0f} ms\n"
        f"  server CPU per sign-in         {load.cpu * 1000:8.2f} ms\n"
        f"  one argon2id verification      {hash_cost * 1000:8.2f} ms\n"
        f"  sign-in / verification         {load.cpu / hash_cost:8.2f}      (aim: at most 1.4)\n"
        f"{dashboard.count} pages on one connection\n"
        f"  dashboard, server CPU          {dashboard.cpu * 1e6:8.0f} us\n"
        f"  bare hello, server CPU         {bare.cpu * 1e6:8.0f} us\n"
        f"  dashboard / hello              {dashboard.cpu / bare.cpu:8.2f}      (aim: at most 2.6)"
    )


def _print_hosts(with_us: Load, without: Load) -> None:
    print(
        f"{with_us.count} pages of a host with Flask-Login and Flask-SQLAlchemy\n"
        f"  with Vestibule, server CPU     {with_us.cpu * 1e6:8.0f} us\n"
        f"  without, server CPU            {without.cpu * 1e6:8.0f} us\n"
        f"  with / without                 {with_us.cpu / without.cpu:8.2f}      (aim: at most 1.3)"
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench-sign-in ARGS=...", description=__doc__)
    parser.add_argument("--sign-ins", type=int, default=300, help="whole sign-ins to measure")
    parser.add_argument("--clients", type=int, default=4, help="people signing in at once")
    parser.add_argument("--pages", type=int, default=2000, help="authenticated pages to measure")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--database", default="", help="empty database; default: a SQLite file")
    return parser.parse_args()


if __name__ == "__main__":
    main()
