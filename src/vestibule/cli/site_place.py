"""A ready site as the commands see it."""

import functools
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import select

from vestibule import Misconfigured
from vestibule.cli.moving_place import Place
from vestibule.cli.site_db import refuse_where_there_is_none
from vestibule.foundation.services import Services
from vestibule.moving.files import NotReadable
from vestibule.ready_site.models import Account
from vestibule.ready_site.name_rules import name_key
from vestibule.ready_site.options import StartRefused, read_options
from vestibule.ready_site.start import prepared_site


@contextmanager
def open_site(*, may_make: bool = False, **given: Any) -> Iterator[Place]:
    """``may_make``: where there is none a new one is made, as by a first start."""
    os.umask(0o077)
    try:
        options = read_options(given)
        if not may_make:
            refuse_where_there_is_none(options)
        services: Services = prepared_site(options).extensions["vestibule"].runtime.services
    except (StartRefused, Misconfigured) as refusal:
        raise NotReadable(str(refusal)) from refusal
    try:
        yield Place(
            services,
            functools.partial(_ids, services),
            functools.partial(_names, services),
            options.database,
        )
    finally:
        services.database.dispose()


def _ids(services: Services, names: Sequence[str]) -> Mapping[str, str]:
    # As they are spelled: where case told names apart, Ann's second step would be given to ann.
    keys = {name_key(name) for name in names} - {""}
    statement = select(Account.username, Account.id).where(Account.username_key.in_(keys))
    with services.database.read() as connection:
        found = {row.username: row.id for row in connection.execute(statement)}
    return {name: found[name] for name in names if name in found}


def _names(services: Services, ids: Sequence[str]) -> Mapping[str, str]:
    statement = select(Account.id, Account.username).where(Account.id.in_(ids))
    with services.database.read() as connection:
        return {row.id: row.username for row in connection.execute(statement)}
