"""Sign-in with a second step for Flask: the public names, nothing else."""

from importlib import import_module
from typing import TYPE_CHECKING

from vestibule.admin.adapter import Administration, LastAdministrator
from vestibule.audit.signals import EventRecorded, event_recorded
from vestibule.audit.values import EventKind
from vestibule.extension import RecoveryUnderWay, Returning, ThisSession, Vestibule
from vestibule.foundation.budgets import Budget
from vestibule.foundation.database import Unavailable
from vestibule.foundation.database_urls import database_url
from vestibule.foundation.engines import bound_waits
from vestibule.foundation.hashing import Busy
from vestibule.foundation.keyring import Keyring
from vestibule.host.guards import fresh_required, second_step_required
from vestibule.one_time_tokens.values import Link, LinkRefused, Purpose
from vestibule.sessions.values import SigninContext
from vestibule.settings import Misconfigured
from vestibule.signin.errors import SessionOver, TooManyTries
from vestibule.signin.password_try import PasswordTry
from vestibule.signin.policy import Required
from vestibule.signin.values import safe_next
from vestibule.texts import Text
from vestibule.web.csrf import CsrfRefused, check_csrf, csrf_token

if TYPE_CHECKING:
    from vestibule.migrations import DatabaseIsNewer, stored_key_ids, upgrade_database
    from vestibule.web.forms import Form

__all__ = [
    "Administration",
    "Budget",
    "Busy",
    "CsrfRefused",
    "DatabaseIsNewer",
    "EventKind",
    "EventRecorded",
    "Form",
    "LastAdministrator",
    "Link",
    "LinkRefused",
    "Misconfigured",
    "PasswordTry",
    "Purpose",
    "RecoveryUnderWay",
    "Required",
    "Returning",
    "SessionOver",
    "SigninContext",
    "Text",
    "ThisSession",
    "TooManyTries",
    "Unavailable",
    "Vestibule",
    "bound_waits",
    "check_csrf",
    "csrf_token",
    "database_url",
    "event_recorded",
    "fresh_required",
    "new_key",
    "safe_next",
    "second_step_required",
    "stored_key_ids",
    "upgrade_database",
]


def new_key() -> str:
    """A new encryption key, for the front of ``VESTIBULE_KEYS``."""
    return Keyring.new_text()


def __getattr__(name: str) -> object:
    # Alembic takes as long to import as Flask, and an application that serves makes no tables; nor
    # need it have forms.
    if name in ("DatabaseIsNewer", "stored_key_ids", "upgrade_database"):
        return getattr(import_module("vestibule.migrations"), name)
    if name == "Form":
        return import_module("vestibule.web.forms").Form
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
