"""``make bench-shares``: what of a sign-in's CPU the database takes, what the pages, what the rest.

One process, one thread, no server and no network, and the hash is made by a thread of its own: what
is counted is the work of the five requests alone. On a running site it costs about twice as much,
since hashes and other requests empty the processor's caches; the shares are much the same.
"""

import argparse
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jinja2
from flask import Flask
from sqlalchemy import Engine, event

from benchmarks.client import Answer, Client, whole_sign_in
from benchmarks.database import POSTGRESQL, SQLITE, database
from benchmarks.servers import argon2_seconds, demo_users
from vestibule.ready_site.options import read_options
from vestibule.ready_site.start import prepared_site

WARM_UP = 10
DRIVER, TEMPLATES = "database’s driver", "templates"


@dataclass
class Spent:
    """CPU seconds of one request."""

    whole: float = 0.0
    parts: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    statements: int = 0


class Meter:
    """Counts what each request spends, and on what."""

    def __init__(self) -> None:
        self.now = Spent()

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        begun = time.thread_time()
        yield
        self.now.parts[name] += time.thread_time() - begun

    @contextmanager
    def listens(self) -> Iterator[None]:
        """To the statements of every engine, BEGIN and COMMIT too, and to templates."""
        begun = 0.0

        def begins(*_: Any) -> None:
            nonlocal begun
            begun = time.thread_time()

        def ends(*_: Any) -> None:
            self.now.parts[DRIVER] += time.thread_time() - begun
            self.now.statements += 1

        render = jinja2.Template.render

        def measured(*given: Any, **more: Any) -> str:
            with self.part(TEMPLATES):
                return render(*given, **more)

        heard = (("before_cursor_execute", begins), ("after_cursor_execute", ends))
        for name, call in heard:
            event.listen(Engine, name, call)
        jinja2.Template.render = measured  # type: ignore[method-assign]
        try:
            yield
        finally:
            jinja2.Template.render = render  # type: ignore[method-assign]
            for name, call in heard:
                event.remove(Engine, name, call)

    def answers(self, app: Flask, ask: Callable[[], Any]) -> tuple[Any, Spent]:
        """An answer, and what it cost, the client's part left out."""
        self.now = Spent()
        answer_of = app.wsgi_app

        def counted(environ: Any, start: Any) -> Any:
            begun = time.thread_time()
            try:
                return answer_of(environ, start)
            finally:
                self.now.whole = time.thread_time() - begun

        app.wsgi_app = counted  # type: ignore[method-assign]
        try:
            return ask(), self.now
        finally:
            app.wsgi_app = answer_of  # type: ignore[method-assign]


class InProcess(Client):
    """The client of the other benchmarks, without a network."""

    def __init__(self, app: Flask, meter: Meter) -> None:
        self._app, self._meter, self._browser = app, meter, app.test_client()
        self.spent: list[Spent] = []

    def _ask(self, method: str, path: str, body: str | None) -> Answer:
        form = {"data": body, "content_type": "application/x-www-form-urlencoded"} if body else {}
        response, spent = self._meter.answers(
            self._app, lambda: self._browser.open(path, method=method, **form)
        )
        self.spent.append(spent)
        return Answer(response.status_code, response.headers.get("Location", ""), response.text)


REQUESTS = ("form", "password", "form for the code", "code", "page")


def main() -> None:
    options = _arguments()
    for kind in (SQLITE, POSTGRESQL):
        if options.only in ("", kind.lower()):
            with database(kind, 1) as empty, tempfile.TemporaryDirectory() as folder:
                _measure(kind, Path(folder), next(empty.urls), options.sign_ins)


def _measure(kind: str, place: Path, url: str, count: int) -> None:
    people = demo_users(place, count + WARM_UP, url)
    given = {"instance": str(place / "instance")} | ({"database": url} if url else {})
    app, meter = prepared_site(read_options(given)), Meter()
    found = []
    with meter.listens():
        for person in people:
            browser = InProcess(app, meter)
            whole_sign_in(browser, person)
            found.append(browser.spent)
    hash_ms = argon2_seconds() * 1000
    print("\n".join(_lines(kind, found[WARM_UP:], hash_ms, _hello(meter) * 1000)))


def _hello(meter: Meter) -> float:
    app = Flask("hello")
    app.add_url_rule("/", "hello", lambda: "hello")
    asked = [meter.answers(app, lambda: app.test_client().get("/"))[1].whole for _ in range(500)]
    return statistics.median(asked)


def _lines(kind: str, found: list[list[Spent]], hash_ms: float, hello_ms: float) -> Iterator[str]:
    def median(of: Callable[[Spent], float], number: int) -> float:
        return statistics.median(of(one[number]) for one in found)

    yield f"{kind}: CPU in ms, medians of {len(found)} sign-ins; one hash {hash_ms:.1f} ms"
    yield f"  {'':20}{'whole':>8}{DRIVER:>20}{TEMPLATES:>12}{'the rest':>10}{'statements':>12}"
    sums = [0.0] * 5
    for number, name in enumerate(REQUESTS):
        parts = [
            median(lambda one: one.whole, number) * 1000,
            median(lambda one: one.parts[DRIVER], number) * 1000,
            median(lambda one: one.parts[TEMPLATES], number) * 1000,
        ]
        row = [*parts, parts[0] - parts[1] - parts[2], median(lambda one: one.statements, number)]
        sums = [a + b for a, b in zip(sums, row, strict=True)]
        yield _line(name, row)
    yield _line("together", sums)
    yield f"  ÷ one hash: whole {sums[0] / hash_ms:.2f}, {DRIVER} alone {sums[1] / hash_ms:.2f}"
    yield f"  five times “hello” of bare Flask: {5 * hello_ms:.2f} ms"


def _line(name: str, row: list[float]) -> str:
    whole, driver, templates, rest, statements = row
    return f"  {name:20}{whole:8.2f}{driver:20.2f}{templates:12.2f}{rest:10.2f}{statements:12.0f}"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench-shares ARGS=...", description=__doc__)
    parser.add_argument("--sign-ins", type=int, default=100)
    parser.add_argument("--only", choices=("sqlite", "postgresql"), default="")
    return parser.parse_args()


if __name__ == "__main__":
    main()
