"""What a browser is told before it asks for a passkey."""

import json
from collections.abc import Sequence
from typing import Any

from vestibule.passkeys.flows import StoredPasskey
from vestibule.passkeys.values import ALGORITHMS, CHALLENGE_LIFETIME, RelyingParty

_TIMEOUT = int(CHALLENGE_LIFETIME.total_seconds() * 1000)


def to_register(
    site: RelyingParty,
    challenge: bytes,
    *,
    issuer: str,
    handle: bytes,
    account_name: str,
    stored: Sequence[StoredPasskey],
) -> dict[str, Any]:
    """For ``navigator.credentials.create``: no attestation is asked for (WA-10), and none of the
    account's passkeys makes a second one on its device (WA-11).
    """
    from webauthn import generate_registration_options
    from webauthn.helpers.cose import COSEAlgorithmIdentifier
    from webauthn.helpers.structs import (
        AuthenticatorSelectionCriteria,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    return _as_dict(
        generate_registration_options(
            rp_id=site.id,
            rp_name=issuer,
            user_id=handle,
            user_name=account_name,
            challenge=challenge,
            timeout=_TIMEOUT,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.PREFERRED,
                user_verification=UserVerificationRequirement.PREFERRED,
            ),
            exclude_credentials=_descriptors(stored),
            supported_pub_key_algs=[COSEAlgorithmIdentifier(one) for one in ALGORITHMS],
        )
    )


def to_show(
    site: RelyingParty, challenge: bytes, stored: Sequence[StoredPasskey], *, alone: bool
) -> dict[str, Any]:
    """For ``navigator.credentials.get``. Where it is to stand ``alone``, for both steps, the device
    must ask for a PIN, a finger or a face (WA-3).
    """
    from webauthn import generate_authentication_options
    from webauthn.helpers.structs import UserVerificationRequirement

    wanted = (
        UserVerificationRequirement.REQUIRED if alone else UserVerificationRequirement.PREFERRED
    )
    return _as_dict(
        generate_authentication_options(
            rp_id=site.id,
            challenge=challenge,
            timeout=_TIMEOUT,
            allow_credentials=_descriptors(stored),
            user_verification=wanted,
        )
    )


def _descriptors(stored: Sequence[StoredPasskey]) -> list[Any]:
    from webauthn.helpers.structs import AuthenticatorTransport, PublicKeyCredentialDescriptor

    return [
        PublicKeyCredentialDescriptor(
            id=one.credential_id,
            transports=[AuthenticatorTransport(way) for way in one.transports.split()] or None,
        )
        for one in stored
    ]


def _as_dict(options: Any) -> dict[str, Any]:
    from webauthn import options_to_json

    found: dict[str, Any] = json.loads(options_to_json(options))
    return found
