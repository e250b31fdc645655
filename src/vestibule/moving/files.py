"""CSV and JSON lines, told apart by their first character."""

import csv
import json
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, TextIO

from vestibule.authenticators.foreign_secrets import ForeignSecret, Unusable, read_uri
from vestibule.moving.values import Given, given

LONGEST_LINE = 64 * 1024
"""Characters; a longer line is no row of people."""
URI = "otpauth"


class NotReadable(ValueError):
    """The whole source cannot be read, and the sentence says why."""


def read_people(stream: TextIO) -> Iterator[Given]:
    """Users with their ``otpauth:`` addresses."""
    for number, row in read_rows(stream, ("user", URI)):
        yield given(number, row["user"], lambda row=row: _uri(row[URI]))  # type: ignore[misc]


def read_rows(
    stream: TextIO, needed: Sequence[str], optional: Sequence[str] = ()
) -> Iterator[tuple[int, dict[str, str]]]:
    """Rows with their number, each with all these fields; one that a row lacks is empty.

    CSV without a heading has the columns in this order. Raises :class:`NotReadable`.
    """
    columns = (*needed, *optional)
    lines = _lines(stream)
    try:
        first = next(lines, "").removeprefix("\ufeff")
        rest = chain([first], lines)
        rows = _json_rows(rest) if first.lstrip().startswith("{") else _csv_rows(rest, columns)
        for number, row in rows:
            fields = {name: str(row.get(name) or "").strip() for name in columns}
            # JSON can spell half of a character, for which no database can be asked.
            "".join(fields.values()).encode()
            yield number, fields
    except UnicodeError as error:
        raise NotReadable("The file is not UTF-8: save it so.") from error


def _lines(stream: TextIO) -> Iterator[str]:
    while line := stream.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE:
            raise NotReadable(
                f"The file has a line of more than {LONGEST_LINE} characters: it is no CSV."
            )
        yield line


def _json_rows(lines: Iterator[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            row = None
        if not isinstance(row, dict):
            # The line itself may hold a secret: only its number is told.
            raise NotReadable(
                f"Line {number} is no JSON object: each line has to be one."
            ) from None
        yield number, row


def _csv_rows(
    lines: Iterator[str], columns: Sequence[str]
) -> Iterator[tuple[int, dict[str, str | None]]]:
    reader = csv.reader(lines, strict=True)
    names: Sequence[str] = columns
    try:
        for number, cells in enumerate(reader, 1):
            if not any(cells):
                continue
            if number == 1 and cells[0].strip().lower() == columns[0]:
                names = [cell.strip().lower() for cell in cells]
                continue
            if len(cells) > len(names):
                raise NotReadable(
                    f"Row {number} has more cells than {', '.join(names)}: put quotes around one "
                    "with a comma."
                )
            yield number, dict(zip(names, cells, strict=False))
    except csv.Error as error:
        raise NotReadable(f"The file is no CSV: {error}.") from error


def _uri(text: str) -> ForeignSecret:
    if not text:
        raise Unusable("There is no otpauth: address.")
    return read_uri(text)
