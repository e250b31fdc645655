"""Tables of the pages, made from the code that they tell of."""

import ast
import inspect
import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from vestibule.audit.details import SCHEMAS
from vestibule.audit.values import EventKind
from vestibule.cli.run import run
from vestibule.foundation.budgets import Budget
from vestibule.notices.flows import ACCOUNT, OF_A_KIND
from vestibule.notices.values import NOTICES
from vestibule.ready_site import budgets as of_the_site
from vestibule.ready_site.instance import Keys
from vestibule.ready_site.options import Options, read_options
from vestibule.ready_site.start import site_config
from vestibule.settings import Settings
from vestibule.signin import schedule, second_address

_TYPES = {
    bool: "true or false",
    str: "text",
    int: "whole number",
    timedelta: "`timedelta`, or seconds",
    tuple: "list of texts",
    type(None): "date",
}


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return (
        "\n".join(
            f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in lines
        )
        + "\n"
    )


def options() -> str:
    """What ``vestibule run`` can be told."""
    on_command_line = {
        option.name: option for option in run.params if isinstance(option, click.Option)
    }
    rows = []
    for name, what in documented(Options):
        if name == "others":
            continue
        option = on_command_line.get(name)
        shown = f"`--{name} {option.make_metavar(click.Context(run))}`" if option else ""
        rows.append((shown, f"`VESTIBULE_{name.upper()}`", _option_default(name), what))
    return table(("option", "environment", "default", "what it is"), rows)


def settings() -> str:
    """Every setting of the extension."""
    at_the_site = _settings_of_the_site()
    rows = [
        (
            f"`VESTIBULE_{one.name.upper()}`",
            "path" if isinstance(one.default, Path) else _TYPES[type(one.default)],
            _setting_default(one.default),
            f"{one.metadata['reason']}.",
            one.metadata["change"],
            at_the_site(one.name),
        )
        for one in fields(Settings)
    ]
    return table(
        ("name", "type", "default", "what it is for", "change it when", "in the ready site"), rows
    )


def tries() -> str:
    """The schedule of allowed tries: the extension's budgets, then the ready site's own."""
    rows = [
        (
            f"`{one.kind}`",
            str(one.limit),
            f"in {length(one.window)}" if one.window else "in a row",
            _waits(one),
            _fastest(one),
            one.reason,
        )
        for one in (*schedule.ALL, ACCOUNT, OF_A_KIND, *second_address.ALL, *of_the_site.ALL)
    ]
    head = ("kind", "allowed", "within", "waiting time after a try", "whoever never stops", "why")
    return table(head, rows)


def chances() -> str:
    """What the schedule leaves to somebody who guesses codes and never stops."""
    kinds = (schedule.CODE_STRANGERS, schedule.CODE_ACCOUNT)
    who = (
        "whoever knows the password, with any number of browsers and addresses, until it changes",
        "whoever also holds the cookie of a known browser, until the authenticators are disabled",
    )
    rows = [
        (what, str(budget.limit), f"1 in {round(1 / chance_of_a_guess(budget)):,}")
        for what, budget in zip(who, kinds, strict=True)
    ]
    return table(("who guesses", "comparisons at most", "chance that one is right"), rows)


def chance_of_a_guess(budget: Budget) -> float:
    """The chance that one comparison of so many hits; in each one three codes would be right."""
    good = 2 * Settings.totp_window + 1
    return float(1 - (1 - good / 10**6) ** budget.limit)


def notices() -> str:
    """Which event makes which mail."""
    rows = [
        (
            f"`{kind}`",
            str(notice.subject) % {"site": "Acme", "browser": "Firefox on Linux"},
            "and “Stop it”" if notice.stops_recovery else "yes" if notice.has_link else "no",
            f"once in {length(notice.once_in)}" if notice.once_in else "each time",
        )
        for kind, notice in NOTICES.items()
    ]
    return table(("event", "subject of the mail", "“This wasn't me”", "how often"), rows)


def events() -> str:
    """The catalogue of events."""
    rows = [
        (
            f"`{kind.value}`",
            f"`EventKind.{kind.name}`",
            f"{kind.sentence}.",
            ", ".join(f"`{name}`: {_TYPES[one]}" for name, one in SCHEMAS.get(kind, {}).items()),
        )
        for kind in EventKind
    ]
    return table(("kind", "in Python", "what happened", "details"), rows)


def length(time: timedelta) -> str:
    """A length of time in its largest whole unit."""
    seconds = int(time.total_seconds())
    for unit, name in ((3600, "h"), (60, "min")):
        if seconds % unit == 0:
            return f"{seconds // unit} {name}"
    return f"{seconds} s"


def documented(cls: type) -> Iterator[tuple[str, str]]:
    """The fields of a class that have a docstring of their own, and that docstring."""
    body = ast.parse(inspect.getsource(cls)).body[0].body  # type: ignore[attr-defined]
    for field, text in itertools.pairwise(body):
        match field, text:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(what))),
            ):
                yield name, " ".join(what.split())


def _option_default(name: str) -> str:
    default = getattr(Options, name)
    return f"`{default}`" if str(default) else ""


def _setting_default(default: Any) -> str:
    if isinstance(default, timedelta):
        return length(default)
    if default in (None, "", (), Path()):
        return "none"
    return f"`{default!r}`"


def _settings_of_the_site() -> Any:
    """How the ready site comes by each setting."""
    options_of_it = {one.name for one in fields(Options)}
    given = {one.name: object() for one in fields(Settings)}
    options = replace(read_options({}, environment={}), others=given)
    config = site_config(options, Keys("", (), ()))

    def how(name: str) -> str:
        if name == "keys":
            return "[key file](run-it.md#keys)"
        if name in options_of_it:
            return "[option](run-it.md#options)"
        is_handed_on = config[f"VESTIBULE_{name.upper()}"] is given[name]
        return "environment or config.toml" if is_handed_on else "fixed"

    return how


def _waits(budget: Budget) -> str:
    return (
        "; ".join(f"from {start} on: {length(wait)}" for start, wait in budget.cool_offs) or "none"
    )


def _fastest(budget: Budget) -> str:
    """How far somebody gets who takes every try at the first moment that it is allowed."""
    if not budget.cool_offs:
        return "–"
    count, last, now = 0, timedelta(0), timedelta(0)
    while count < budget.limit and (budget.window is None or now < budget.window):
        count += 1
        last, now = now, now + budget.cool_off_after(count)
    if budget.window and count < budget.limit:
        return f"{count} in {length(budget.window)}"
    return f"{count} in more than {last // timedelta(hours=1)} h"
