"""Bring a database to the newest revision: once, whole, and never from a newer one."""

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.script.revision import ResolutionError
from alembic.util import CommandError
from sqlalchemy import URL, Connection

from vestibule.foundation.database_urls import checked_url
from vestibule.migrations.only_one import migration_engine, only_one

OURS = "vestibule:migrations"
VERSION_TABLE = "vestibule_version"


class DatabaseIsNewer(Exception):
    """The database has a revision that this version does not know; nothing was changed."""


def upgrade_database(
    url: str | URL, *, location: str = OURS, version_table: str = VERSION_TABLE
) -> None:
    """Run the revisions that the database at ``url`` does not have yet.

    ``location`` is a folder inside a package, ``"package:folder"``, with Alembic's ``env.py`` and
    ``versions``; ``version_table`` remembers what ran. Of any number of processes that call this
    at once one migrates and the others wait for it. All revisions run in one transaction, so a
    process killed meanwhile leaves the database as it was.

    Raises :class:`DatabaseIsNewer`, ``Unavailable`` where the database cannot be reached, and
    ValueError for a kind of database that cannot hold the promises.
    """
    config = Config()
    config.set_main_option("script_location", location)
    scripts = ScriptDirectory.from_config(config)
    with migration_engine(checked_url(url)) as engine:
        with engine.connect() as connection:
            # The common case is a start with nothing to do: it takes no lock.
            current = _is_current(connection, scripts, version_table)
        if current:
            return
        with only_one(engine) as connection:
            # The one who was before us may have done it while we waited.
            if not _is_current(connection, scripts, version_table):
                config.attributes.update(connection=connection, version_table=version_table)
                command.upgrade(config, "head")


def revisions(
    url: str | URL, *, location: str = OURS, version_table: str = VERSION_TABLE
) -> tuple[str | None, str]:
    """The revision that the database has, None for none, and the newest one.

    Raises ``Unavailable`` and ValueError as :func:`upgrade_database`.
    """
    config = Config()
    config.set_main_option("script_location", location)
    newest = ScriptDirectory.from_config(config).get_current_head()
    with migration_engine(checked_url(url)) as engine, engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": version_table})
        return context.get_current_revision(), str(newest)


def newest_revision() -> str:
    """The revision that the tables of this version have."""
    config = Config()
    config.set_main_option("script_location", OURS)
    return str(ScriptDirectory.from_config(config).get_current_head())


def say_newest(connection: Connection) -> None:
    """Note, on the caller's transaction, that the tables are those of this version already."""
    config = Config()
    config.set_main_option("script_location", OURS)
    context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
    context.stamp(ScriptDirectory.from_config(config), "head")


def say_none(connection: Connection) -> None:
    """Note, on the caller's transaction, that the tables are gone."""
    connection.exec_driver_sql(f"DROP TABLE IF EXISTS {VERSION_TABLE}")


def _is_current(connection: Connection, scripts: ScriptDirectory, version_table: str) -> bool:
    found = MigrationContext.configure(
        connection, opts={"version_table": version_table}
    ).get_current_heads()
    for revision in found:
        if not _is_known(scripts, revision):
            raise DatabaseIsNewer(
                f"The database was made by a newer version of Vestibule (revision {revision} in "
                f"{version_table}): install that version, or restore a backup."
            )
    return set(found) == set(scripts.get_heads())


def _is_known(scripts: ScriptDirectory, revision: str) -> bool:
    try:
        return scripts.get_revision(revision).revision == revision
    except (CommandError, ResolutionError):
        return False
