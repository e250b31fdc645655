"""Whether a process can sign anybody in now: what a load balancer asks every few seconds."""

from functools import cache

from sqlalchemy import Connection, column, select, table
from sqlalchemy.exc import SQLAlchemyError

from vestibule.foundation.database import Unavailable
from vestibule.foundation.services import Services
from vestibule.migrations.standing import VERSION_TABLE
from vestibule.migrations.stored_keys import stored_ids
from vestibule.migrations.upgrade import fits_ours, newest_revision

_VERSION = table(VERSION_TABLE, column("version_num"))
_newest = cache(newest_revision)


def readiness(services: Services) -> dict[str, bool]:
    """For each part whether it is in order: the database answers, this version can work on its
    tables, every secret in it has its key here, and its clock and ours agree.
    """
    found = dict.fromkeys(("database", "tables", "keys", "clock"), False)
    try:
        with services.database.read() as connection:
            connection.execute(select(1))
            found["database"] = True
            found["tables"] = _can_work_on_tables(connection)
            found["keys"] = found["tables"] and stored_ids(connection) <= services.keyring.ids
        services.database_clock.refuse_if_apart()
        found["clock"] = True
    except Unavailable:
        pass
    return found


def _can_work_on_tables(connection: Connection) -> bool:
    try:
        versions = connection.execute(select(_VERSION.c.version_num)).scalars().all()
    except SQLAlchemyError:  # no such table
        return False
    # While an upgrade goes through the nodes one after the other, they may be newer ones.
    return list(versions) == [_newest()] or fits_ours(connection)
