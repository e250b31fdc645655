"""The site as a Flask application: a host of the extension like any other."""

from collections.abc import Mapping
from typing import Any

from flask import Flask, current_app
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response

from vestibule import Misconfigured, Unavailable, bound_waits
from vestibule.ready_site.administrators import Administrators
from vestibule.ready_site.extensions import db, login_manager, vestibule
from vestibule.ready_site.mailbox import addresses, confirmed_address, disable_password
from vestibule.ready_site.operations import health, metrics
from vestibule.ready_site.operations.requests import log_requests
from vestibule.ready_site.password_rules import common_passwords
from vestibule.ready_site.people import load_account
from vestibule.ready_site.views import register_views


class KeptSigner(SecureCookieSessionInterface):
    """Flask makes the signer of its cookie anew for each request; the site's keys stay the same."""

    def __init__(self) -> None:
        self._kept: URLSafeTimedSerializer | None = None

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        if self._kept is None:
            self._kept = super().get_signing_serializer(app)
        return self._kept


def create_site(config: Mapping[str, Any]) -> Flask:
    """Make the application; ``site_config`` in ``start.py`` says what ``config`` holds."""
    app = Flask(__name__, instance_path=config["INSTANCE"])
    app.config.from_mapping(config)
    app.session_interface = KeptSigner()
    db.init_app(app)
    with app.app_context():
        bound_waits(db.engine)
    # No page asks for `current_user` by itself; and the page that says that the database is gone
    # must not look up who reads it.
    login_manager.init_app(app, add_context_processor=False)
    vestibule.init_app(app, db)
    if app.extensions["vestibule"].findings:
        raise Misconfigured(app.extensions["vestibule"].findings)
    app.context_processor(vestibule.template_variables)
    register_views(app)
    health.register_views(app)
    log_requests(app)
    if config["METRICS_TOKEN"]:
        metrics.count(app)
    for kind in (OperationalError, InterfaceError, PoolTimeout):
        app.register_error_handler(kind, database_trouble)
    if config["PROXIES"]:
        # Only what the configured proxies say is believed; without any, X-Forwarded-* is ignored.
        count = config["PROXIES"]
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count)  # type: ignore[method-assign]
    # Read before the server forks: one copy in memory, and no first registration waits for it.
    common_passwords()
    return app


def database_trouble(error: Exception) -> Response:
    """The site's own queries close the door as the extension's do: 503, and no trace (P9)."""
    unavailable = Unavailable("The database did not answer.")
    unavailable.__cause__ = error
    return current_app.make_response(current_app.handle_user_exception(unavailable))


vestibule.administration(Administrators())
vestibule.addresses(addresses)
vestibule.confirmed_address(confirmed_address)
vestibule.password_disabled(disable_password)
login_manager.user_loader(load_account)
login_manager.login_view = "login"
login_manager.login_message = None
