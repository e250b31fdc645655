"""The table of ``make bench``, for a terminal and for the docs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

BEGIN, END = "<!-- figures: made by make bench -->", "<!-- end of the figures -->"


@dataclass(frozen=True)
class Row:
    """One ratio, for everybody of whom it was measured."""

    where: str
    what: str
    values: dict[str, float]
    """By name."""
    aim: float | None = None
    """The most that Vestibule should have."""


@dataclass(frozen=True)
class Report:
    about: Sequence[str]
    """Sentences: what was measured, where, when."""
    names: Sequence[str]
    rows: Sequence[Row]


def lines(report: Report) -> Iterator[str]:
    """For a terminal."""
    yield from report.about
    widest = max(len(f"{row.where:12}{row.what}") for row in report.rows) + 2
    widths = [max(len(name), 9) + 2 for name in report.names]
    heads = "".join(f"{name:>{width}}" for name, width in zip(report.names, widths, strict=True))
    yield f"{'':{widest}}{'aim':>6}{heads}"
    for row in report.rows:
        cells = (_cell(row, name) for name in report.names)
        shown = "".join(f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True))
        yield f"{f'{row.where:12}{row.what}':{widest}}{_aim(row):>6}{shown}".rstrip()


def markdown(report: Report) -> Iterator[str]:
    """For the docs."""
    yield " ".join(report.about)
    yield ""
    yield f"| where | what | aim | {' | '.join(report.names)} |"
    yield f"|---|---|---|{'---|' * len(report.names)}"
    for row in report.rows:
        cells = " | ".join(_cell(row, name) for name in report.names)
        yield f"| {row.where} | {row.what} | {_aim(row)} | {cells} |"


def write_into(page: Path, report: Report) -> None:
    """Put the table between the two marks of a page."""
    before, _, rest = page.read_text().partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        raise ValueError(f"{page} has no place for figures")
    table = "\n".join(markdown(report))
    page.write_text(f"{before}{BEGIN}\n\n{table}\n\n{END}{after}")


def _cell(row: Row, name: str) -> str:
    return f"{row.values[name]:.2f}" if name in row.values else "–"


def _aim(row: Row) -> str:
    return f"{row.aim:.2f}" if row.aim else ""
