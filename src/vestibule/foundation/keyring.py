"""Encryption and keyed hashes under the operator's keys, kept outside the database (TOTP-15, P5).

A key is 32 random bytes and never encrypts by itself: each use has its own subkey, derived with
HKDF-SHA256 (RFC 5869), so that a value made for one purpose is worthless for another. The first key
is current: it seals and signs. The others open what they once sealed, so keys change without pause.
"""

import base64
import binascii
import hmac
import logging
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

log = logging.getLogger("vestibule")

_KEY_BYTES = 32
_NONCE_BYTES = 12
_TAG_BYTES = 16
_FIX = "Make one with `vestibule keys new` and paste it whole."


class Unreadable(Exception):
    """Not sealed by us for this place: changed, moved to another row, or never ours."""


class KeyMissing(Unreadable):
    """The key that sealed this is not in the ring."""


@dataclass(frozen=True)
class Sealed:
    """A ciphertext and the id of the key that opens it; two columns of a row."""

    key_id: str
    ciphertext: bytes  # nonce (96 bits), ciphertext, tag (128 bits)


Source = Callable[[], Sequence[str]]

LOOKS_EVERY = 5.0
"""Seconds until a ring that has a source looks there again."""


class _Keys:
    """The keys at one moment, and what is derived from them; never changed."""

    def __init__(self, texts: Sequence[str]) -> None:
        if not texts:
            raise ValueError(f"There is no encryption key. {_FIX}")
        self.texts = tuple(texts)
        self.by_id: dict[str, bytes] = {}
        for text in texts:
            key_id, key = _read_key(text)
            if key_id in self.by_id:
                raise ValueError(f"The encryption key {key_id} is listed twice. Remove one.")
            self.by_id[key_id] = key
        self.ciphers = {i: AESGCM(_subkey(k, "encryption")) for i, k in self.by_id.items()}
        self.macs: dict[tuple[str, str], bytes] = {}
        self.current_id: str = next(iter(self.by_id))


class Keyring:
    """The operator's keys; see `new_text` for their form."""

    def __init__(self, texts: Sequence[str], source: Source | None = None) -> None:
        """With ``source`` the keys are asked for again from time to time, and at once where one is
        missing: keys change while the site runs.

        Raises ValueError, saying the fix, for an empty list or a text that is not a good key.
        """
        self._held = _Keys(texts)
        self._source = source
        self._look_at = time.monotonic() + LOOKS_EVERY

    @property
    def current_id(self) -> str:
        """The key that encrypts and signs now."""
        return self._keys().current_id

    @property
    def ids(self) -> frozenset[str]:
        return frozenset(self._keys().by_id)

    @property
    def listed(self) -> tuple[str, ...]:
        """The ids in the operator's order, the current one first."""
        return tuple(self._keys().by_id)

    def _keys(self) -> _Keys:
        if self._source is not None and time.monotonic() >= self._look_at:
            self._look(self._source)
        return self._held

    def _keys_with(self, key_id: str) -> _Keys:
        """Raises KeyMissing."""
        keys = self._keys()
        if key_id not in keys.by_id and self._source is not None:
            # Another process may have been quicker to hear of a new key, and sealed with it.
            self._look(self._source)
            keys = self._held
        if key_id not in keys.by_id:
            raise KeyMissing(f"The encryption key {key_id!r} is not configured.")
        return keys

    def _look(self, source: Source) -> None:
        self._look_at = time.monotonic() + LOOKS_EVERY
        try:
            texts = tuple(source())
            if texts != self._held.texts:
                self._held = _Keys(texts)
        except Exception:
            # Those from before are good until somebody mends it: a file that is being replaced, or
            # a slip of the pen, must not shut everybody out.
            log.exception("the keys cannot be read again; those from before stay in use")

    def __repr__(self) -> str:
        return f"<Keyring {', '.join(self._held.by_id)}>"

    @staticmethod
    def new_text() -> str:
        """A new key as text, `<key id>:<base64url of 32 random bytes>`.

        The id is derived from the key: another key can never carry an id that rows refer to.
        """
        key = os.urandom(_KEY_BYTES)
        return f"{_key_id(key)}:{_to_base64(key)}"

    def seal(self, plaintext: bytes, *bound_to: str) -> Sealed:
        """Encrypts with AES-256-GCM under the current key.

        `bound_to` names the place (table, column, row …) as associated data: it opens only there.
        """
        return self.seal_under(self._keys().current_id, plaintext, *bound_to)

    def seal_under(self, key_id: str, plaintext: bytes, *bound_to: str) -> Sealed:
        """The same under that key. Raises KeyMissing."""
        nonce = os.urandom(_NONCE_BYTES)
        cipher = self._keys_with(key_id).ciphers[key_id]
        return Sealed(key_id, nonce + cipher.encrypt(nonce, plaintext, _place(bound_to)))

    def unseal(self, sealed: Sealed, *bound_to: str) -> bytes:
        """The plaintext. Raises KeyMissing or Unreadable."""
        cipher = self._keys_with(sealed.key_id).ciphers[sealed.key_id]
        if len(sealed.ciphertext) < _NONCE_BYTES + _TAG_BYTES:
            raise Unreadable("The ciphertext is too short.")
        nonce, rest = sealed.ciphertext[:_NONCE_BYTES], sealed.ciphertext[_NONCE_BYTES:]
        try:
            return cipher.decrypt(nonce, rest, _place(bound_to))
        except InvalidTag as error:
            raise Unreadable("The ciphertext was changed or belongs somewhere else.") from error

    def seal_text(self, plaintext: bytes, *bound_to: str) -> str:
        """Like `seal`, as one text for a page or a column: `<key id>.<base64url>`."""
        sealed = self.seal(plaintext, *bound_to)
        return f"{sealed.key_id}.{_to_base64(sealed.ciphertext)}"

    def unseal_text(self, text: str, *bound_to: str) -> bytes:
        """Opens what `seal_text` made; any other text raises Unreadable or KeyMissing."""
        key_id, _, encoded = text.partition(".")
        try:
            ciphertext = _from_base64(encoded)
        except ValueError as error:
            raise Unreadable("The text is not one that we sealed.") from error
        return self.unseal(Sealed(key_id, ciphertext), *bound_to)

    def mac(self, purpose: str, message: str) -> str:
        """HMAC-SHA256 in hex under the current key's subkey of this purpose.

        The purpose is a word of the code, never from outside: its subkey is kept.
        """
        keys = self._keys()
        return _mac(keys, keys.current_id, purpose, message)

    def mac_under(self, key_id: str, purpose: str, message: str) -> str:
        """The same under that key: for what names its key, while the current one may change at any
        moment. Raises KeyMissing.
        """
        return _mac(self._keys_with(key_id), key_id, purpose, message)

    def macs(self, purpose: str, message: str) -> tuple[str, ...]:
        """The same under every key, current first: a look-up finds what an older key wrote."""
        keys = self._keys()
        return tuple(_mac(keys, key_id, purpose, message) for key_id in keys.by_id)

    def is_mac(self, key_id: str, purpose: str, message: str, found: str) -> bool:
        """Whether ``found`` is the message's HMAC under that key. Raises KeyMissing."""
        made = self.mac_under(key_id, purpose, message)
        return hmac.compare_digest(made.encode(), found.encode("utf-8", "surrogatepass"))


