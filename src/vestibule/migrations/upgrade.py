"""Bring a database to the newest revision, while older code goes on working on it."""

import logging
import time
from dataclasses import dataclass

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from sqlalchemy import URL, Connection
from sqlalchemy.exc import DBAPIError

from vestibule.foundation.database_urls import checked_url
from vestibule.migrations.indexes import make_beside
from vestibule.migrations.only_one import (
    Told,
    is_behind_pooler,
    keep_others_out,
    migration_engine,
    sqlite_alone,
    transaction_alone,
    without_transaction,
)
from vestibule.migrations.standing import (
    OURS,
    VERSION_TABLE,
    Standing,
    refuse_newer,
    say_oldest_code,
    scripts_of,
    standing,
)

log = logging.getLogger("vestibule")

_GIVES_WAY = "SET LOCAL lock_timeout = '500ms'"
"""Shorter than PostgreSQL's deadlock_timeout (1 s): where an upgrade and a sign-in wait for one
another it is the upgrade that gives way, and nobody queues behind it for longer."""
_PATIENCE = 120
"""Seconds of trying again where tables are in use."""
_IN_USE = frozenset({"55P03", "40P01"})  # lock_not_available, deadlock_detected


def upgrade_database(
    url: str | URL,
    *,
    location: str = OURS,
    version_table: str = VERSION_TABLE,
    told: Told = log.info,
) -> None:
    """Run the revisions that the database at ``url`` does not have yet.

    ``location`` is a folder inside a package, ``"package:folder"``, with Alembic's ``env.py`` and
    ``versions``; ``version_table`` remembers what ran; ``told`` hears, in a line each, what takes
    its time. Of any number of processes that call this at once one migrates and the others wait for
    it. A new database, and SQLite, is brought up in one transaction; PostgreSQL with a transaction
    for each revision, and large indexes are made beside it, so that nobody waits. A process
    killed meanwhile leaves whole revisions, and the next one goes on from there.

    Tables of a newer version that say that this one can work on them are left as they are.

    Raises :class:`DatabaseIsNewer` where they do not, ``Unavailable`` where the database cannot be
    reached, and ValueError for a kind of database that cannot hold the promises, or a pooler where
    none may be.
    """
    config, scripts = scripts_of(location)
    with migration_engine(checked_url(url)) as engine:
        with engine.connect() as connection:
            # The common case is a start with nothing to do: it takes no lock.
            found = standing(connection, scripts, version_table)
        refuse_newer(found, version_table)
        if found.fits:
            return
        upgrade = _Upgrade(config, scripts, version_table, told)
        if engine.dialect.name == "sqlite":
            with sqlite_alone(engine) as connection:
                upgrade.all_at_once(connection)
            return
        with engine.connect() as connection:
            keep_others_out(connection, told)
            if found.have is None:
                with transaction_alone(connection, told):
                    upgrade.all_at_once(connection)
            else:
                upgrade.step_by_step(connection)


def revisions(
    url: str | URL, *, location: str = OURS, version_table: str = VERSION_TABLE
) -> Standing:
    """Which revision the database has, the newest one, and whether this code fits.

    Raises ``Unavailable`` and ValueError as :func:`upgrade_database`.
    """
    _, scripts = scripts_of(location)
    with migration_engine(checked_url(url)) as engine, engine.connect() as connection:
        return standing(connection, scripts, version_table)


def newest_revision() -> str:
    """The revision that the tables of this version have."""
    return str(scripts_of(OURS)[1].get_current_head())


def fits_ours(connection: Connection) -> bool:
    """Whether this code can work on our tables."""
    return standing(connection, scripts_of(OURS)[1]).fits


def say_newest(connection: Connection) -> None:
    """Note, on the caller's transaction, that the tables are those of this version already."""
    _, scripts = scripts_of(OURS)
    context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
    context.stamp(scripts, "head")
    say_oldest_code(connection, scripts, newest_revision(), VERSION_TABLE)


def say_none(connection: Connection) -> None:
    """Note, on the caller's transaction, that the tables are gone."""
    connection.exec_driver_sql(f"DROP TABLE IF EXISTS {VERSION_TABLE}")


@dataclass(frozen=True)
class _Upgrade:
    config: Config
    scripts: ScriptDirectory
    version_table: str
    told: Told

    def all_at_once(self, connection: Connection) -> None:
        """On the caller's transaction: all revisions or none."""
        # The one who was before us may have done it while we waited.
        if not self._standing(connection).fits:
            self._run(connection, str(self.scripts.get_current_head()))

    def step_by_step(self, connection: Connection) -> None:
        while not (found := self._standing(connection)).fits:
            self._step(connection, self._next(found))

    def _step(self, connection: Connection, script: Script) -> None:
        if beside := getattr(script.module, "beside", ()):
            if is_behind_pooler(connection):
                raise ValueError(
                    "This upgrade makes indexes while the site runs, which no connection pooler "
                    "lets through. Run db upgrade once with --database and the address of "
                    "PostgreSQL itself."
                )
            with without_transaction(connection):
                for index in beside:
                    make_beside(connection, index, self._told_of(script))
        self._told_of(script)(str(script.doc))
        until = time.monotonic() + _PATIENCE
        while not self._is_done(connection, script, until):
            self._told_of(script)("the tables are in use; trying again in a second")
            time.sleep(1)

    def _is_done(self, connection: Connection, script: Script, until: float) -> bool:
        """Whether the revision is there now; else somebody was in its way."""
        try:
            with transaction_alone(connection, self.told):
                # Behind a pooler another process may have been as far.
                found = self._standing(connection)
                if not found.fits and self._next(found).revision == script.revision:
                    connection.exec_driver_sql(_GIVES_WAY)
                    self._run(connection, script.revision)
        except DBAPIError as error:
            in_use = getattr(error.orig, "sqlstate", None) in _IN_USE
            if not in_use or time.monotonic() > until:
                raise
            return False
        return True

    def _run(self, connection: Connection, revision: str) -> None:
        self.config.attributes.update(connection=connection, version_table=self.version_table)
        command.upgrade(self.config, revision)
        say_oldest_code(connection, self.scripts, revision, self.version_table)

    def _standing(self, connection: Connection) -> Standing:
        found = standing(connection, self.scripts, self.version_table)
        refuse_newer(found, self.version_table)
        return found

    def _next(self, found: Standing) -> Script:
        *_, following = self.scripts.iterate_revisions("head", found.have or "base")
        return following

    def _told_of(self, script: Script) -> Told:
        return lambda line: self.told(f"{script.revision}: {line}")
