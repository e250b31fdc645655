"""Every address of ours, and the view behind it, which is loaded when its page is first opened.

A process may never open most of these pages, and what stands behind them takes longer to load than
what every request needs.
"""

from collections.abc import Callable
from importlib import import_module

from flask import Blueprint
from werkzeug.wrappers import Response

_GET, _POST, _BOTH = ("GET",), ("POST",), ("GET", "POST")
# Of each module: address, endpoint, view, methods.
_RULES = {
    "signin.views": (
        ("/verify-2fa", "verify", "verify", _BOTH),
        ("/verify-2fa/backup-code", "verify_backup_code", "verify_backup_code", _BOTH),
        ("/verify-2fa/cancel", "cancel", "cancel", _POST),
    ),
    "authenticators.views": (("/setup-2fa", "setup", "setup", _BOTH),),
    "backup_codes.views": (
        ("/backup-codes", "backup_codes", "codes", _BOTH),
        ("/backup-codes/new", "new_backup_codes", "new_codes", _POST),
        ("/backup-codes/download", "download_backup_codes", "download", _POST),
    ),
    "one_time_tokens.views": (("/setup-2fa/link", "enrolment_link", "enrolment_link", _GET),),
    "confirm.views": (("/confirm", "confirm", "confirm", _BOTH),),
    "account_pages.views": (
        ("/security", "security", "security", _GET),
        ("/security/clock", "clock", "clock", _GET),
    ),
    "account_pages.authenticators": (
        ("/security/authenticators", "authenticators", "show_all", _GET),
        ("/security/authenticators/<identity>", "authenticator", "show_one", _BOTH),
        ("/security/authenticators/<identity>/remove", "remove_authenticator", "remove", _BOTH),
    ),
    "account_pages.sessions": (
        ("/security/sessions", "sessions", "show_all", _GET),
        ("/security/sessions/end", "end_session", "end", _POST),
        ("/security/sessions/end-others", "end_other_sessions", "end_others", _POST),
    ),
    "account_pages.browsers": (
        ("/security/browsers", "browsers", "show_all", _GET),
        ("/security/browsers/<kind>/<identity>", "browser", "show_one", _BOTH),
        ("/security/browsers/<kind>/<identity>/forget", "forget_browser", "forget_one", _POST),
        ("/security/browsers/<kind>/forget-all", "forget_browsers", "forget_all", _POST),
    ),
    "account_pages.activity": (("/security/activity", "activity", "activity", _GET),),
    "account_pages.stopping_recovery": (
        ("/recover/stop/link", "stop_recovery_link", "stop_recovery_link", _GET),
        ("/recover/stop", "stop_recovery_by_mail", "stop_by_mail", _BOTH),
        ("/security/recovery/stop", "stop_recovery", "stop", _POST),
    ),
    "account_pages.notice_addresses": (
        ("/security/notices", "notice_addresses", "show", _BOTH),
        ("/security/notices/confirm", "confirm_notice_address", "confirm", _BOTH),
        ("/security/notices/remove", "remove_notice_address", "remove", _POST),
    ),
    "notices.views": (
        ("/not-me/link", "not_me_link", "not_me_link", _GET),
        ("/not-me", "not_me", "not_me", _BOTH),
        ("/not-me/done", "not_me_done", "not_me_done", _GET),
    ),
    "recovery.views": (
        ("/recover", "recover", "recover", _BOTH),
        ("/recover/link", "recovery_link", "recovery_link", _GET),
        ("/recover/confirm", "confirm_recovery", "confirm_recovery", _BOTH),
    ),
    "passkey_pages.signing_in": (("/passkey", "passkey_sign_in", "passkey_sign_in", _BOTH),),
    "passkey_pages.options": (("/passkey/options", "passkey_options", "passkey_options", _POST),),
    "passkey_pages.adding": (("/setup-passkey", "setup_passkey", "setup_passkey", _BOTH),),
    "passkey_pages.managing": (
        ("/security/passkeys", "passkeys", "passkeys", _GET),
        ("/security/passkeys/<identity>", "passkey", "passkey", _BOTH),
        ("/security/passkeys/<identity>/remove", "remove_passkey", "remove_passkey", _BOTH),
    ),
}
# What else an application starts without.
_LATER = ("audit.sealing", "host.purging", "notices.sending")


def add_rules(pages: Blueprint) -> None:
    for module, rules in _RULES.items():
        for address, endpoint, name, methods in rules:
            view = _loaded_later(f"vestibule.{module}", name)
            pages.add_url_rule(address, endpoint, view, methods=methods)


def _loaded_later(module: str, name: str) -> Callable[..., Response]:
    def view(**values: str) -> Response:
        answer: Response = getattr(import_module(module), name)(**values)
        return answer

    # What extensions know a view by.
    view.__module__, view.__name__, view.__qualname__ = module, name, name
    return view


def load_all() -> None:
    """For a server that forks: its workers share the memory, nobody's first visit waits, and what
    cannot be loaded shows at the start."""
    for module in (*_RULES, *_LATER):
        import_module(f"vestibule.{module}")
