"""Examples in the help of every command, under the name by which this program was called."""

from collections.abc import Callable
from typing import TypeVar

import click
from flask.cli import AppGroup

Decorated = TypeVar("Decorated", bound=Callable[..., object])


def examples(*lines: str) -> Callable[[Decorated], Decorated]:
    """What may follow the command's own name; the help and the docs put that in front."""

    def add(function: Decorated) -> Decorated:
        # Decorators that keep the name of what they wrap keep this too.
        function.examples = lines  # type: ignore[attr-defined]
        return function

    return add


def examples_of(command: click.Command) -> tuple[str, ...]:
    """The lines that :func:`examples` was given."""
    found: tuple[str, ...] = getattr(command.callback, "examples", ())
    return found


class CommandWithExamples(click.Command):
    """Its help ends with them."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Examples"):
            for line in examples_of(self):
                formatter.write(
                    f"{'':{formatter.current_indent}}{ctx.command_path} {line}".rstrip()
                )
                formatter.write("\n")


class SiteGroup(click.Group):
    """A group of the ready site's commands."""

    command_class = CommandWithExamples
    group_class = type


class HostGroup(AppGroup):
    """A group of a host's commands, which run in its application."""

    command_class = CommandWithExamples


def program() -> str:
    """How a person calls the commands beside the one that runs."""
    context = click.get_current_context(silent=True)
    while context is not None:
        if isinstance(context.command, HostGroup):
            return "flask vestibule"
        context = context.parent
    return "vestibule"


json_option = click.option("--json", "as_json", is_flag=True, help="For programs.")
