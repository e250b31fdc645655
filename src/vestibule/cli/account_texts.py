"""The facts about an account as a row, as lines and as JSON."""

from datetime import UTC, datetime
from typing import Any

from vestibule.admin.facts import AccountFacts
from vestibule.notices.values import one_line

_WIDTHS = (24, 22, 5, 16, 16)
_HEADS = ("account", "second step", "codes", "last sign-in", "cool-off until", "recovery from")


def heading() -> str:
    """The first line of a list."""
    return _row(_HEADS)


def in_a_row(facts: AccountFacts) -> str:
    """One account as a line of the list. Times are UTC."""
    return _row(
        (
            _who(facts),
            _second_step(facts),
            str(facts.backup_codes_left),
            _at(facts.last_sign_in),
            _at(facts.cool_off_until),
            _at(facts.recovery.opens_at) if facts.recovery else "-",
        )
    )


def as_lines(facts: AccountFacts) -> str:
    """One account for somebody who decides something about it."""
    told = {
        "account": _who(facts),
        "key": facts.user_id,
        "second step": _second_step(facts),
        "backup codes left": str(facts.backup_codes_left),
        "last sign-in": _at(facts.last_sign_in),
        "cool-off until": _at(facts.cool_off_until),
        "codes": "closed to browsers that never signed in" if facts.codes_closed else "open",
        "recovery": "none",
    }
    if facts.recovery:
        asked = facts.recovery
        told["recovery"] = (
            f"asked for {_at(asked.asked_at)} from {asked.address}; "
            f"open from {_at(asked.opens_at)} to {_at(asked.ends_at)}"
        )
    elif facts.recovery_barred_until:
        told["recovery"] = f"cannot be asked for before {_at(facts.recovery_barred_until)}"
    return "\n".join(f"{name + ':':<19}{value}" for name, value in told.items())


def as_json(facts: AccountFacts) -> dict[str, Any]:
    """The same for programs; times in ISO 8601, UTC."""
    asked = facts.recovery
    return {
        "key": facts.user_id,
        "name": facts.name,
        "authenticators": facts.authenticators,
        "switched_off": facts.switched_off,
        "passkeys": facts.passkeys,
        "backup_codes_left": facts.backup_codes_left,
        "last_sign_in": _iso(facts.last_sign_in),
        "cool_off_until": _iso(facts.cool_off_until),
        "codes_closed": facts.codes_closed,
        "recovery": asked
        and {
            "asked_at": _iso(asked.asked_at),
            "opens_at": _iso(asked.opens_at),
            "ends_at": _iso(asked.ends_at),
            "address": asked.address,
        },
        "recovery_barred_until": _iso(facts.recovery_barred_until),
    }


def _who(facts: AccountFacts) -> str:
    # A name is whatever its owner typed: it must not move the cursor or turn the line.
    return one_line(facts.name) or one_line(facts.user_id)


def _second_step(facts: AccountFacts) -> str:
    counts = []
    if facts.authenticators:
        count = f"{facts.authenticators} authenticator{'s' * (facts.authenticators > 1)}"
        counts.append(f"{count}, {facts.switched_off} off" if facts.switched_off else count)
    if facts.passkeys:
        counts.append(f"{facts.passkeys} passkey{'s' * (facts.passkeys > 1)}")
    return " and ".join(counts) or "none"


def _at(moment: datetime | None) -> str:
    return "-" if moment is None else f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}"


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat()


def _row(cells: tuple[str, ...]) -> str:
    *first, last = cells
    padded = [f"{cell:<{width}}" for cell, width in zip(first, _WIDTHS, strict=True)]
    return "  ".join((*padded, last))
