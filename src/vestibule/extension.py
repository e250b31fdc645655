"""``Vestibule(app, db)``: wires the house to a Flask application."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Flask, current_app, request
from flask import session as flask_session
from sqlalchemy import Connection

from vestibule.audit import flows as audit
from vestibule.audit.values import Details, EventKind
from vestibule.foundation.budgets import Budget, Refused, Try, spend
from vestibule.foundation.clock import Clock, SystemClock
from vestibule.foundation.hashing import Hasher, Slot
from vestibule.host.neighbours import refuse_quart
from vestibule.host.users import KeyOf, Users
from vestibule.settings import read_settings
from vestibule.signin.errors import TooManyTries
from vestibule.signin.leaving import end_everything, forget
from vestibule.signin.password_try import PasswordTry, password_try
from vestibule.signin.stages import Policy
from vestibule.subjects.flows import ensure_on
from vestibule.web.pages import RETURNING, variables
from vestibule.web.request_state import address_key, runtime, state
from vestibule.wiring import Installed, wire


@dataclass(frozen=True)
class ThisSession:
    """What a page may show of the session it is opened with."""

    signed_in_at: datetime
    level: str
    """``aal2`` where the second step was passed, ``aal1`` where there was none to pass."""


@dataclass(frozen=True)
class Returning:
    """Why somebody was led back to sign in, and the name they had typed."""

    why: str
    name: str


class Vestibule:
    """The second step for a Flask application.

    ``Vestibule(app, db)`` or, in a factory, ``vestibule.init_app(app, db)``, after Flask-Login's
    ``LoginManager``. From then on ``login_user()`` is the first step of a sign-in, and
    ``@login_required`` means that every step was passed.
    """

    def __init__(
        self,
        app: Flask | None = None,
        db: Any = None,
        *,
        user_key: KeyOf | None = None,
        user_stamp: KeyOf | None = None,
        clock: Clock | None = None,
        hasher: Hasher | None = None,
    ) -> None:
        """``user_key(user)`` is the user's lasting key where it is not the primary key of a mapped
        class or ``user.id``; ``user_stamp(user)`` is what tells apart two users who have one key
        after the other, such as the time of creation.
        """
        self._user_key, self._user_stamp = user_key, user_stamp
        self._clock = clock or SystemClock()
        self._hasher = hasher
        self._policy: Callable[[Any], Policy] | None = None
        if app is not None:
            self.init_app(app, db)

    def init_app(self, app: Flask, db: Any = None) -> None:
        """Wire one application. ``db`` is its Flask-SQLAlchemy object and tells the database;
        without it ``VESTIBULE_DATABASE`` names one.

        What is wrong with the configuration is told at the first request, all at once.
        """
        refuse_quart(app)
        settings, findings = read_settings(app.config)
        users = Users(
            lambda user: (self._policy or _policy_of(settings.policy))(user),
            self._user_key,
            self._user_stamp,
        )
        app.extensions["vestibule"] = installed = Installed(users, findings)
        wire(app, db, settings, installed, self._clock, self._hasher)

    def policy(self, decide: Callable[[Any], Policy]) -> Callable[[Any], Policy]:
        """Decorator: ``decide(user)`` says "required" or "optional" for one account."""
        self._policy = decide
        return decide

    @contextmanager
    def password_try(self, name: str, user: Any | None) -> Iterator[PasswordTry]:
        """One try of a password for the name as typed, and for the user it belongs to, if any.

        Takes a hashing slot, then a try from the budgets of the name, the account and the address.
        Within the block, ``attempt.check(stored_hash, password)`` compares (or the host compares
        itself and calls ``attempt.passed()``), then ``login_user(user)``. Raises ``TooManyTries``
        (answered with 429), ``Busy`` and ``Unavailable`` (503).
        """
        current = state()
        with password_try(
            runtime().services,
            name=name,
            user_id=_users().key(user) if user is not None else None,
            address_key=_address(),
            origin=current.origin,
        ) as attempt:
            # The login gate reads it: what was revoked since this moment wins over the password.
            current.attempt = attempt
            yield attempt

    @contextmanager
    def spending(self, *tries: tuple[Budget, str | None]) -> Iterator[Slot]:
        """A hashing slot, then a try from each budget: for work that strangers can ask for.

        A budget's subject is printable ASCII of at most 128 characters; None is the client's
        address (IPv6 by /64). Raises as :meth:`password_try`.
        """
        with runtime().services.hasher.slot() as slot:
            self.spend(*tries)
            yield slot

    def spend(self, *tries: tuple[Budget, str | None]) -> None:
        """Take a try from each budget, or none and raise ``TooManyTries`` (answered with 429)."""
        services = runtime().services
        taken = spend(
            services.database,
            services.clock.now(),
            [Try(budget, subject or _address()) for budget, subject in tries],
        )
        if isinstance(taken, Refused):
            raise TooManyTries(taken.kind, taken.retry_at)

    def keyed_hash(self, purpose: str, text: str) -> str:
        """HMAC of ``text`` under a key of this purpose: a budget's subject for what was typed."""
        return runtime().services.keyring.mac(purpose, text)

    def record(
        self,
        kind: EventKind,
        user: Any,
        *,
        connection: Connection,
        details: Details | None = None,
    ) -> None:
        """Write an event about a user into the host's own transaction: it stands or falls with it.

        ``connection`` is that transaction's, on the database that Vestibule uses too.
        """
        services = runtime().services
        now = services.clock.now()
        subject = ensure_on(connection, now, _users().key(user))
        audit.record(
            connection, now, kind, origin=state().origin, subject_id=subject.id, details=details
        )

    def password_changed(self, user: Any) -> None:
        """Say that the host changed a user's password: every other session and every sign-in
        between the steps ends, on every node, at the next request (P7). The session of this
        request goes on if it is that user's.
        """
        _end_everything(user, EventKind.PASSWORD_CHANGED)

    def sign_out_everywhere(self, user: Any) -> None:
        """End every session of a user but the one of this request."""
        _end_everything(user, EventKind.SIGNED_OUT_EVERYWHERE)

    def forget(self, user: Any) -> None:
        """Say that a user is gone where no ORM event told it: nothing of the account stays usable.

        Deleting a user through Flask-SQLAlchemy's session needs no call.
        """
        services = runtime().services
        with services.database.write() as connection:
            forget(connection, services.clock.now(), _users().key(user), state().origin)

    def this_session(self) -> ThisSession | None:
        """The session of this request; None for somebody who is not signed in."""
        session = runtime().session()
        return ThisSession(session.created_at, session.level.value) if session else None

    def returning(self) -> Returning | None:
        """Why somebody was led back to the sign-in page; told once."""
        told = flask_session.pop(RETURNING, None)
        return Returning(told["why"], told["name"]) if told else None

    def template_variables(self) -> dict[str, Any]:
        """What ``vestibule/base.html`` needs; for ``app.context_processor``."""
        return variables()


def _policy_of(default: str) -> Callable[[Any], Policy]:
    def always(_: Any) -> Policy:
        return "required" if default == "required" else "optional"

    return always


def _end_everything(user: Any, kind: EventKind) -> None:
    services, current = runtime().services, state()
    token = end_everything(services, _users().key(user), kind, current.origin, current.session)
    if token:
        current.renew_session(token)


def _users() -> Users:
    installed: Installed = current_app.extensions["vestibule"]
    return installed.users


def _address() -> str:
    return address_key(request.remote_addr or "")
