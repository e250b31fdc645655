"""The settings of an application, converted and checked.

Wrong values are collected, not raised one at a time: all are told at once, each with the line that
fixes it.
"""

from collections.abc import Mapping
from dataclasses import fields
from datetime import date, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from vestibule.passkeys.values import relying_party, why_not
from vestibule.settings import Finding, Settings

POLICIES = ("off", "optional", "required", "phishing_resistant")
COUNTER_POLICIES = ("warn", "refuse")
SHORTEST_RECOVERY, LONGEST_RECOVERY = timedelta(hours=24), timedelta(days=30)
LONGEST_TRUST = timedelta(days=30)
WEAK_SECRETS = frozenset({"", "secret", "changeme", "change-me", "dev", "development", "password"})
_TRUTHS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def read_settings(config: Mapping[str, Any]) -> tuple[Settings, list[Finding]]:
    """Read ``VESTIBULE_*`` from a Flask configuration.

    Returns the settings (defaults in place of what could not be read) and all findings.
    """
    values: dict[str, Any] = {}
    findings: list[Finding] = []
    for one in fields(Settings):
        name = f"VESTIBULE_{one.name.upper()}"
        if name not in config:
            continue
        try:
            given = config[name]() if callable(config[name]) else config[name]
            values[one.name] = _converted(given, one.default)
        except (KeyError, TypeError, ValueError):
            kind = "date" if one.default is None else type(one.default).__name__
            example = '"2027-01-31"' if one.default is None else _shown(one.default)
            # Texts may be keys and addresses with passwords.
            given = "It" if isinstance(one.default, (str, tuple)) else repr(config[name])
            findings.append(Finding(name, f"{given} is not a {kind}.", f"{name} = {example}"))
    settings = Settings(**(_lifetimes_of_host(config) | values))
    return settings, findings + _checked(settings, config)


FLASKS_OWN = timedelta(days=31)


def _lifetimes_of_host(config: Mapping[str, Any]) -> dict[str, timedelta]:
    """Where the host says how long its sessions last, ours last so long too: unused, as Flask means
    it, and altogether where that is more than our own day.
    """
    said = config.get("PERMANENT_SESSION_LIFETIME", FLASKS_OWN)
    lasts = said if isinstance(said, timedelta) else timedelta(seconds=said)
    if lasts == FLASKS_OWN or lasts <= timedelta(0):
        return {}
    return {"session_idle": lasts, "session_absolute": max(lasts, Settings.session_absolute)}


def _converted(value: Any, default: Any) -> Any:
    if default is None:
        return _moment(value)
    if isinstance(default, timedelta):
        return value if isinstance(value, timedelta) else timedelta(seconds=float(value))
    if isinstance(default, tuple):
        return (value,) if isinstance(value, str) else tuple(value)
    if isinstance(default, Path):
        return Path(value)
    if isinstance(default, bool):
        return _TRUTHS[str(value).lower()]
    if isinstance(default, int):
        return int(value)
    if not isinstance(value, str):
        raise TypeError
    return value


def _shown(value: object) -> str:
    """As a line of Python has it."""
    if isinstance(value, timedelta):
        return f"timedelta(seconds={value.total_seconds():g})"
    return repr(str(value)) if isinstance(value, Path) else repr(value)


def _moment(value: Any) -> date | None:
    """A date, or a time with its zone; an empty text is none."""
    if value in (None, ""):
        return None
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value)
        except ValueError:
            value = datetime.fromisoformat(value)
    if isinstance(value, datetime) and value.tzinfo is None:
        raise ValueError
    if not isinstance(value, date):
        raise TypeError
    return value


def _is_stream(text: str) -> bool:
    # An address and no name: who signs in would wait for the name server.
    if text in ("", "stdout", "syslog"):
        return True
    try:
        address = urlsplit(text)
        ip_address(address.hostname or "")
        return address.scheme == "syslog" and address.port != 0
    except ValueError:
        return False


