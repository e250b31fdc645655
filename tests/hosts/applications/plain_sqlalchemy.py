"""SQLAlchemy without Flask-SQLAlchemy; the second step has a database of its own."""

from flask import Flask, redirect, request, session, url_for
from flask_login import (
    LoginManager,
    UserMixin,
    current_user,
    login_required,
    login_user,
    logout_user,
)
from sqlalchemy import create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, scoped_session, sessionmaker
from werkzeug.security import check_password_hash

from tests.hosts.applications import given
from vestibule import Vestibule, upgrade_database

engine = create_engine(given.DATABASE)
db_session = scoped_session(sessionmaker(bind=engine))

OWN = f"sqlite:///{given.FOLDER / 'second-step.db'}"
app = Flask(__name__)
app.config.update(given.configuration(VESTIBULE_DATABASE=OWN))
login_manager = LoginManager(app)
login_manager.login_view = "login"
vestibule = Vestibule(app)


class Base(DeclarativeBase):
    pass


class User(UserMixin, Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str]


@app.teardown_appcontext
def end_session(_error):
    db_session.remove()


@login_manager.user_loader
def load_user(user_id):
    return db_session.get(User, int(user_id))


@app.route("/login", methods=["GET", "POST"])
def login():
    if request.method == "GET":
        return given.login_page()
    name = request.form["username"]
    user = db_session.scalar(select(User).filter_by(username=name))
    with vestibule.password_try(name, user) as attempt:
        if user and check_password_hash(user.password_hash, request.form["password"]):
            attempt.passed()
            login_user(user)
            session["tenant"] = "acme"
            return redirect(url_for("dashboard"))
    return given.login_page(given.NOT_RIGHT)


@app.get("/dashboard")
@login_required
def dashboard():
    return given.dashboard_page(current_user.username, session.get("tenant"))


@app.post("/logout")
def logout():
    logout_user()
    return redirect(url_for("login"))


@app.post("/leave")
@login_required
def leave():
    user = db_session.get(User, current_user.id)
    vestibule.forget(user)
    db_session.delete(user)
    db_session.commit()
    return redirect(url_for("login"))


def prepare():
    upgrade_database(OWN)
    Base.metadata.create_all(engine)
    db_session.add_all(User(username=name, password_hash=given.HASH) for name in given.USERS)
    db_session.commit()
    db_session.remove()
    engine.dispose()


given.once(prepare)
