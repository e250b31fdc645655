"""The account that an address names, and what may be done to it."""

from flask import request, url_for
from flask_login import current_user
from werkzeug.exceptions import NotFound

from vestibule.admin_pages.access import adapter, users
from vestibule.admin_pages.actions import ACTIONS, Action
from vestibule.admin_pages.listing import Line, lines_of
from vestibule.notices.values import contact_of
from vestibule.web.request_state import runtime

LONGEST_KEY = 255


def offered(line: Line) -> list[tuple[str, Action]]:
    settings = runtime().services.settings
    facts = line.facts
    has_second_step = facts is not None and (facts.authenticators or facts.backup_codes_left)
    can_mail = bool(settings.mail and settings.base_url)
    is_there = {
        "sign-out": facts is not None,
        "password-link": can_mail,
        "enrolment-link": can_mail and not has_second_step,
        "reset-second-step": has_second_step,
        "stop-recovery": facts is not None and facts.recovery is not None,
        "disable": not line.is_disabled,
        "enable": line.is_disabled,
    }
    return [
        (name, one)
        for name, one in ACTIONS.items()
        if is_there.get(name, True) and (not one.of_host or adapter().can(one.of_host))
    ]


def asked_for() -> Line:
    """The account of this request's address."""
    key = request.args.get("user", "")
    user = adapter().user(key) if key.isprintable() and 0 < len(key) <= LONGEST_KEY else None
    if user is None or users().key(user) != key:
        raise NotFound
    return lines_of([user])[0]


def is_own(line: Line) -> bool:
    return bool(line.key == users().key(current_user))


def addresses_of(line: Line) -> tuple[str, ...]:
    return contact_of(line.name, "en", users().addresses(line.user)).addresses


def url_of(line: Line, done: str | None = None) -> str:
    return url_for("vestibule.admin_account", user=line.key, done=done)
