"""The page of all commands, made from what click knows of them."""

import inspect
from collections.abc import Iterator

import click

from docs.tables import table
from vestibule.cli import main
from vestibule.cli.flask_group import group
from vestibule.cli.helping import examples_of


def page() -> str:
    """Every command with its options."""
    found = (*_leaves("vestibule", main), *_leaves("flask vestibule", group))
    return "\n".join(_section(name, command) for name, command in found)


def _leaves(name: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    if not isinstance(command, click.Group):
        yield name, command
        return
    context = click.Context(command)
    for word in command.list_commands(context):
        below = command.get_command(context, word)
        if below:
            yield from _leaves(f"{name} {word}", below)


def _section(name: str, command: click.Command) -> str:
    context = click.Context(command)
    arguments = [one for one in command.params if isinstance(one, click.Argument)]
    options = [one for one in command.params if isinstance(one, click.Option)]
    usage = " ".join((name, *(one.make_metavar(context) for one in arguments)))
    lines = "\n".join(f"{name} {line}".rstrip() for line in examples_of(command))
    text = f"## `{usage}`\n\n{inspect.cleandoc(command.help or '')}\n\n```sh\n{lines}\n```\n"
    if not options:
        return text
    rows = [(f"`{_usage(one, context)}`", _what(one, context)) for one in options]
    return f"{text}\n{table(('option', 'what it does'), rows)}"


def _usage(option: click.Option, context: click.Context) -> str:
    name = option.opts[-1]
    return name if option.is_flag else f"{name} {option.make_metavar(context)}"


def _what(option: click.Option, context: click.Context) -> str:
    extra = option.get_help_extra(context)
    marks = [f"Default: `{extra['default']}`." if "default" in extra else ""]
    marks.append("Required." if option.required else "")
    return " ".join(part for part in (option.help or "", *marks) if part)
