"""What a database says of its tables: which revision they are, and how old code may be for them."""

from dataclasses import dataclass

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from alembic.script.revision import ResolutionError
from alembic.util import CommandError
from sqlalchemy import Connection, column, inspect, select, table, text

OURS = "vestibule:migrations"
VERSION_TABLE = "vestibule_version"
_OLDEST = "oldest_code"


class DatabaseIsNewer(Exception):
    """This version does not know the revision of the database, and cannot work on it; nothing was
    changed."""


@dataclass(frozen=True)
class Standing:
    """How the tables that are there and the code that runs stand to each other."""

    have: str | None
    """The revision of the tables; None where there are none yet."""
    newest: str
    """The newest revision that this code knows."""
    is_ahead: bool
    """Whether a newer version has upgraded the tables already."""
    fits: bool
    """Whether this code can work on the tables: they are its own, or newer ones that say so."""


def scripts_of(location: str) -> tuple[Config, ScriptDirectory]:
    config = Config()
    config.set_main_option("script_location", location)
    return config, ScriptDirectory.from_config(config)


def standing(
    connection: Connection, scripts: ScriptDirectory, version_table: str = VERSION_TABLE
) -> Standing:
    opts = {"version_table": version_table}
    have = MigrationContext.configure(connection, opts=opts).get_current_revision()
    newest = str(scripts.get_current_head())
    if have is None or _is_known(scripts, have):
        return Standing(have, newest, is_ahead=False, fits=have == newest)
    oldest = _oldest_code(connection, version_table)
    return Standing(have, newest, is_ahead=True, fits=bool(oldest and _is_known(scripts, oldest)))


def refuse_newer(found: Standing, version_table: str) -> None:
    """Raises :class:`DatabaseIsNewer` where the tables do not say that this code may use them."""
    if found.is_ahead and not found.fits:
        raise DatabaseIsNewer(
            f"The database was made by a newer version of Vestibule (revision {found.have} in "
            f"{version_table}): install that version, or restore a backup."
        )


def say_oldest_code(
    connection: Connection, scripts: ScriptDirectory, revision: str, version_table: str
) -> None:
    """Note, on the caller's transaction, which code can work on the tables of this revision."""
    oldest = oldest_code(scripts, revision)
    if oldest is None:
        return
    if _OLDEST not in _columns(connection, version_table):
        connection.execute(text(f"ALTER TABLE {version_table} ADD COLUMN {_OLDEST} VARCHAR(32)"))
    connection.execute(table(version_table, column(_OLDEST)).update().values({_OLDEST: oldest}))


def oldest_code(scripts: ScriptDirectory, revision: str) -> str | None:
    """The oldest revision whose code can work on the tables of ``revision``.

    The newest revision that is a contract says so, in its ``oldest_code``; those after it only
    expand, which no code minds. None where no revision says anything.
    """
    script: Script | None = scripts.get_revision(revision)
    while script is not None:
        told: str | None = getattr(script.module, _OLDEST, None)
        if told is not None:
            return told
        before = script.down_revision
        script = scripts.get_revision(before) if isinstance(before, str) else None
    return None


def _oldest_code(connection: Connection, version_table: str) -> str | None:
    if _OLDEST not in _columns(connection, version_table):
        return None
    told: str | None = connection.execute(select(table(version_table, column(_OLDEST)))).scalar()
    return told


def _columns(connection: Connection, version_table: str) -> set[str]:
    return {one["name"] for one in inspect(connection).get_columns(version_table)}


def _is_known(scripts: ScriptDirectory, revision: str) -> bool:
    try:
        return scripts.get_revision(revision).revision == revision
    except (CommandError, ResolutionError):
        return False