def _mac(keys: _Keys, key_id: str, purpose: str, message: str) -> str:
    key = keys.macs.get((key_id, purpose))
    if key is None:
        key = keys.macs[key_id, purpose] = _subkey(keys.by_id[key_id], "mac", purpose)
    # Names typed by strangers come here: lone surrogates must not raise.
    return hmac.digest(key, message.encode("utf-8", "surrogatepass"), "sha256").hex()


def _read_key(text: str) -> tuple[str, bytes]:
    key_id, _, encoded = text.strip().partition(":")
    try:
        key = _from_base64(encoded)
    except ValueError:
        key = b""
    if len(key) != _KEY_BYTES:
        # The text itself may be most of a key: it must not reach a log through this message.
        raise ValueError(f"An encryption key is '<8 hex digits>:' and 43 more characters. {_FIX}")
    if len(set(key)) == 1:
        raise ValueError(f"The encryption key {key_id[:8]} is a placeholder, not random. {_FIX}")
    if not hmac.compare_digest(key_id.encode("utf-8", "surrogatepass"), _key_id(key).encode()):
        raise ValueError(
            f"The encryption key {key_id[:8]} does not fit its id: one was changed. Put the old"
            " text back; a new key is a whole new text, listed before the old one."
        )
    return key_id, key


def _key_id(key: bytes) -> str:
    return _subkey(key, "id")[:4].hex()


def _subkey(key: bytes, *use: str) -> bytes:
    info = b"vestibule" + _place(use)
    return HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=info).derive(key)


def _place(parts: Sequence[str]) -> bytes:
    """One encoding per list of parts: with lengths in front, ("ab", "c") and ("a", "bc") differ."""
    encoded = [part.encode("utf-8", "surrogatepass") for part in parts]
    return b"".join(len(part).to_bytes(4, "big") + part for part in encoded)


def _to_base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _from_base64(text: str) -> bytes:
    """Raises ValueError for anything but unpadded base64url."""
    if not text.isascii() or "=" in text:
        raise ValueError("not base64url")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("not base64url") from error
