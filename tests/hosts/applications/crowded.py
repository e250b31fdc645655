"""Flask-Admin, Flask-Babel, Flask-Session, CSRFProtect and Talisman in one application."""

from cachelib import FileSystemCache
from flask import Flask, current_app, redirect, request, session, url_for
from flask_admin import Admin, AdminIndexView, expose
from flask_admin.contrib.sqla import ModelView
from flask_babel import Babel
from flask_login import (
    LoginManager,
    UserMixin,
    current_user,
    login_required,
    login_user,
    logout_user,
)
from flask_session import Session
from flask_sqlalchemy import SQLAlchemy
from flask_talisman import Talisman
from flask_wtf.csrf import CSRFProtect, generate_csrf
from werkzeug.security import check_password_hash

from tests.hosts.applications import given
from vestibule import Vestibule, upgrade_database

app = Flask(__name__)
app.config.update(
    given.configuration(
        SQLALCHEMY_DATABASE_URI=given.DATABASE,
        SESSION_TYPE="cachelib",
        SESSION_CACHELIB=FileSystemCache(str(given.FOLDER / "sessions")),
        VESTIBULE_AFTER_SIGN_IN="/admin/",
    )
)
db = SQLAlchemy(app)
login_manager = LoginManager(app)
login_manager.login_view = "login"
vestibule = Vestibule(app, db)
Session(app)
Babel(app, locale_selector=lambda: "en")
CSRFProtect(app)
Talisman(app, force_https=False, session_cookie_secure=False)


class User(UserMixin, db.Model):
    id = db.Column(db.Integer, primary_key=True)
    username = db.Column(db.String(80), unique=True)
    password_hash = db.Column(db.String(200))


class OnlySignedIn:
    def is_accessible(self):
        return current_user.is_authenticated

    def inaccessible_callback(self, _name, **_kwargs):
        return current_app.login_manager.unauthorized()


class Dashboard(OnlySignedIn, AdminIndexView):
    @expose("/")
    def index(self):
        return given.dashboard_page(current_user.username, session.get("tenant"), generate_csrf())


class People(OnlySignedIn, ModelView):
    column_list = ("username",)


admin = Admin(app, index_view=Dashboard(url="/admin"))
admin.add_view(People(User, db.session, endpoint="people"))


@login_manager.user_loader
def load_user(user_id):
    return db.session.get(User, int(user_id))


@app.route("/login", methods=["GET", "POST"])
def login():
    if request.method == "GET":
        return given.login_page(token=generate_csrf())
    name = request.form["username"]
    user = db.session.scalar(db.select(User).filter_by(username=name))
    with vestibule.password_try(name, user) as attempt:
        if user and check_password_hash(user.password_hash, request.form["password"]):
            attempt.passed()
            login_user(user)
            session["tenant"] = "acme"
            return redirect(url_for("admin.index"))
    return given.login_page(given.NOT_RIGHT, token=generate_csrf())


@app.post("/admin/logout")
def logout():
    logout_user()
    return redirect(url_for("login"))


@app.post("/admin/leave")
@login_required
def leave():
    db.session.delete(db.session.get(User, current_user.id))
    db.session.commit()
    return redirect(url_for("login"))


def prepare():
    with app.app_context():
        upgrade_database(db.engine.url)
        db.create_all()
        db.session.add_all(User(username=name, password_hash=given.HASH) for name in given.USERS)
        db.session.commit()
        db.engine.dispose()


given.once(prepare)
