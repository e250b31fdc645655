"""A shop with an application factory. ``flask --app shop run`` calls ``create_app``."""

from flask import Flask

from shop.extensions import db, login_manager, migrate, vestibule


def create_app(config: dict[str, object] | None = None) -> Flask:
    """``config`` stands above the environment; tests give one."""
    app = Flask(__name__)
    app.config.update(
        SQLALCHEMY_DATABASE_URI="sqlite:///shop.db",
        SESSION_COOKIE_SAMESITE="Lax",
        VESTIBULE_ISSUER="Shop",
        VESTIBULE_AFTER_SIGN_IN="/account",
        VESTIBULE_SIGN_OUT_ENDPOINT="auth.sign_out",
    )
    app.config.from_prefixed_env()  # FLASK_SECRET_KEY, FLASK_VESTIBULE_KEYS
    app.config.update(config or {})

    db.init_app(app)
    migrate.init_app(app, db)
    login_manager.init_app(app)
    vestibule.init_app(app, db)
    app.context_processor(vestibule.template_variables)

    from shop import account, auth, staff

    for module in (account, auth, staff):
        app.register_blueprint(module.pages)
    return app
