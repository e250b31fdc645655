"""Finding a user of the host by what an administrator types."""

from collections.abc import Iterator
from typing import Any

from flask import current_app
from sqlalchemy import String, inspect, select

from vestibule.host.users import NAMES, Users, is_user
from vestibule.notices.values import one_line


def user_called(typed: str) -> Any:
    """The host's user with this key or name; raises LookupError unless it is exactly one.

    The key is what the host's ``user_loader`` takes; names are looked up where users are in its
    Flask-SQLAlchemy database.
    """
    users = current_app.extensions["vestibule"].users
    found = {
        users.key(user): user for user in (*_named(typed), *loaded(typed), *_looked_after(typed))
    }
    if not found:
        raise LookupError(
            f"There is no user with the key or the name {typed!r}. Names are taken as they are "
            "spelled; all of them: accounts list"
        )
    if len(found) > 1:
        keys = ", ".join(one_line(key) for key in sorted(found))
        raise LookupError(f"{typed!r} means several users. Name one by its key: {keys}.")
    return next(iter(found.values()))


def _named(typed: str) -> Iterator[Any]:
    db = current_app.extensions["vestibule"].db
    mappers = db.Model.registry.mappers if db is not None else ()
    for model in (one.class_ for one in mappers if is_user(one.class_)):
        columns = inspect(model).columns
        for name in NAMES:
            if name in columns and isinstance(columns[name].type, String):
                yield from db.session.scalars(select(model).where(columns[name] == typed).limit(2))


def _looked_after(typed: str) -> Iterator[Any]:
    """A disabled user, whom the ``user_loader`` finds no more, where the host tells of those."""
    users: Users = current_app.extensions["vestibule"].users
    if users.administration is None or not typed.isprintable():
        return
    user = users.administration.user(typed)
    if user is not None and users.key(user) == typed:
        yield user


def loaded(typed: str) -> Iterator[Any]:
    """The user whom the host's ``user_loader`` finds, if any."""
    load = current_app.login_manager._user_callback  # type: ignore[attr-defined]
    try:
        user = load(typed) if load else None
    except Exception:  # noqa: BLE001 - a loader of numbers raises what it likes for a name
        user = None
    if user is not None:
        yield user
