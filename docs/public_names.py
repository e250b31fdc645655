"""Tables of what ``from vestibule import …`` gives, made from its docstrings."""

import inspect
import re
from typing import Any

import vestibule
from docs.tables import table


def names() -> str:
    """What ``from vestibule import …`` gives."""
    rows = [(f"`{one}`", _first_sentence(getattr(vestibule, one))) for one in vestibule.__all__]
    return table(("name", "what it is"), rows)


def methods() -> str:
    """What the extension can do beside being wired."""
    cls = vestibule.Vestibule
    rows = [
        (f"`{one}{_signature(found)}`", _first_sentence(found))
        for one, found in vars(cls).items()
        if not one.startswith("_")
    ]
    return table(("method of `Vestibule`", "what it does"), rows)


def _first_sentence(thing: Any) -> str:
    text = " ".join((inspect.getdoc(thing) or "").split("\n\n")[0].split())
    text = re.sub(r":\w+:`[~!]?(?:[\w.]+\.)?(\w+)`", r"`\1`", text).replace("``", "`")
    text = re.sub(r" \((?:[A-Z]+-?\d+(?:, )?)+\)", "", text)  # requirements: for who reads the code
    return re.split(r"(?<=\.) ", text)[0]


def _signature(function: Any) -> str:
    """The names of the parameters, without their types."""
    found = inspect.signature(function).parameters.values()
    marks = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
    shown = [f"{marks.get(one.kind, '')}{one.name}" for one in found if one.name != "self"]
    return f"({', '.join(shown)})"
