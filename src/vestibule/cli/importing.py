"""Taking authenticators over: read, judge, report; written only when it is asked for."""

import itertools
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

import click

from vestibule.authenticators.importing import Outcome, Wanted, outlook, take_over
from vestibule.cli.moving_place import UserKeys
from vestibule.foundation.services import Services
from vestibule.moving.values import Given

BATCH = 100
"""Rows of one transaction: others wait that long for SQLite's one writer."""

Row = TypeVar("Row")

WORDS = {
    Outcome.REMOVED: "The person removed this authenticator after an earlier import.",
    Outcome.OWN: "The person set up an authenticator here already.",
    Outcome.FULL: "The account has as many authenticators as it may have.",
}


class Report:
    """What happened to the rows; refused ones are told as they come, and never a secret."""

    def __init__(self, noun: str, *, as_json: bool) -> None:
        self._noun = noun
        self._as_json = as_json
        self.counts = Counter[str]()

    def refuse(self, row: str, why: str) -> None:
        self.counts["refused"] += 1
        click.echo(json.dumps({"row": row, "why": why}) if self._as_json else f"{row}: {why}")

    def end(self, *, write: bool) -> None:
        if self._as_json:
            told = {one: self.counts[one] for one in ("new", "there", "refused", "short")}
            more = {one.replace(" ", "_"): count for one, count in self.counts.items()}
            click.echo(json.dumps({"written": write} | told | more))
            return
        new = "taken over" if write else "would be taken over"
        click.echo(
            f"{self.counts['new']} {self._noun} {new}, {self.counts['there']} were there already, "
            f"{self.counts['refused']} refused."
        )
        if self.counts["short"]:
            click.echo(
                f"{self.counts['short']} of the secrets are shorter than the 160 bits of a new one."
            )
        if not write:
            click.echo("Nothing was written: this was a dry run. Do it with --write.")


def import_authenticators(
    services: Services, rows: Iterable[Given], user_keys: UserKeys, *, write: bool, as_json: bool
) -> None:
    """Take over what the rows give, batch by batch, and print the report."""
    report = Report("authenticators", as_json=as_json)
    judge = take_over if write else outlook
    for batch in batches(counted(rows)):
        wanted = _wanted(batch, user_keys, report)
        outcomes = judge(services, [one for _, one in wanted])
        for (row, _), outcome in zip(wanted, outcomes, strict=True):
            if outcome is Outcome.NEW:
                report.counts["short"] += bool(row.secret and row.secret.is_short)
            if outcome in WORDS:
                report.refuse(row.shown, WORDS[outcome])
            else:
                report.counts[outcome.value] += 1
    report.end(write=write)


def _wanted(
    batch: Sequence[Given], user_keys: UserKeys, report: Report
) -> list[tuple[Given, Wanted]]:
    keys = user_keys([row.user for row in batch if row.secret])
    found: dict[Wanted, Given] = {}
    for row in batch:
        if row.secret is None:
            report.refuse(row.shown, row.problem)
        elif row.user not in keys:
            report.refuse(row.shown, "There is no such user.")
        elif (one := Wanted(keys[row.user], row.secret.text)) in found:
            report.counts["there"] += 1  # the same line twice, which a dry run cannot find
        else:
            found[one] = row
    return [(row, one) for one, row in found.items()]


def batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """At most :data:`BATCH` rows at a time, however many there are."""
    source = iter(rows)
    while batch := list(itertools.islice(source, BATCH)):
        yield batch


def counted(rows: Iterable[Row]) -> Iterator[Row]:
    """The rows, with their count on a terminal that shows the standard error."""
    if not sys.stderr.isatty():
        yield from rows
        return
    with click.progressbar(rows, label="Rows", show_pos=True, file=sys.stderr) as shown:
        yield from shown
