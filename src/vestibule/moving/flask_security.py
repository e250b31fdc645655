"""The second steps of Flask-Security(-Too): its user table, its wrapped secrets.

``tf_totp_secret`` holds a JSON object of passlib's TOTP: ``key`` is base32, ``enckey`` is encrypted
under ``SECURITY_TOTP_SECRETS``. ``tf_primary_method`` says what the person uses it for.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sqlalchemy import Engine

from vestibule.authenticators.foreign_secrets import (
    ForeignSecret,
    Unusable,
    check_parameters,
    read_secret,
)
from vestibule.moving.files import NotReadable
from vestibule.moving.tables import table_rows
from vestibule.moving.values import Given, given

APP_METHODS = ("authenticator", "google_authenticator")
"""The second is what versions before 4 wrote."""

Unwrap = Callable[[dict[str, Any]], str]
"""Decrypts passlib's object; the base32 key. Raises :class:`Unusable`."""


def read_flask_security(engine: Engine, name: str, *, user: str, unwrap: Unwrap) -> Iterator[Given]:
    """Users with a second step. Who had it by mail or SMS is refused in words: there is no app."""
    for number, row in table_rows(engine, name, (user, "tf_primary_method", "tf_totp_secret")):
        if row[1]:
            yield given(number, row[0], lambda row=row: _secret(row[1], row[2], unwrap))  # type: ignore[misc]


def _secret(method: object, stored: object, unwrap: Unwrap) -> ForeignSecret:
    if method not in APP_METHODS:
        raise Unusable("The second step was no app: the person sets one up.")
    if not stored:
        raise Unusable("There is no secret.")
    text = str(stored)
    if not text.lstrip().startswith("{"):
        return read_secret(text)
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise Unusable("The secret cannot be read.") from None
    if found.get("type") != "totp":
        raise Unusable("Only authenticators that follow the time (totp) are taken.")
    check_parameters(found.get("alg", "sha1"), found.get("digits", 6), found.get("period", 30))
    return read_secret(unwrap(found) if "enckey" in found else str(found.get("key", "")))


def unwrapper(secrets: Mapping[str, str]) -> Unwrap:
    """What decrypts with ``SECURITY_TOTP_SECRETS``; without secrets it refuses what is encrypted.

    Raises :class:`NotReadable` where passlib is not there, or does not like the secrets.
    """
    if not secrets:
        return _refuse
    try:
        from passlib.totp import TOTP
    except ImportError as error:
        raise NotReadable("Decrypting needs passlib: pip install passlib") from error
    try:
        factory = TOTP.using(secrets=dict(secrets))
    except (TypeError, ValueError) as error:
        raise NotReadable(
            "These are no SECURITY_TOTP_SECRETS: take those of the old program."
        ) from error

    def unwrap(found: dict[str, Any]) -> str:
        try:
            key: str = factory.from_source(json.dumps(found)).base32_key
        except (KeyError, TypeError, ValueError, AssertionError):
            raise Unusable("The secret cannot be decrypted with these secrets.") from None
        return key

    return unwrap


def _refuse(found: dict[str, Any]) -> str:  # noqa: ARG001
    raise Unusable("The secret is encrypted: give SECURITY_TOTP_SECRETS.")
