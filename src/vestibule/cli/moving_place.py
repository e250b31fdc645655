"""Where people come to or leave from: a host or a ready site, as the commands see both."""

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

import click
from sqlalchemy import Engine, NullPool, create_engine
from sqlalchemy.exc import ArgumentError

from vestibule.foundation.database import Unavailable
from vestibule.foundation.database_urls import parsed_url
from vestibule.foundation.keyring import Unreadable
from vestibule.foundation.services import Services
from vestibule.moving.files import NotReadable

UserKeys = Callable[[Sequence[str]], Mapping[str, str]]
"""For each user as it is given, if there is such a one: what Vestibule knows it by."""


@dataclass(frozen=True)
class Place:
    services: Services
    user_keys: UserKeys
    user_names: UserKeys
    """The way back: what ``user_keys`` would be given for each of these keys."""
    database_url: str
    """Of the host's own tables."""


OpenPlace = Callable[..., AbstractContextManager[Place]]
Command = Callable[..., None]


def refusing(function: Command) -> Command:
    """What stops a command is told in one sentence; what was written until then stays."""

    @functools.wraps(function)
    def wrapped(**given: Any) -> None:
        try:
            function(**given)
        except (NotReadable, Unavailable, Unreadable) as error:
            raise click.ClickException(str(error)) from error

    return wrapped


@contextmanager
def source_engine(url: str) -> Iterator[Engine]:
    """An engine for reading another program's database, of whatever kind."""
    try:
        engine = create_engine(parsed_url(url), poolclass=NullPool, hide_parameters=True)
    except (ArgumentError, ValueError):
        raise NotReadable(
            "--from is no address of a database: it looks like postgresql://user:password@host/name."
        ) from None
    except ModuleNotFoundError as error:
        raise NotReadable(
            f"This kind of database needs its driver: install the module {error.name}."
        ) from error
    try:
        yield engine
    finally:
        engine.dispose()
