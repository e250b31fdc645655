"""Random values that must not be guessed, and the keys under which rows are found by them."""

import hashlib
import secrets


def new_token() -> str:
    """A bearer secret of 256 random bits, safe in cookies and addresses (HASH-9)."""
    return secrets.token_urlsafe(32)


def token_key(token: str) -> str:
    """The SHA-256 of a token in hex: what the database stores instead of the token (promise P5).

    A stranger may send any text as a token: none raises, lone surrogates included.
    """
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def new_id() -> str:
    """A row's identifier: 128 random bits in hex, so that no running numbers leak."""
    return secrets.token_hex(16)
