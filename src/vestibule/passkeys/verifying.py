"""What the ``webauthn`` package is asked: to read and verify what browsers answer.

It is an extra, so it is imported when it is used.
"""

import json
from dataclasses import dataclass
from typing import Any

from vestibule.passkeys.values import (
    ALGORITHMS,
    LONGEST_ANSWER,
    LONGEST_CREDENTIAL_ID,
    PasskeyRefused,
    RelyingParty,
    Why,
)

TRANSPORTS = frozenset({"ble", "hybrid", "internal", "nfc", "smart-card", "usb"})


@dataclass(frozen=True)
class Answer:
    """What a browser sent, read and not verified."""

    told: dict[str, Any]
    credential_id: bytes
    challenge: bytes
    handle: bytes | None
    """Whose passkey it says it is; some keep no handle."""


@dataclass(frozen=True)
class NewPasskey:
    """A passkey that was verified, and is nobody's yet."""

    credential_id: bytes
    public_key: bytes
    sign_count: int
    transports: tuple[str, ...]
    backup_eligible: bool
    backed_up: bool


@dataclass(frozen=True)
class Shown:
    """What a verified answer says."""

    sign_count: int
    backup_eligible: bool
    backed_up: bool
    user_verified: bool


def read(text: str) -> Answer:
    """Read an answer in the JSON of WebAuthn level 3. Raises :class:`PasskeyRefused`."""
    from webauthn.helpers import base64url_to_bytes, parse_client_data_json

    if len(text) > LONGEST_ANSWER:
        raise PasskeyRefused(Why.UNREADABLE)
    try:
        told = json.loads(text)
        response = told["response"]
        raw = base64url_to_bytes(response["clientDataJSON"])
        client = parse_client_data_json(raw)
        said = json.loads(raw)
        handle = response.get("userHandle")
        answer = Answer(
            told,
            base64url_to_bytes(told["rawId"]),
            client.challenge,
            base64url_to_bytes(handle) if handle else None,
        )
    except Exception as error:
        # A stranger wrote it: whatever our reading or the package's makes of it, it is no answer.
        raise PasskeyRefused(Why.UNREADABLE) from error
    # The package does not look at these (WA-2).
    if said.get("crossOrigin", False) is not False or "topOrigin" in said:
        raise PasskeyRefused(Why.ELSEWHERE)
    if not 1 <= len(answer.credential_id) <= LONGEST_CREDENTIAL_ID:
        raise PasskeyRefused(Why.UNREADABLE)
    return answer


def verify_new(answer: Answer, site: RelyingParty) -> NewPasskey:
    """Verify the answer to a registration; its challenge is ours, and was used up just now.

    Raises :class:`PasskeyRefused`.
    """
    from webauthn import verify_registration_response
    from webauthn.helpers.cose import COSEAlgorithmIdentifier
    from webauthn.helpers.exceptions import InvalidBackupFlags
    from webauthn.helpers.structs import CredentialDeviceType

    try:
        found = verify_registration_response(
            credential=answer.told,
            expected_challenge=answer.challenge,
            expected_rp_id=site.id,
            expected_origin=site.origin,
            supported_pub_key_algs=[COSEAlgorithmIdentifier(one) for one in ALGORITHMS],
        )
        said = answer.told["response"].get("transports") or ()
        transports = tuple(sorted({one for one in said if one in TRANSPORTS}))
    except InvalidBackupFlags as error:
        raise PasskeyRefused(Why.BACKUP) from error
    except Exception as error:
        raise PasskeyRefused(Why.NOT_VERIFIED) from error
    # Signed is the id within; the browser's own words beside it are not.
    if found.credential_id != answer.credential_id:
        raise PasskeyRefused(Why.NOT_VERIFIED)
    return NewPasskey(
        found.credential_id,
        found.credential_public_key,
        found.sign_count,
        transports,
        found.credential_device_type is CredentialDeviceType.MULTI_DEVICE,
        found.credential_backed_up,
    )


def verify(answer: Answer, public_key: bytes, site: RelyingParty) -> Shown:
    """Verify the answer of a passkey with this key; its challenge is ours, and was used up just
    now. The counter is left to the caller's policy. Raises :class:`PasskeyRefused`.
    """
    from webauthn import verify_authentication_response
    from webauthn.helpers.exceptions import InvalidBackupFlags
    from webauthn.helpers.structs import CredentialDeviceType

    try:
        found = verify_authentication_response(
            credential=answer.told,
            expected_challenge=answer.challenge,
            expected_rp_id=site.id,
            expected_origin=site.origin,
            credential_public_key=public_key,
            credential_current_sign_count=0,
        )
    except InvalidBackupFlags as error:
        raise PasskeyRefused(Why.BACKUP) from error
    except Exception as error:
        raise PasskeyRefused(Why.NOT_VERIFIED) from error
    return Shown(
        found.new_sign_count,
        found.credential_device_type is CredentialDeviceType.MULTI_DEVICE,
        found.credential_backed_up,
        found.user_verified,
    )
