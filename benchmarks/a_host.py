"""An application with Flask-Login and Flask-SQLAlchemy, with the second step or without it.

``python -m benchmarks.a_host PORT WORKERS THREADS FOLDER with|without [DATABASE]`` serves it.
"""

import sys
from pathlib import Path

from flask import Flask
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from vestibule import Vestibule, new_key, upgrade_database
from vestibule.cli.listening import listen
from vestibule.cli.serving import serve
from vestibule.ready_site.options import Options


class Base(DeclarativeBase):
    pass


db = SQLAlchemy(model_class=Base)


class User(UserMixin, db.Model):  # type: ignore[misc, name-defined]
    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str]


def make_app(folder: Path, database: str = "", *, with_us: bool) -> Flask:
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY="of a benchmark, and no secret",
        SQLALCHEMY_DATABASE_URI=database or f"sqlite:///{folder / f'host-{with_us}.db'}",
        VESTIBULE_KEYS=[new_key()],
        VESTIBULE_HASH_FOLDER=folder,
    )
    db.init_app(app)
    manager = LoginManager(app)
    manager.user_loader(lambda user_id: db.session.get(User, int(user_id)))
    with app.app_context():
        db.create_all()
        db.session.add(User(id=1, username="ann"))
        db.session.commit()
        if with_us:
            upgrade_database(db.engine.url)
            Vestibule(app, db)
        db.engine.dispose()

    @app.get("/enter")
    def enter() -> str:
        login_user(db.session.get(User, 1))
        return "in"

    @app.get("/dashboard")
    @login_required  # type: ignore[untyped-decorator]
    def dashboard() -> str:
        return f"Welcome, {current_user.username}"

    return app


if __name__ == "__main__":
    port, workers, threads = map(int, sys.argv[1:4])
    app = make_app(Path(sys.argv[4]), *sys.argv[6:], with_us=sys.argv[5] == "with")
    with listen("127.0.0.1", port) as listening:
        options = Options(port=port, workers=workers, threads=threads, database="sqlite://")
        serve(app, listening, options)
