"""Being signed in without passing the pages."""

from typing import Any, Literal, TypeVar

from flask import Flask
from flask.testing import FlaskClient

from vestibule.audit.values import Factor
from vestibule.foundation.services import Services
from vestibule.sessions.flows import open_session
from vestibule.sessions.values import Factors, Level, SigninContext
from vestibule.signin.held import held
from vestibule.subjects.flows import SubjectSeen, ensure, lock
from vestibule.testing.application import attached, installed_on, origin
from vestibule.testing.authenticators import enrol

Client = TypeVar("Client", bound=FlaskClient)


def signed_in(client: Client, user: Any, level: Literal["aal1", "aal2"] | None = None) -> Client:
    """Let a test client be signed in with a session like any other; returns the client.

    ``level``: ``"aal2"``, the second step was passed (who has none gets an authenticator made), or
    ``"aal1"``, it was not. Without it: ``"aal2"`` for a user who has a second step or must have
    one, ``"aal1"`` for everybody else.

    Raises ValueError for ``"aal1"`` where the policy asks this user for a second step, since such a
    session opens nothing; LookupError for a user who is not in the database; RuntimeError outside
    tests.
    """
    app = client.application
    installed = installed_on(app)
    services = installed.runtime.services
    with app.app_context():
        user = attached(app, user)
        user_id = installed.users.key(user)
        attribute = app.login_manager.id_attribute  # type: ignore[attr-defined]
        login_id = str(getattr(user, attribute)())
        demand = installed.users.demand(user, SigninContext(), services.clock.now())
        must = demand.is_required
    if must and level == "aal1":
        raise ValueError(
            f"{installed.users.name(user)} must have a second step, so a session without it opens "
            'nothing: level="aal2", or none.'
        )
    seen = ensure(services, user_id)
    with services.database.read() as connection:
        has_second_step = bool(held(connection, seen.id))
    reached = Level(level or ("aal2" if must or has_second_step else "aal1"))
    if reached is Level.AAL2 and not has_second_step:
        seen = enrol(services, seen)
    token = _open(services, seen, login_id, reached, by_passkey=demand.phishing_resistant)
    _hold(client, app, services, token)
    return client


def _open(
    services: Services, seen: SubjectSeen, login_id: str, level: Level, *, by_passkey: bool
) -> str:
    now = services.clock.now()
    passed = level is Level.AAL2
    with services.database.write() as connection:
        if not lock(connection, seen):
            raise LookupError("The account was changed meanwhile.")
        return open_session(
            connection,
            services,
            now,
            subject=seen,
            login_id=login_id,
            context=SigninContext(),
            factors=Factors(now, now if passed else None, by_passkey=passed and by_passkey),
            factor=Factor.TOTP if passed else Factor.PASSWORD,
            origin=origin(),
        )


def _hold(client: FlaskClient, app: Flask, services: Services, token: str) -> None:
    """The cookies as after a sign-in, for the host name that the client asks by itself."""
    host = (app.config["SERVER_NAME"] or "localhost").partition(":")[0]
    settings = services.settings
    client.delete_cookie(settings.pending_cookie, domain=host)
    client.set_cookie(settings.session_cookie, token, domain=host, secure=settings.secure)
