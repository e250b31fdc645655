"""Making and upgrading tables: one call, safe to make from any number of processes at once."""

from vestibule.migrations.only_one import Told
from vestibule.migrations.standing import DatabaseIsNewer, Standing
from vestibule.migrations.stored_keys import stored_key_ids
from vestibule.migrations.upgrade import revisions, say_newest, say_none, upgrade_database

__all__ = [
    "DatabaseIsNewer",
    "Standing",
    "Told",
    "revisions",
    "say_newest",
    "say_none",
    "stored_key_ids",
    "upgrade_database",
]
