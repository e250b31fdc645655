"""An authenticator of passkeys in software, on ``cryptography``: what a device and a browser send.

Whatever it says can be said wrongly: each step is a method, and each part of an answer a parameter.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field, replace
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

ORIGIN = "http://localhost"
RP_ID = "localhost"
UP, UV, BE, BS, AT = 1, 4, 8, 16, 64


def encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "==")


@dataclass(frozen=True)
class Saying:
    """What a browser and its authenticator say; the defaults are the truth."""

    type: str | None = None
    challenge: bytes | None = None
    origin: str = ORIGIN
    client: dict[str, Any] = field(default_factory=dict)
    """More members of the client data, ``crossOrigin`` say."""
    rp_id: str = RP_ID
    flags: int = UP | UV
    count: int | None = None
    algorithm: int | None = None
    credential_id: bytes | None = None
    claimed_id: bytes | None = None
    """The id beside what is signed."""
    handle: bytes | None = None
    without_handle: bool = False
    spoil_signature: bool = False
    fmt: str = "none"
    statement: dict[str, Any] = field(default_factory=dict)
    kind: str = "public-key"


TRUTH = Saying()


@dataclass
class SoftPasskey:
    """One device with one passkey of one account."""

    algorithm: int = -7
    flags: int = UP | UV
    count: int = 0
    """The counter; 0 where it does not count."""
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    handle: bytes = b""
    key: Any = None

    def __post_init__(self) -> None:
        if self.key is None:
            self.key = _new_key(self.algorithm)

    def copy(self) -> SoftPasskey:
        return replace(self)

    def created(self, options: dict[str, Any], saying: Saying = TRUTH) -> str:
        """The answer to ``navigator.credentials.create``, as JSON."""
        self.handle = decoded(options["user"]["id"])
        saying = self._filled(options, saying)
        client = _client_data("webauthn.create", saying)
        credential_id = saying.credential_id or self.credential_id
        data = _authenticator_data(saying, self._flags(saying) | AT, self.count)
        data += bytes(16) + len(credential_id).to_bytes(2, "big") + credential_id
        data += cbor2.dumps(_cose(self.key, saying.algorithm or self.algorithm))
        attestation = {"fmt": saying.fmt, "attStmt": saying.statement, "authData": data}
        response = {
            "clientDataJSON": encoded(client),
            "attestationObject": encoded(cbor2.dumps(attestation)),
            "transports": ["internal", "nonsense"],
        }
        return _credential(saying.claimed_id or credential_id, response, saying.kind)

    def shown(self, options: dict[str, Any], saying: Saying = TRUTH) -> str:
        """The answer to ``navigator.credentials.get``, as JSON."""
        if self.count and saying.count is None:
            self.count += 1
        saying = self._filled(options, saying)
        client = _client_data("webauthn.get", saying)
        count = self.count if saying.count is None else saying.count
        data = _authenticator_data(saying, self._flags(saying), count)
        signature = self._sign(data + hashlib.sha256(client).digest())
        if saying.spoil_signature:
            signature = signature[:-1] + bytes([signature[-1] ^ 1])
        response = {
            "clientDataJSON": encoded(client),
            "authenticatorData": encoded(data),
            "signature": encoded(signature),
        }
        if not saying.without_handle:
            response["userHandle"] = encoded(saying.handle or self.handle)
        return _credential(saying.credential_id or self.credential_id, response, saying.kind)

    def _flags(self, saying: Saying) -> int:
        return saying.flags if saying.flags != TRUTH.flags else self.flags

    def _filled(self, options: dict[str, Any], saying: Saying) -> Saying:
        if saying.challenge is None:
            return replace(saying, challenge=decoded(options["challenge"]))
        return saying

    def _sign(self, data: bytes) -> bytes:
        if isinstance(self.key, ed25519.Ed25519PrivateKey):
            return self.key.sign(data)
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(data, padding.PKCS1v15(), hashes.SHA256())
        signed: bytes = self.key.sign(data, ec.ECDSA(hashes.SHA256()))
        return signed


def _new_key(algorithm: int) -> Any:
    if algorithm == -8:
        return ed25519.Ed25519PrivateKey.generate()
    if algorithm == -257:
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return ec.generate_private_key(ec.SECP384R1() if algorithm == -35 else ec.SECP256R1())


def _cose(key: Any, algorithm: int) -> dict[int, Any]:
    public = key.public_key()
    if isinstance(public, ed25519.Ed25519PublicKey):
        return {1: 1, 3: algorithm, -1: 6, -2: public.public_bytes_raw()}
    numbers = public.public_numbers()
    if isinstance(public, rsa.RSAPublicKey):
        return {1: 3, 3: algorithm, -1: numbers.n.to_bytes(256, "big"), -2: b"\x01\x00\x01"}
    size = (public.key_size + 7) // 8
    x, y = (one.to_bytes(size, "big") for one in (numbers.x, numbers.y))
    return {1: 2, 3: algorithm, -1: 1 if size == 32 else 2, -2: x, -3: y}


def _client_data(kind: str, saying: Saying) -> bytes:
    told = {
        "type": saying.type or kind,
        "challenge": encoded(saying.challenge or b""),
        "origin": saying.origin,
        "crossOrigin": False,
        **saying.client,
    }
    return json.dumps(told).encode()


def _authenticator_data(saying: Saying, flags: int, count: int) -> bytes:
    return (
        hashlib.sha256(saying.rp_id.encode()).digest() + bytes([flags]) + count.to_bytes(4, "big")
    )


def _credential(credential_id: bytes, response: dict[str, Any], kind: str) -> str:
    given = encoded(credential_id)
    return json.dumps({"id": given, "rawId": given, "type": kind, "response": response})
