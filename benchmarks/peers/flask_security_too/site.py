"""The shortest site of its quick start, with two-factor required."""

from typing import Any

from flask import Flask, render_template
from flask_security import Security, SQLAlchemyUserDatastore, auth_required, hash_password
from flask_security.models import fsqla_v3 as fsqla
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from passlib.totp import TOTP

db = SQLAlchemy()
fsqla.FsModels.set_db_info(db)
TOTP_SECRETS = {1: "of a benchmark, and no secret"}


class Role(db.Model, fsqla.FsRoleMixin):  # type: ignore[name-defined]
    pass


class WebAuthn(db.Model, fsqla.FsWebAuthnMixin):  # type: ignore[name-defined]
    pass


class User(db.Model, fsqla.FsUserMixin):  # type: ignore[name-defined]
    pass


def application(database: str) -> Flask:
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY="of a benchmark, and no secret",
        SECURITY_PASSWORD_SALT="146585145368132386173505678016728509634",
        # The same argon2id as everywhere.
        SECURITY_PASSWORD_HASH="argon2",
        SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS={
            "argon2__memory_cost": 19456,
            "argon2__time_cost": 2,
            "argon2__parallelism": 1,
        },
        SECURITY_TWO_FACTOR=True,
        SECURITY_TWO_FACTOR_REQUIRED=True,
        SECURITY_TWO_FACTOR_ENABLED_METHODS=["authenticator"],
        SECURITY_TOTP_SECRETS=TOTP_SECRETS,
        SECURITY_TOTP_ISSUER="Benchmark",
        SECURITY_EMAIL_VALIDATOR_ARGS={"check_deliverability": False},
        SECURITY_POST_LOGIN_VIEW="/dashboard",
        REMEMBER_COOKIE_SAMESITE="strict",
        SESSION_COOKIE_SAMESITE="strict",
        SQLALCHEMY_DATABASE_URI=database,
        SQLALCHEMY_ENGINE_OPTIONS={"pool_pre_ping": True},
    )
    CSRFProtect(app)
    db.init_app(app)
    app.security = Security(app, SQLAlchemyUserDatastore(db, User, Role))  # type: ignore[attr-defined]
    app.add_url_rule("/dashboard", view_func=dashboard)
    return app


@auth_required("session")
def dashboard() -> str:
    return render_template("dashboard.html")


def fill(database: str, people: list[dict[str, str]]) -> None:
    app = application(database)
    users: Any = app.security.datastore  # type: ignore[attr-defined]
    secrets = TOTP.using(issuer="Benchmark", secrets=TOTP_SECRETS)
    stored: dict[str, str] = {}
    with app.app_context():
        db.create_all()
        for person in people:
            password = person["password"]
            if password not in stored:
                stored[password] = hash_password(password)
            user = users.create_user(email=f"{person['login']}@example.org")
            user.password = stored[password]
            user.tf_primary_method = "authenticator"
            user.tf_totp_secret = secrets(key=person["secret"]).to_json(encrypt=True)
        db.session.commit()
