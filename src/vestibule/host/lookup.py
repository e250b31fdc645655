"""Finding many users by the key that a file or a table has for them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import inspect, select
from sqlalchemy.types import TypeEngine

from vestibule.host.finding_users import loaded
from vestibule.host.users import is_user

if TYPE_CHECKING:
    from vestibule.wiring import Installed

_BEYOND_ANY_KEY = 2**63


def user_keys(installed: Installed, given: Sequence[str]) -> dict[str, str]:
    """For each of these that is a user: what Vestibule knows that user by.

    Given is the primary key, as it stands in another table of the host; or, with a
    ``user_stamp``, key and stamp as an export has them. A user store that is not SQLAlchemy's is
    asked through the ``user_loader``.
    """
    plain = {one: one.partition("#")[0] if installed.users.has_stamps else one for one in given}
    found = _load(installed, sorted(set(plain.values()) | set(given)))
    keys = {key: installed.users.key(user) for key, user in found.items()}
    matched = {}
    for one in given:
        if one in keys:
            matched[one] = keys[one]
        elif keys.get(plain[one]) == one:  # that very incarnation, not whoever has the key now
            matched[one] = one
    _end_reading(installed)
    return matched


def user_names(installed: Installed, keys: Sequence[str]) -> dict[str, str]:
    """What the host calls the users of these keys; those who are gone are left out."""
    users, named = installed.users, {}
    plain = {one.partition("#")[0] if users.has_stamps else one for one in keys}
    for user in _load(installed, sorted(plain)).values() if plain else ():
        named[users.key(user)] = users.name(user)
    _end_reading(installed)
    return {key: named[key] for key in keys if key in named}


def user_with_key(installed: Installed, key: str) -> Any:
    """The user whom Vestibule knows by this key; raises LookupError where nobody is found."""
    users = installed.users
    plain = key.partition("#")[0] if users.has_stamps else key
    found = loaded(plain) if users.has_own_keys else _load(installed, [plain]).values()
    for user in found:
        if users.key(user) == key:
            return user
    raise LookupError(f"No user with the key {key!r} was found.")


def _load(installed: Installed, keys: Sequence[str]) -> dict[str, Any]:
    users = _mapped_users(installed.db)
    if users is None:
        return {key: user for key in keys for user in loaded(key)}
    column = inspect(users).primary_key[0]
    wanted = {value: key for key in keys if (value := _converted(key, column.type)) is not None}
    rows = installed.db.session.scalars(select(users).where(column.in_(wanted)))
    found = ((wanted.get(inspect(user).identity[0]), user) for user in rows)
    return {key: user for key, user in found if key is not None}


def _mapped_users(db: Any) -> Any:
    """The one mapped class of users with a plain primary key; None where there is no such one."""
    if db is None:
        return None
    mappers = [one for one in db.Model.registry.mappers if is_user(one.class_)]
    bases = {one.base_mapper for one in mappers}
    if len(bases) != 1:
        return None
    (mapper,) = bases
    return mapper.class_ if len(mapper.primary_key) == 1 else None


def _converted(key: str, kind: TypeEngine[Any]) -> Any:
    """The text as the column's own type; None for what no such column holds."""
    try:
        python_type = kind.python_type
    except NotImplementedError:
        python_type = str
    try:
        if python_type is uuid.UUID:
            return uuid.UUID(key)
        value = python_type(key)
    except (TypeError, ValueError):
        return None
    # Only as it is written: "7", and neither "07" nor "٧". Over 64 bits and with a NUL the
    # database could not even be asked.
    too_long = python_type is int and abs(value) >= _BEYOND_ANY_KEY
    return None if str(value) != key or "\0" in key or too_long else value


def _end_reading(installed: Installed) -> None:
    """Neither rows nor a transaction of the host stay open while we write."""
    if installed.db is not None:
        installed.db.session.remove()
