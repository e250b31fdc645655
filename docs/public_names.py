"""The reference of what ``from vestibule import …`` gives, made from its docstrings."""

import dataclasses
import inspect
import re
from collections.abc import Iterator
from typing import Any

import vestibule
from docs.tables import documented

_MADE_BY_HOSTS = (vestibule.Budget, vestibule.Required, vestibule.Vestibule)

_INSIDE = ("PasswordTry.clear_on", "SigninContext.amr_text", "Text.said_in")
"""What other folders of the package need of a public class, and nobody else."""

_SIGNALS = {
    "event_recorded": (
        "A blinker signal, sent with an `EventRecorded` as `event` after the commit. Connect with "
        "`sender=EventKind.SIGNED_IN` for one kind. What a receiver raises is logged and harms "
        "nothing: the event has happened."
    )
}


def reference() -> str:
    """Every public name, its signature and what it does."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    for name in vestibule.__all__:
        thing = getattr(vestibule, name)
        yield f"## `{name}`\n"
        yield from _signature(name, thing)
        yield _SIGNALS.get(name) or _text(name, thing)
        yield ""
        if inspect.isclass(thing):
            yield from _members(name, thing)


def _members(name: str, cls: type) -> Iterator[str]:
    if dataclasses.is_dataclass(cls):
        told = dict(documented(cls))
        for field in dataclasses.fields(cls):
            text = told.get(field.name)
            yield f"- `{field.name}`: {_as_markdown(text)}" if text else f"- `{field.name}`"
        yield ""
    if issubclass(cls, vestibule.EventKind):
        return  # the catalogue of events has them
    for member, found in vars(cls).items():
        function = getattr(found, "__func__", found)
        if isinstance(found, property):
            function = found.fget
        if member.startswith("_") or not inspect.isfunction(function):
            continue
        if f"{name}.{member}" in _INSIDE:
            continue
        yield f"### `{name}.{member}`\n"
        if not isinstance(found, property):
            yield from _signature(member, function)
        yield _text(f"{name}.{member}", function)
        yield ""


def _signature(name: str, thing: Any) -> Iterator[str]:
    if not callable(thing) or (inspect.isclass(thing) and thing not in _MADE_BY_HOSTS):
        return
    found = inspect.signature(thing)
    parameters = [
        one.replace(annotation=inspect.Parameter.empty, default=_shown(one.default))
        for one in found.parameters.values()
        if one.name not in ("self", "cls")
    ]
    shown = found.replace(parameters=parameters, return_annotation=inspect.Signature.empty)
    yield f"```text\n{name}{shown}\n```\n"


class _Named(str):
    """What stands in a signature without quotation marks."""

    def __repr__(self) -> str:
        return str(self)


def _shown(default: Any) -> Any:
    """A logger tells which level it has now, which is none of its method's."""
    return _Named(default.__qualname__) if inspect.ismethod(default) else default


def _text(name: str, thing: Any) -> str:
    """A docstring as Markdown; raises ValueError where there is none, so that no page is made."""
    text = inspect.getdoc(thing)
    if not text:
        raise ValueError(f"{name} is public and has no docstring.")
    return _as_markdown(text)


def _as_markdown(text: str) -> str:
    text = re.sub(r":\w+:`[~!]?(?:[\w.]+\.)?(\w+)`", r"`\1`", text).replace("``", "`")
    # Requirements are for who reads the code; the conformance page has them.
    return re.sub(r"\s\((?:(?:[A-Z]\w*-?\d+|RFC[^)]*)(?:, )?)+\)", "", text)