def _checked(settings: Settings, config: Mapping[str, Any]) -> list[Finding]:
    found: list[Finding] = []

    def wrong(when: bool, name: str, problem: str, fix: str) -> None:
        if when:
            found.append(Finding(name, problem, fix))

    secret = config.get("SECRET_KEY") or ""
    text = secret.decode("latin-1") if isinstance(secret, bytes) else str(secret)
    wrong(
        text.lower() in WEAK_SECRETS or len(text) < 16,
        "SECRET_KEY",
        "It is missing or can be guessed.",
        'SECRET_KEY = the output of: python -c "import secrets; print(secrets.token_hex(32))"',
    )
    wrong(
        not settings.keys,
        "VESTIBULE_KEYS",
        "There is no key to encrypt authenticator secrets with.",
        "VESTIBULE_KEYS = [the output of: vestibule keys new]",
    )
    wrong(
        ":" in settings.issuer or not 1 <= len(settings.issuer) <= 20,
        "VESTIBULE_ISSUER",
        "Authenticator apps need 1 to 20 characters without a colon.",
        'VESTIBULE_ISSUER = "Acme"',
    )
    wrong(
        settings.policy not in POLICIES,
        "VESTIBULE_POLICY",
        f"{settings.policy!r} is no policy.",
        'VESTIBULE_POLICY = "required" (or "optional", or "off")',
    )
    wrong(
        settings.policy == "phishing_resistant" and relying_party(settings) is None,
        "VESTIBULE_POLICY",
        "It wants passkeys, and none are offered here. "
        + (why_not(settings.base_url) or "VESTIBULE_PASSKEYS is off."),
        'VESTIBULE_POLICY = "required"',
    )
    wrong(
        settings.passkey_counter not in COUNTER_POLICIES,
        "VESTIBULE_PASSKEY_COUNTER",
        f"{settings.passkey_counter!r} is neither of the two.",
        'VESTIBULE_PASSKEY_COUNTER = "warn" (or "refuse")',
    )
    wrong(
        settings.policy_since is not None and settings.policy in ("off", "optional"),
        "VESTIBULE_POLICY_SINCE",
        f"It tells from when on a second step is required, and the policy is {settings.policy!r}.",
        'VESTIBULE_POLICY = "required"',
    )
    wrong(
        settings.totp_window not in (0, 1),
        "VESTIBULE_TOTP_WINDOW",
        "More than one step to each side makes guessing easier (RFC 6238 section 5.2).",
        "VESTIBULE_TOTP_WINDOW = 1 (or 0)",
    )
    wrong(
        settings.headers not in ("own", "all"),
        "VESTIBULE_HEADERS",
        f"{settings.headers!r} is unknown.",
        'VESTIBULE_HEADERS = "own" (or "all")',
    )
    base = urlsplit(settings.base_url)
    wrong(
        bool(settings.base_url) and (base.scheme not in ("http", "https") or not base.netloc),
        "VESTIBULE_BASE_URL",
        f"{settings.base_url!r} is no address of a site.",
        'VESTIBULE_BASE_URL = "https://example.org"',
    )
    wrong(
        base.scheme == "http" and base.hostname not in ("localhost", "127.0.0.1", "::1"),
        "VESTIBULE_BASE_URL",
        "Over plain http passwords and codes can be read on the way.",
        f'VESTIBULE_BASE_URL = "https://{base.netloc}"',
    )
    wrong(
        not _is_stream(settings.event_stream),
        "VESTIBULE_EVENT_STREAM",
        f"{settings.event_stream!r} is no place for a stream of events.",
        'VESTIBULE_EVENT_STREAM = "stdout" (or "syslog", or "syslog://192.0.2.7:514")',
    )
    for name in (
        "session_idle",
        "session_absolute",
        "pending_lifetime",
        "enrolment_lifetime",
        "enrolment_link_lifetime",
    ):
        wrong(
            getattr(settings, name) <= timedelta(0),
            f"VESTIBULE_{name.upper()}",
            "It must be longer than nothing.",
            f"VESTIBULE_{name.upper()} = {_shown(getattr(Settings(), name))}",
        )
    wrong(
        not timedelta(0) <= settings.trust_browsers_for <= LONGEST_TRUST,
        "VESTIBULE_TRUST_BROWSERS_FOR",
        "A browser is trusted for 30 days at most, or not at all.",
        "VESTIBULE_TRUST_BROWSERS_FOR = timedelta(days=30) (or 0)",
    )
    after = settings.recovery_after
    wrong(
        bool(after) and not SHORTEST_RECOVERY <= after <= LONGEST_RECOVERY,
        "VESTIBULE_RECOVERY_AFTER",
        "The owner needs 24 hours to hear of it, and nobody waits longer than 30 days.",
        "VESTIBULE_RECOVERY_AFTER = timedelta(hours=72) (or 0)",
    )
    wrong(
        bool(after) and not (settings.mail and settings.base_url),
        "VESTIBULE_RECOVERY_AFTER",
        "Recovery tells the owner by mail: it needs VESTIBULE_MAIL and VESTIBULE_BASE_URL.",
        'VESTIBULE_MAIL = "smtp://user:password@mail.example.org"; '
        'VESTIBULE_BASE_URL = "https://example.org"',
    )
    wrong(
        settings.backup_codes < 1 or settings.backup_codes > 50,
        "VESTIBULE_BACKUP_CODES",
        "A set has 1 to 50 codes.",
        "VESTIBULE_BACKUP_CODES = 10",
    )
    return found
