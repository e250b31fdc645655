"""Making and upgrading tables: one call, safe to make from any number of processes at once."""

from vestibule.migrations.stored_keys import stored_key_ids
from vestibule.migrations.upgrade import (
    DatabaseIsNewer,
    revisions,
    say_newest,
    say_none,
    upgrade_database,
)

__all__ = [
    "DatabaseIsNewer",
    "revisions",
    "say_newest",
    "say_none",
    "stored_key_ids",
    "upgrade_database",
]
