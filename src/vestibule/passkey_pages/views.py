"""The rules of passkeys."""

from flask import Blueprint

from vestibule.passkey_pages.adding import setup_passkey
from vestibule.passkey_pages.managing import passkey, passkeys, remove_passkey
from vestibule.passkey_pages.options import passkey_options
from vestibule.passkey_pages.signing_in import passkey_sign_in


def register(pages: Blueprint) -> None:
    """Add the rules of this folder."""
    both, each = ["GET", "POST"], "/security/passkeys/<identity>"
    pages.add_url_rule("/passkey", "passkey_sign_in", passkey_sign_in, methods=both)
    pages.add_url_rule("/passkey/options", "passkey_options", passkey_options, methods=["POST"])
    pages.add_url_rule("/setup-passkey", "setup_passkey", setup_passkey, methods=both)
    pages.add_url_rule("/security/passkeys", "passkeys", passkeys)
    pages.add_url_rule(each, "passkey", passkey, methods=both)
    pages.add_url_rule(f"{each}/remove", "remove_passkey", remove_passkey, methods=both)
