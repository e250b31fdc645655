"""The page about PostgreSQL: what it tells an operator to say is understood."""

from __future__ import annotations

import psycopg

from tests.docs.reading import blocks, page
from vestibule import upgrade_database
from vestibule.foundation.database_urls import checked_url

PAGE = page("docs/postgresql.md")


def test_its_sql_runs_on_postgresql(postgresql_url: str) -> None:
    upgrade_database(postgresql_url)
    with psycopg.connect(postgresql_url.replace("+psycopg", ""), autocommit=True) as operator:
        operator.execute("CREATE ROLE acme")
        try:
            for block in blocks("sql", of=PAGE):
                for statement in block.text.split(";"):
                    if statement.strip():
                        operator.execute(statement.encode())
            limits = operator.execute(
                "SELECT setconfig FROM pg_db_role_setting WHERE setrole = 'acme'::regrole"
            ).fetchone()
        finally:
            operator.execute("DROP ROLE acme")
    assert limits == (
        [
            "statement_timeout=10s",
            "lock_timeout=5s",
            "idle_in_transaction_session_timeout=15s",
        ],
    )


def test_its_addresses_are_understood() -> None:
    (first, *_) = blocks("text", of=PAGE)
    one, *several = [checked_url(line) for line in first.text.splitlines()]
    assert one.host == "db.example.org"
    assert len(several) == 2
    assert len(set(several)) == 1
