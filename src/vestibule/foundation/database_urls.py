"""The address of a database: what is taken for one, and how several hosts are named."""

import re
from collections.abc import Iterator

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

_NO_ADDRESS = "This is no address of a database: it looks like postgresql://user:password@host/name"
# As libpq writes them. SQLAlchemy takes such a list for one host, or the second for a port.
_SEVERAL = re.compile(
    r"(?P<kind>[\w+]+)://(?:(?P<user>[^/?]*)@)?(?P<hosts>[^/?@]*,[^/?@]*)"
    r"(?P<name>/[^?]*)?(?:\?(?P<query>.*))?"
)
_HOST = re.compile(r"(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<name>[^:,\[\]]+))(?::(?P<port>\d{1,5}))?")
_WRITING = ("read-write", "primary")


def parsed_url(url: str | URL) -> URL:
    """The URL of any kind of database; of several hosts as SQLAlchemy understands them.

    Both ``postgresql://user@a:5432,b:5432/name`` (libpq's) and
    ``postgresql://user@/name?host=a:5432&host=b:5432`` are taken. Raises ValueError, saying what
    one looks like, and repeats nothing of it.
    """
    try:
        several = isinstance(url, str) and _SEVERAL.fullmatch(url)
        if several:
            user = f"{several['user']}@" if several["user"] else ""
            rest = several["query"] or ""
            parsed = make_url(f"{several['kind']}://{user}{several['name'] or '/'}?{rest}")
            return _with_hosts(parsed, several["hosts"].split(","), [])
        parsed = make_url(url)
        named = _listed(parsed, "host")
        if len(named) > 1:
            return _with_hosts(parsed, named, _listed(parsed, "port"))
        return parsed
    except (ArgumentError, ValueError):
        # SQLAlchemy repeats what it took for a port: where the host was forgotten, the password.
        raise ValueError(
            f"{_NO_ADDRESS}, with several hosts postgresql://user:password@one:5432,two:5432/name."
        ) from None


def checked_url(url: str | URL) -> URL:
    """The URL with the driver that we use.

    Raises ValueError, saying the fix, for a database on which the promises cannot hold.
    """
    checked = parsed_url(url)
    kind = checked.get_backend_name()
    if kind in ("postgresql", "postgres"):
        return _for_writing(checked.set(drivername="postgresql+psycopg"))
    if kind != "sqlite":
        raise ValueError(f"Vestibule stores its tables in SQLite or PostgreSQL, not in {kind!r}.")
    name = checked.database or ""
    if name in ("", ":memory:") or "mode=memory" in (name, *_pairs(checked)) or ":memory:" in name:
        raise ValueError(
            "An in-memory SQLite database is one connection, on which nothing keeps parallel"
            " requests apart. Give a file instead, such as sqlite:////tmp/site.db."
        )
    return checked.set(drivername="sqlite+pysqlite")


def database_url(text: str) -> str:
    """The address of a database, as SQLAlchemy and Vestibule both understand it.

    For ``SQLALCHEMY_DATABASE_URI`` where it comes from the environment: libpq's
    ``postgresql://user:password@one:5432,two:5432/name`` is taken too. Of several hosts the one
    that takes writes is used, unless ``target_session_attrs=primary`` is said. Raises ValueError,
    saying the fix, for what is no address, for another kind of database, for SQLite in memory, and
    where reads might go to a standby.
    """
    return checked_url(text).render_as_string(hide_password=False)


def _for_writing(url: URL) -> URL:
    wanted = url.query.get("target_session_attrs")
    if wanted is None and len(_listed(url, "host")) > 1:
        return url.update_query_dict({"target_session_attrs": _WRITING[0]})
    if wanted is not None and wanted not in _WRITING:
        # A standby may be seconds behind: who signed out a moment ago would still be signed in.
        raise ValueError(
            f"Vestibule reads where it writes. Fix: target_session_attrs={_WRITING[0]}"
            " in the address of the database."
        )
    return url


def _with_hosts(url: URL, hosts: list[str], ports: list[str]) -> URL:
    found = [_HOST.fullmatch(host) for host in hosts]
    if len(ports) == 1:
        ports *= len(hosts)
    if ports and len(ports) != len(hosts):
        raise ValueError("as many ports as hosts")
    names, numbers = [], []
    for number, one in enumerate(found):
        if one is None or (ports and one["port"]):
            raise ValueError("a host, or a host and a port")
        names.append(one["v6"] or one["name"])
        numbers.append(ports[number] if ports else one["port"] or "5432")
    if not all(number.isdecimal() for number in numbers):
        raise ValueError("a port is a number")
    query = {**url.query, "host": ",".join(names), "port": ",".join(numbers)}
    return url.set(host=None, port=None, query=query)


def _listed(url: URL, name: str) -> list[str]:
    value = url.query.get(name, ())
    values = [value] if isinstance(value, str) else value
    return [one for text in values for one in text.split(",")]


def _pairs(url: URL) -> Iterator[str]:
    return (f"{name}={value}" for name, value in url.query.items())
