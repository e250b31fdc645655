"""Finding users by the key that a file or a table has for them."""

import uuid
from collections.abc import Sequence
from typing import Any

from flask import current_app
from sqlalchemy import inspect, select
from sqlalchemy.types import TypeEngine

from vestibule.host.users import is_user
from vestibule.wiring import Installed


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


def _load(installed: Installed, keys: Sequence[str]) -> dict[str, Any]:
    users = _mapped_users(installed.db)
    if users is None:
        loader = current_app.login_manager._user_callback  # type: ignore[attr-defined]
        return {key: user for key in keys if (user := loader(key)) is not None}
    column = inspect(users).primary_key[0]
    wanted = {value: key for key in keys if (value := _converted(key, column.type)) is not None}
    rows = installed.db.session.scalars(select(users).where(column.in_(wanted)))
    return {wanted[inspect(user).identity[0]]: user for user in rows}


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
    """The text as the column's own type, None for what that type cannot be."""
    try:
        python_type = kind.python_type
    except NotImplementedError:
        return key
    try:
        if python_type is uuid.UUID:
            return uuid.UUID(key)
        # Only as it is written: "7", and neither "07" nor "٧".
        return key if python_type is str else _same(python_type(key), key)
    except (TypeError, ValueError):
        return None


def _same(value: Any, key: str) -> Any:
    return value if str(value) == key else None


def _end_reading(installed: Installed) -> None:
    """Neither rows nor a transaction of the host stay open while we write."""
    if installed.db is not None:
        installed.db.session.remove()
