"""Secrets of a person's day, and where they must not be found again."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from html import escape
from urllib.parse import quote, quote_plus

from sqlalchemy import create_engine, inspect, text

from tests.support.running_site import RunningSite


def found(secrets: Iterable[str], where: bytes) -> list[str]:
    """Those of the secrets that stand there, written in any way."""
    return [secret for secret in secrets if any(form in where for form in _forms(secret))]


def found_keys(secrets: Iterable[str], where: bytes) -> list[str]:
    """As :func:`found`, for secrets in base32: the bytes that they stand for, too."""
    raw = [base64.b32decode(secret) for secret in secrets]
    return [
        *found(secrets, where),
        *(key.hex() for key in raw if any(form in where for form in _forms_of_bytes(key))),
    ]


def _forms(secret: str) -> Iterator[bytes]:
    written = {secret, secret.replace("-", ""), secret.replace("-", " "), quote(secret)}
    written |= {quote_plus(secret, safe=""), escape(secret), json.dumps(secret)[1:-1]}
    for one in written:
        yield from (one.encode(), one.lower().encode(), one.upper().encode())
    yield from _forms_of_bytes(secret.encode())
    yield from _forms_of_bytes(secret.replace("-", "").encode())


def _forms_of_bytes(secret: bytes) -> Iterator[bytes]:
    yield secret
    yield secret.hex().encode()
    yield secret.hex().upper().encode()
    for before in range(3):
        # Base64 of something longer around it depends on where it begins there, and differs at both
        # ends: what is in between is searched.
        inside = slice(0 if before == 0 else 4, -4)
        yield base64.b64encode(bytes(before) + secret)[inside]
        yield base64.urlsafe_b64encode(bytes(before) + secret)[inside]


def all_rows(site: RunningSite) -> bytes:
    """Every value of every row of every table."""
    engine = create_engine(site.database_url)
    parts: list[bytes] = []
    with engine.connect() as connection:
        for table in inspect(connection).get_table_names():
            rows = connection.execute(text(f'SELECT * FROM "{table}"'))  # noqa: S608 - a name of ours
            parts += [_written(value) for row in rows for value in row]
    engine.dispose()
    return b"\n".join(parts)


def all_files(site: RunningSite) -> bytes:
    """SQLite's files, in which pages may be left that no row is on any more."""
    return b"\n".join(path.read_bytes() for path in site.instance.glob("*.db*"))


def _written(value: object) -> bytes:
    if isinstance(value, (bytes, memoryview)):
        return bytes(value) + b"\n" + bytes(value).hex().encode()
    return str(value).encode()
