"""Whether the time of an answer tells who has an account (ENUM-2).

A wrong password and a forgotten one, each for names that there are and names that there are not, in
turns, each from an address of its own. Beside the difference between the two stands that between
two runs with the same names: what is not above that is noise.
"""

import secrets
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from benchmarks.client import Client, SignInFailed, token_of
from benchmarks.servers import DemoUser, Server

ANSWERS = 200


@dataclass(frozen=True)
class Medians:
    """Seconds."""

    known: float
    known_again: float
    unknown: float

    @property
    def difference(self) -> float:
        return abs(self.unknown - (self.known + self.known_again) / 2)

    @property
    def noise(self) -> float:
        return abs(self.known - self.known_again)


def measure_answers(server: Server, people: list[DemoUser]) -> dict[str, Medians]:
    """What is asked, and how long its answers took."""
    known = [person.login for person in people]
    unknown = [f"demo-{secrets.token_hex(3)}-{number}" for number in range(len(known))]
    addresses = (f"198.18.{number // 250}.{number % 250 + 1}" for number in range(10_000))
    return {
        "a wrong password": _compared(
            known, unknown, lambda name: _wrong_password(server, name, next(addresses))
        ),
        "a forgotten password": _compared(
            known, unknown, lambda name: _forgotten(server, name, next(addresses))
        ),
    }


def _compared(known: list[str], unknown: list[str], ask: Callable[[str], float]) -> Medians:
    taken: tuple[list[float], ...] = ([], [], [])
    for one, nobody in zip(known, unknown, strict=True):
        for number, name in enumerate((one, one, nobody)):
            taken[number].append(ask(name))
    return Medians(*(statistics.median(one) for one in taken))


def _wrong_password(server: Server, name: str, address: str) -> float:
    fields = {"username": name, "password": "not the password of anybody"}
    return _timed(server, "/login", fields, address, expected=422)


def _forgotten(server: Server, name: str, address: str) -> float:
    fields = {"email": f"{name}@example.org"}
    return _timed(server, "/forgot-password", fields, address, expected=200)


def _timed(
    server: Server, path: str, fields: dict[str, str], address: str, *, expected: int
) -> float:
    client = Client(server.port, address)
    token = token_of(client.get(path).text)
    begun = time.perf_counter()
    answer = client.post(path, {"csrf_token": token, **fields})
    taken = time.perf_counter() - begun
    if answer.status != expected:
        raise SignInFailed(f"{path} answered {answer.status}")
    return taken


def lines_about(found: dict[str, Medians]) -> Iterator[str]:
    yield f"medians of {ANSWERS} answers each, for names that there are and that there are not"
    for asked, one in found.items():
        same, others = (one.known, one.known_again), one.unknown
        yield (
            f"  {asked:22}{same[0] * 1000:9.2f} and {same[1] * 1000:.2f} ms for the same names, "
            f"{others * 1000:.2f} ms for others: "
            f"{one.difference * 1000:.2f} ms apart, noise {one.noise * 1000:.2f} ms"
        )
