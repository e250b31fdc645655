"""Which encryption keys a database needs, asked before anything else is set up."""

from collections.abc import Iterator

from sqlalchemy import URL, Connection, column, func, inspect, select, table

from vestibule.foundation.database_urls import checked_url
from vestibule.migrations.only_one import migration_engine

# By name and not through the model: the database may still be empty, or of another version.
_AUTHENTICATOR = table("vestibule_authenticator", column("key_id"))


def stored_key_ids(url: str | URL) -> frozenset[str]:
    """The ids of the keys that authenticators' secrets in the database are encrypted with.

    Whoever starts a site asks this before making a new key: without the old one nobody who has an
    authenticator could sign in. Raises ``Unavailable``.
    """
    with migration_engine(checked_url(url)) as engine, engine.connect() as connection:
        if not inspect(connection).has_table(_AUTHENTICATOR.name):
            return frozenset()
        return stored_ids(connection)


def stored_ids(connection: Connection) -> frozenset[str]:
    """As :func:`stored_key_ids`, of a database whose tables are there: a statement per key."""
    return frozenset(_ids(connection))


def _ids(connection: Connection) -> Iterator[str]:
    # From one id to the next along the index: a DISTINCT would read every row.
    ids = select(func.min(_AUTHENTICATOR.c.key_id))
    found: str | None = connection.execute(ids).scalar_one()
    while found is not None:
        yield found
        found = connection.execute(ids.where(_AUTHENTICATOR.c.key_id > found)).scalar_one()
