"""Under gevent all threads are greenlets of one: whoever waits must let the others go on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

WAITS = """
import gevent.monkey
gevent.monkey.patch_all()
import sqlite3, sys, gevent
from vestibule.foundation.database import Database

url = sys.argv[1]
host = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
host.execute("PRAGMA journal_mode=WAL")
host.execute("CREATE TABLE page (title TEXT)")
database, told = Database(url), []

def hosts_view():
    host.execute("BEGIN IMMEDIATE")
    host.execute("INSERT INTO page VALUES ('of the host')")
    gevent.sleep(0.2)  # it asks another server, say
    host.execute("COMMIT")
    told.append("host")

def sign_in():
    with database.write() as connection:
        connection.exec_driver_sql("INSERT INTO page VALUES ('of ours')")
    told.append("sign-in")

gevent.joinall([gevent.spawn(hosts_view), gevent.spawn(sign_in)], raise_error=True)
print(*told)
"""


def test_a_sign_in_waits_for_a_hosts_greenlet_that_writes(sqlite_url: str) -> None:
    """SQLite's own waiting would stop the host's greenlet as well, until the sign-in gives up."""
    done = subprocess.run(
        [sys.executable, "-c", WAITS, sqlite_url],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.split() == ["host", "sign-in"], done.stderr
