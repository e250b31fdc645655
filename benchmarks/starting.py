"""What a start costs: CPU of fresh processes, with bytecode, as an installed package has it."""

import os
import subprocess
import sys
from pathlib import Path

BASE, IMPORT = "import of Flask, SQLAlchemy, Flask-Login", "import of vestibule"
PLAIN, WITH_US = "an application", "an application with Vestibule"

_HOST = """
from flask import Flask
from flask_login import LoginManager, UserMixin
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

class Base(DeclarativeBase):
    pass

db = SQLAlchemy(model_class=Base)

class User(UserMixin, db.Model):
    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str]

def create_app():
    app = Flask("host")
    app.config["SECRET_KEY"] = "of a benchmark, and long enough to be one"
    app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite:////tmp/nothing-is-opened.db"
    db.init_app(app)
    LoginManager(app).user_loader(lambda user_id: db.session.get(User, int(user_id)))
    return app

app = create_app()
"""
_AND_US = """
from vestibule import Vestibule, new_key

app.config["VESTIBULE_KEYS"] = [new_key()]
Vestibule(app, db)
assert not app.extensions["vestibule"].findings, app.extensions["vestibule"].findings
"""
PROGRAMS = {
    BASE: "import flask, flask_login, flask_sqlalchemy, sqlalchemy.orm",
    IMPORT: "import flask, flask_login, flask_sqlalchemy, sqlalchemy.orm, vestibule",
    PLAIN: _HOST,
    WITH_US: _HOST + _AND_US,
}


def starts(place: Path, rounds: int) -> dict[str, list[float]]:
    """CPU seconds of each program, ``rounds`` times in turns."""
    environment = os.environ | {"PYTHONPYCACHEPREFIX": str(place / "bytecode")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    for program in PROGRAMS.values():
        _cpu_of(program, environment)
    found: dict[str, list[float]] = {name: [] for name in PROGRAMS}
    for _ in range(rounds):
        for name, program in PROGRAMS.items():
            found[name].append(_cpu_of(program, environment))
    return found


def _cpu_of(program: str, environment: dict[str, str]) -> float:
    process = subprocess.Popen([sys.executable, "-c", program], env=environment)  # noqa: S603
    _, status, spent = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError("a program of the benchmark failed")
    return spent.ru_utime + spent.ru_stime
