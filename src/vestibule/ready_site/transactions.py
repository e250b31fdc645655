"""The site's own transactions. Its engine is in autocommit, so that a page's one look-up costs no
BEGIN and no ROLLBACK; what must be one transaction says so.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from vestibule.ready_site.extensions import db

_LEVEL = {"sqlite": "SERIALIZABLE", "postgresql": "READ COMMITTED"}


@contextmanager
def transaction() -> Iterator[Connection]:
    """All of the block or none of it. It begins with a write: SQLite lets a transaction that began
    with a read write only while nobody else did.
    """
    level = _LEVEL[db.engine.dialect.name]
    with db.engine.execution_options(isolation_level=level).begin() as connection:
        yield connection
