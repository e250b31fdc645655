"""What the details of each kind of event may say, and in what type."""

from collections.abc import Mapping

from vestibule.audit.values import Details, EventKind

LONGEST = 255
"""Characters of a text among the details."""

_BROWSER = {"trusted": str, "name": str}
_SESSION = {"level": str, "session": str, "method": str}
_REASON = {"reason": str}
_AUTHENTICATOR = {"authenticator": str}
_PASSKEY = {"passkey": str}

SCHEMAS: Mapping[EventKind, Mapping[str, type]] = {
    EventKind.PASSWORD_DISABLED: {"notice": str},
    EventKind.PASSWORD_FORGOTTEN: {"unknown_address": str},
    EventKind.TRY_TAKEN: {"unknown_name": str},
    EventKind.TRY_REFUSED: {"budget": str, "times": int, "unknown_name": str},
    EventKind.PASSWORD_FAILED: {"unknown_name": str},
    EventKind.SIGNIN_STARTED: {"stage": str},
    EventKind.SIGNED_IN: _SESSION | {"known_browser": bool},
    EventKind.ADOPTED: _SESSION,
    EventKind.SIGNED_OUT: {"session": str},
    EventKind.SIGNED_OUT_ELSEWHERE: {"session": str, "remembered": str, "ended": str},
    EventKind.AUTHENTICATOR_ADDED: _AUTHENTICATOR,
    EventKind.AUTHENTICATOR_RENAMED: _AUTHENTICATOR,
    EventKind.AUTHENTICATOR_REPLACED: _AUTHENTICATOR,
    EventKind.AUTHENTICATOR_REMOVED: _AUTHENTICATOR | {"all": bool},
    EventKind.AUTHENTICATOR_IMPORTED: _AUTHENTICATOR | {"fingerprint": str},
    EventKind.AUTHENTICATOR_DISABLED: {"count": int},
    EventKind.PASSKEY_ADDED: _PASSKEY | {"backed_up": bool},
    EventKind.PASSKEY_RENAMED: _PASSKEY,
    EventKind.PASSKEY_REMOVED: _PASSKEY | {"all": bool},
    EventKind.PASSKEY_REFUSED: {"why": str},
    EventKind.PASSKEY_FAILED: {"why": str},
    EventKind.PASSKEY_COUNTER: _PASSKEY | {"stored": int, "shown": int},
    EventKind.SECRETS_EXPORTED: {"count": int},
    EventKind.SECRETS_REENCRYPTED: {"count": int},
    EventKind.LINK_MADE: {"purpose": str},
    EventKind.LINK_USED: {"purpose": str},
    EventKind.BACKUP_CODES_MADE: {"set_number": int, "count": int, "with_factor": bool},
    EventKind.BACKUP_CODE_USED: {"code": str, "left": int},
    EventKind.BROWSER_REMEMBERED: {"browser": str, "until": str},
    EventKind.BROWSER_COPIED: {"browser": str},
    EventKind.BROWSER_TRUSTED: _BROWSER | {"until": str},
    EventKind.TRUST_ENDED: _BROWSER,
    EventKind.TRUST_COPIED: _BROWSER,
    EventKind.BROWSER_RENAMED: {"browser": str},
    EventKind.BROWSER_FORGOTTEN: {"known": str, "ended": str},
    EventKind.RECOVERY_ASKED: {"opens_at": str},
    EventKind.RECOVERY_STOPPED: _REASON | {"by": str},
    EventKind.SECOND_STEP_RESET: _REASON,
    EventKind.SIGNED_OUT_BY_ADMINISTRATOR: _REASON,
    EventKind.UNLOCKED: _REASON,
    EventKind.ACCOUNT_DISABLED: _REASON,
    EventKind.ACCOUNT_ENABLED: _REASON,
    EventKind.LINK_SENT: _REASON | {"purpose": str},
    EventKind.AUDIT_EXPORTED: dict.fromkeys(
        ("format", "account", "kind", "result", "factor", "address", "from", "until"), str
    ),
    EventKind.AUDIT_PURGED: {"seals": int, "events": int, "through": int, "hash": str},
}
"""A kind that is not here has no details."""


def check_details(kind: EventKind, details: Details) -> None:
    """Raises ValueError, naming the fact and never what it says, for one that the schema of its
    kind does not know.
    """
    schema = SCHEMAS.get(kind, {})
    for name, fact in details.items():
        expected = schema.get(name)
        # True is an int to Python, and no count.
        is_other = isinstance(fact, bool) is not (expected is bool)
        if expected is None or is_other or not isinstance(fact, expected):
            raise ValueError(f"{name!r} is none of the details of {kind.value!r}: {dict(schema)}.")
        if isinstance(fact, str) and (len(fact) > LONGEST or not fact.isprintable()):
            raise ValueError(f"{name!r} of {kind.value!r} is not one short line.")
