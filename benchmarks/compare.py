"""``make bench``: Vestibule beside other ways to sign in with a second step, as ratios.

A whole sign-in is five requests: GET the form, POST the password, GET the form for the code, POST
the code, GET a page; each person new. Everybody has the same argon2id parameters, the same
gunicorn, the same client and the same database. docs/benchmarks.md says what is compared, and what
is not.
"""

import argparse
import json
import os
import platform
import re
import statistics
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.contenders import TUTORIAL, VESTIBULE, WAYS, Size
from benchmarks.database import POSTGRESQL, SQLITE, database
from benchmarks.report import Report, Row, lines, write_into
from benchmarks.starting import BASE, IMPORT, PLAIN, WITH_US, starts
from benchmarks.turns import (
    HASH,
    HELLO,
    PAGE,
    SIGN_IN,
    WITH,
    WITHOUT,
    Effort,
    Found,
    measured,
)

ROOT = Path(__file__).parent.parent
PAGE_OF_FIGURES = ROOT / "docs" / "benchmarks.md"
SHOWN = {
    "vestibule": "Vestibule",
    "flask": "Flask",
    "flask-security-too": "Flask-Security-Too",
    "django": "Django",
    "django-allauth": "django-allauth",
    "gunicorn": "gunicorn",
}


def main() -> None:
    options = _arguments()
    effort = _effort(options)
    kinds = [kind for kind in (SQLITE, POSTGRESQL) if options.only in ("", kind.lower())]
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="vestibule-bench-") as folder:
        for kind in kinds:
            with database(kind, effort.databases) as empty:
                rows += rows_of(kind, measured(Path(folder) / kind, empty, effort), effort)
        rows += rows_of_starts(starts(Path(folder), 1 if options.quick else 15))
    report = Report(list(_about(effort)), effort.names, rows)
    print("\n".join(lines(report)))
    if options.json:
        kept = {"about": report.about, "rows": [vars(row) for row in rows]}
        options.json.write_text(json.dumps(kept, indent=2) + "\n")
    if options.write_docs:
        write_into(PAGE_OF_FIGURES, report)


def rows_of(kind: str, found: Found, effort: Effort) -> Iterator[Row]:
    """The ratios on one kind of database."""
    postgres = kind == POSTGRESQL

    def row(
        what: str, of: str, by: tuple[str, str], aim: float | None, *, with_database: bool = False
    ) -> Row:
        ratios = {
            name: found.ratio((of, name), by, with_database=with_database) for name in effort.names
        }
        values = {name: ratio for name, ratio in ratios.items() if ratio is not None}
        return Row(kind, what, values, aim)

    sign_in = "sign-in ÷ one argon2id verification"
    page = "page of somebody signed in ÷ bare Flask"
    yield row(sign_in, SIGN_IN, (SIGN_IN, HASH), 1.25 if postgres else 1.2)
    if postgres:
        yield row(
            f"{sign_in}, with PostgreSQL’s CPU", SIGN_IN, (SIGN_IN, HASH), None, with_database=True
        )
    yield row(page, PAGE, (PAGE, HELLO), 2.4 if postgres else 2.0)
    if postgres:
        yield row(f"{page}, with PostgreSQL’s CPU", PAGE, (PAGE, HELLO), None, with_database=True)
    beside = found.ratio((PAGE, WITH), (PAGE, WITHOUT))
    if beside is not None:
        yield Row(kind, "a page ÷ the same page with Flask-Login alone", {VESTIBULE: beside}, 1.2)
    if TUTORIAL in found.memory:
        memory = {name: found.memory[name] / found.memory[TUTORIAL] for name in effort.names}
        yield Row(kind, "memory of a worker ÷ the tutorial’s", memory, 1.3)


def rows_of_starts(found: dict[str, list[float]]) -> Iterator[Row]:
    """What a start costs; the database makes no difference."""
    for what, of, by in (
        ("import vestibule ÷ Flask, SQLAlchemy, Flask-Login", IMPORT, BASE),
        ("an application made ÷ the same without Vestibule", WITH_US, PLAIN),
    ):
        ratio = statistics.median(a / b for a, b in zip(found[of], found[by], strict=True))
        yield Row("start", what, {VESTIBULE: ratio}, 1.3)


def _about(effort: Effort) -> Iterator[str]:
    yield (
        f"CPU of the server, medians of {effort.turns} turns with {effort.sign_ins} sign-ins and "
        f"{effort.pages} pages each, {effort.size.workers} workers with {effort.size.threads} "
        "threads each."
    )
    yield (
        f"Measured on {datetime.now(UTC):%Y-%m-%d}: {os.cpu_count()} virtual cores, {_system()}, "
        f"Python {platform.python_version()}."
    )
    yield f"Versions: {', '.join(_versions())}."


def _system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        return platform.system()


def _versions() -> Iterator[str]:
    from importlib.metadata import version

    # With the marker that this Python fulfils: a lock may have two versions of one package.
    from packaging.markers import Marker

    yield f"Vestibule {version('vestibule')}"
    for line in (ROOT / "requirements" / "bench.txt").read_text().splitlines():
        found = re.match(r"([\w-]+)==(\S+)(?: ; (.+?))? \\", line)
        if found and found[1] in SHOWN and (not found[3] or Marker(found[3]).evaluate()):
            yield f"{SHOWN[found[1]]} {found[2]}"


def _effort(options: argparse.Namespace) -> Effort:
    size = Size(options.workers, options.threads)
    if options.quick:
        return Effort(2, 8, 60, size, tuple(options.names or WAYS))
    return Effort(
        options.turns, options.sign_ins, options.pages, size, tuple(options.names or WAYS)
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench ARGS=...", description=__doc__)
    parser.add_argument("--turns", type=int, default=5, help="how often everybody is measured")
    parser.add_argument("--sign-ins", type=int, default=40, help="whole sign-ins of each turn")
    parser.add_argument("--pages", type=int, default=600, help="pages of each turn")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--only", choices=("sqlite", "postgresql"), default="", help="one database")
    parser.add_argument("--names", nargs="+", choices=WAYS, help="not all of them")
    parser.add_argument("--quick", action="store_true", help="see that it works; no good figures")
    parser.add_argument("--json", type=Path, help="write everything into this file too")
    parser.add_argument("--write-docs", action="store_true", help="into docs/benchmarks.md too")
    return parser.parse_args()


if __name__ == "__main__":
    main()
