"""The application under test: its services, what may be put in their place, and its users."""

from dataclasses import replace
from typing import Any

from flask import Flask
from sqlalchemy import inspect
from sqlalchemy.exc import NoInspectionAvailable

from vestibule.audit.values import Origin
from vestibule.foundation.services import Services
from vestibule.foundation.tokens import new_id
from vestibule.foundation.under_test import a_test_runs
from vestibule.settings import Misconfigured
from vestibule.wiring import Installed


def refuse_outside_tests() -> None:
    """Raises RuntimeError unless pytest or unittest runs."""
    if not a_test_runs():
        raise RuntimeError("vestibule.testing works in tests only, and no test runs here.")


def installed_on(app: Flask) -> Installed:
    """What Vestibule keeps with ``app``.

    Raises RuntimeError outside tests and for an application that is not told that it is tested or
    has no Vestibule, ``Misconfigured`` where it could not be wired.
    """
    refuse_outside_tests()
    if not app.testing:
        raise RuntimeError(
            'vestibule.testing needs an application that is tested: app.config["TESTING"] = True'
        )
    installed: Installed | None = app.extensions.get("vestibule")
    if installed is None:
        raise RuntimeError("This application has no Vestibule: Vestibule(app, db)")
    if not hasattr(installed, "runtime"):
        raise Misconfigured(installed.findings)
    return installed


def services_of(app: Flask) -> Services:
    return installed_on(app).runtime.services


def put_in_place(app: Flask, **services: Any) -> Services:
    """Other services in place of some; returns those that were there."""
    installed = installed_on(app)
    before = installed.runtime.services
    installed.runtime = replace(installed.runtime, services=replace(before, **services))
    return before


def attached(app: Flask, user: Any) -> Any:
    """The user as it can be read now: one that came from a session which is over is read again.

    Raises LookupError where it is not in the database, deleted say, or not committed yet.
    """
    try:
        mapped = inspect(user)
    except NoInspectionAvailable:
        return user
    db = installed_on(app).db
    if mapped.identity is None:
        raise LookupError("The user is in no database yet: add it and commit first.")
    if db is None or not mapped.detached:
        return user
    found = db.session.get(mapped.class_, mapped.identity)
    if found is None:
        raise LookupError("The user is not in the database any more.")
    return found


def origin() -> Origin:
    """What the audit log says of something that a test did without a request."""
    return Origin("127.0.0.1", "vestibule.testing", new_id())
