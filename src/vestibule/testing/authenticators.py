"""An authenticator app in a test's hand."""

from typing import Any

import pyotp
from flask import Flask, current_app, url_for
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from vestibule.authenticators import enrolment
from vestibule.authenticators.flows import of_subject, unsealed, usable
from vestibule.authenticators.values import PERIOD, step_at
from vestibule.foundation.services import Services
from vestibule.foundation.tokens import new_id
from vestibule.subjects.flows import SubjectSeen, ensure, lock, revoke
from vestibule.testing.application import attached, installed_on, origin, services_of
from vestibule.testing.clock import MovableClock
from vestibule.testing.pages import csrf_token_of


class AuthenticatorApp:
    """Shows codes of one account, each only once."""

    def __init__(self, app: Flask, subject_id: str) -> None:
        self._app = app
        self._subject_id = subject_id
        self._shown = 0

    def code(self) -> str:
        """A code that is right now and was not used before, in this test or by a page.

        Where the code of this half minute was used, a clock that moves moves on; the real clock
        has one more code to give, then RuntimeError says so.
        """
        services = services_of(self._app)
        secret, last_step = _secret(services, self._subject_id)
        clock = services.clock
        spent = max(last_step, self._shown)
        now = step_at(clock.now())
        step = max(now, spent + 1)
        if isinstance(clock, MovableClock):
            clock.moves((step - now) * PERIOD)
        elif step > now + services.settings.totp_window:
            raise RuntimeError(
                "All codes of this half minute are used. With the fixture vestibule_clock, or "
                "movable_clock(app), time passes where it must."
            )
        self._shown = step
        return pyotp.TOTP(secret).generate_otp(step)

    def wrong_code(self) -> str:
        """Six digits that are not right now, nor soon."""
        services = services_of(self._app)
        secret, _ = _secret(services, self._subject_id)
        now = step_at(services.clock.now())
        near = {pyotp.TOTP(secret).generate_otp(step) for step in range(now - 5, now + 6)}
        return next(code for number in range(11) if (code := f"{number:06}") not in near)

    def enters_code(self, client: FlaskClient, code: str | None = None) -> TestResponse:
        """Pass the second step in a browser that passed the first one; returns the answer, which
        leads to the page that was wanted. Without ``code``: the next one.
        """
        with self._app.test_request_context():
            path = url_for("vestibule.verify")
        token = csrf_token_of(client, path)
        return client.post(path, data={"totp_code": code or self.code(), "csrf_token": token})


def authenticator(user: Any, app: Flask | None = None) -> AuthenticatorApp:
    """The authenticator of a user of the current application, or of ``app``.

    Who has none gets one without the pages, and without backup codes; as with the pages, other
    sessions of the account end. Raises RuntimeError outside tests, LookupError for a user who is
    not in the database.
    """
    app = app or current_app._get_current_object()  # type: ignore[attr-defined]
    installed = installed_on(app)
    services = installed.runtime.services
    with app.app_context():
        user_id = installed.users.key(attached(app, user))
    seen = ensure(services, user_id)
    with services.database.read() as connection:
        has_one = bool(usable(of_subject(connection, seen.id)))
    if not has_one:
        enrol(services, seen)
    return AuthenticatorApp(app, seen.id)


def enrol(services: Services, seen: SubjectSeen) -> SubjectSeen:
    """A confirmed authenticator for an account; returns the subject as it is after that."""
    owner = new_id()
    offer = enrolment.offer(services, owner, seen.id, origin())
    now = services.clock.now()
    with services.database.write() as connection:
        if not lock(connection, seen):
            raise LookupError("The account was changed meanwhile.")
        enrolment.add(
            connection,
            services,
            now,
            owner=owner,
            subject_id=seen.id,
            secret=offer.secret,
            name="Test",
            # The code before the present one: the present one is left to the test.
            step=step_at(now) - 1,
            origin=origin(),
        )
        return revoke(connection, seen)


def _secret(services: Services, subject_id: str) -> tuple[str, int]:
    """The newest usable authenticator's secret, and the last step that was accepted."""
    with services.database.read() as connection:
        stored = of_subject(connection, subject_id)
    found = unsealed(services, subject_id, stored)
    if not found:
        raise LookupError("The account has no authenticator that may be used any more.")
    return found[-1].secret, found[-1].last_step
