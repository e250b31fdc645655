"""Beside the host's tables: ours come and go with them, and users who go take theirs along.

Only where both are in one database; the host's own tables get neither column nor key.
"""

from typing import Any

from flask import current_app, has_app_context
from sqlalchemy import Connection, event, inspect
from sqlalchemy.exc import SQLAlchemyError

from vestibule.foundation.tables import Base
from vestibule.host import adoption
from vestibule.host.users import Users, is_user
from vestibule.settings import Finding
from vestibule.signin.adopting import is_new_here
from vestibule.signin.forgetting import forget
from vestibule.subjects.models import Subject
from vestibule.web.request_state import origin_now, runtime


def join(db: Any) -> None:
    """``db.create_all()`` and ``db.drop_all()``, as in a host's tests, cover our tables too."""
    for moment, function in (("after_create", _create), ("before_drop", _drop)):
        if not event.contains(db.metadata, moment, function):
            event.listen(db.metadata, moment, function)


def watch_users(db: Any) -> None:
    """Hear, in the host's own transaction, that a user was deleted through the ORM, or made:
    whoever had its key before, deleted by whatever means, is gone (SQLite gives the key of a
    deleted row to the next one).
    """
    for moment, function in (("after_insert", _user_made), ("after_delete", _user_deleted)):
        if not event.contains(db.Model, moment, function):
            event.listen(db.Model, moment, function, propagate=True)


def findings_about(db: Any, users: Users) -> list[Finding]:
    """Users in several tables have the same keys there: a stranger who registers would share, and
    end, the second step of an administrator.
    """
    if db is None or users.has_own_keys:
        return []
    mappers = [one.base_mapper for one in db.Model.registry.mappers if is_user(one.class_)]
    names = sorted({str(one.local_table) for one in mappers})
    if len(names) < 2:
        return []
    return [
        Finding(
            "Vestibule(app, db)",
            f"Users are in the tables {' and '.join(names)}, where one key means several people.",
            'Vestibule(app, db, user_key=lambda user: f"{user.__tablename__}:{user.id}")',
        )
    ]


def holds_a_write(db: Any) -> bool:
    """Whether the host's session has changed its SQLite file and not said COMMIT: then nobody else
    can write, we in the same request included.
    """
    if db is None or not db.session.registry.has():
        return False
    session = db.session()
    if not (session.in_transaction() and session.is_active):
        return False
    try:
        behind = session.connection().connection.dbapi_connection
    except SQLAlchemyError:  # the connection was lost, and what it wrote with it
        return False
    return bool(getattr(behind, "in_transaction", False))


def _create(_target: object, connection: Connection, **_: object) -> None:
    from vestibule.migrations import say_newest  # which needs Alembic

    # Where there are some, of an older version perhaps, a half of today's beside them would only
    # be in the way of the upgrade.
    if not inspect(connection).has_table(Subject.__tablename__):
        Base.metadata.create_all(connection)
        say_newest(connection)


def _drop(_target: object, connection: Connection, **_: object) -> None:
    from vestibule.migrations import say_none

    Base.metadata.drop_all(connection)
    say_none(connection)


def _user_made(_mapper: object, connection: Connection, target: Any) -> None:
    users = _users_watched(connection, target)
    if users is None:
        return
    now, key = runtime().services.clock.now(), users.key(target)
    forget(connection, now, key, origin_now())
    if adoption.is_open():
        # No cookie from before is theirs: it would be of whoever had the key.
        is_new_here(connection, now, key)


def _user_deleted(_mapper: object, connection: Connection, target: Any) -> None:
    users = _users_watched(connection, target)
    if users is None:
        return
    now, key = runtime().services.clock.now(), users.key(target)
    if adoption.is_open():
        # Nor, for somebody who never came here, does the key start anew with the next one.
        is_new_here(connection, now, key)
    forget(connection, now, key, origin_now())


def _users_watched(connection: Connection, target: object) -> Users | None:
    # One ``db`` may serve several applications, some of them without us.
    installed = current_app.extensions.get("vestibule") if has_app_context() else None
    if installed is None or not hasattr(installed, "runtime") or not is_user(target):
        return None
    if not _has_our_tables(connection):
        return None  # before the first upgrade nobody has anything to lose
    users: Users = installed.users
    return users


_ready: set[str] = set()


def _has_our_tables(connection: Connection) -> bool:
    address = str(connection.engine.url)
    if address not in _ready and inspect(connection).has_table(Subject.__tablename__):
        _ready.add(address)
    return address in _ready
