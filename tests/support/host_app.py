"""A minimal host: an application with users and a sign-in page of its own, and Vestibule in it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from flask import Flask
from flask_login import LoginManager
from sqlalchemy import Engine, select, update

from tests.support.host_tables import User, Users, db
from tests.support.host_views import register_views
from tests.support.movable import HasherWithMeanwhile
from vestibule import Vestibule, new_key
from vestibule.audit.models import Event
from vestibule.audit.signing import sign_events_of
from vestibule.foundation.database import Base
from vestibule.foundation.services import Services
from vestibule.subjects.flows import SubjectSeen, find, lock, revoke
from vestibule.testing import MovableClock

SECRET_KEY = "the host's own secret key, for tests"
KEY = new_key()


@dataclass
class Host:
    """The application, its clock, and a look behind the scenes."""

    app: Flask
    clock: MovableClock
    hasher: HasherWithMeanwhile
    vestibule: Vestibule
    url: str
    folder: Path
    config: dict[str, Any]
    others: list[Host] = field(default_factory=list)
    replaced: list[Services] = field(default_factory=list)

    @property
    def services(self) -> Services:
        services: Services = self.app.extensions["vestibule"].runtime.services
        return services

    @property
    def engine(self) -> Engine:
        return self.services.database.engine

    def restarted(self, **config: Any) -> Host:
        """The same site after a restart with another configuration, or another worker of it."""
        other = make_host(self.url, self.folder, self.clock, **(self.config | config))
        self.others.append(other)
        return other

    def has_user(self, username: str, password: str) -> str:
        """A user of the host from before; the id."""
        with self.app.app_context(), self.hasher.slot() as slot:
            user = Users().make(username, slot.hash(password))
            db.session.commit()
            return str(user.id)

    def loses_user(self, username: str) -> None:
        with self.app.app_context():
            db.session.delete(db.session.scalar(select(User).filter_by(username=username)))
            db.session.commit()

    def subject(self, user_id: str) -> SubjectSeen:
        with self.services.database.read() as connection:
            seen = find(connection, user_id)
        assert seen is not None
        return seen

    def revokes(self, user_id: str) -> None:
        """What a password change, a changed factor or an administrator does."""
        seen = self.subject(user_id)
        with self.services.database.write() as connection:
            assert lock(connection, seen)
            revoke(connection, seen)

    def events(self, kind: str) -> list[Any]:
        with self.engine.connect() as connection:
            return list(connection.execute(select(Event.__table__).where(Event.kind == kind)))

    def rows(self, model: type[Base]) -> list[Any]:
        with self.engine.connect() as connection:
            return list(connection.execute(select(model.__table__)))

    def sets(self, model: type[Base], **values: object) -> None:
        """Writes into every row of a table, behind the product's back."""
        with self.engine.begin() as connection:
            connection.execute(update(model).values(**values))

    def snapshot(self, *but: str) -> dict[str, list[str]]:
        """Every row of every table, except of the tables named."""
        tables = (*Base.metadata.sorted_tables, *db.metadata.sorted_tables)
        with self.engine.connect() as connection:
            return {
                table.name: sorted(repr(tuple(row)) for row in connection.execute(select(table)))
                for table in tables
                if table.name not in but
            }

    def gets(self, **services: Any) -> None:
        """Other services in place of some, as after an operator's change."""
        installed = self.app.extensions["vestibule"]
        self.replaced.append(installed.runtime.services)
        changed = replace(installed.runtime.services, **services)
        if "database" in services:
            sign_events_of(changed.database.engine, changed)
        installed.runtime = replace(installed.runtime, services=changed)

    def closes(self) -> None:
        for other in self.others:
            other.closes()
        for services in (self.services, *self.replaced):
            services.database.dispose()
        with self.app.app_context():
            db.engine.dispose()


def make_host(url: str, folder: Path, clock: MovableClock | None = None, **config: Any) -> Host:
    """The application on an empty or earlier database; ``config`` over the defaults of a host."""
    app = Flask("host", static_folder=None)
    app.config.update(
        SECRET_KEY=SECRET_KEY,
        SQLALCHEMY_DATABASE_URI=url,
        VESTIBULE_KEYS=[KEY],
        VESTIBULE_ISSUER="Host",
        VESTIBULE_URL_PREFIX="",
        VESTIBULE_HEADERS="all",
        VESTIBULE_AFTER_SIGN_IN="/dashboard",
        VESTIBULE_SIGN_OUT_ENDPOINT="logout",
    )
    app.config.update(config)
    db.init_app(app)
    manager = LoginManager(app)
    manager.login_view = "login"
    manager.user_loader(lambda user_id: db.session.get(User, int(user_id)))
    clock = clock or MovableClock()
    hasher = HasherWithMeanwhile.cheap_for_tests(folder)
    assert isinstance(hasher, HasherWithMeanwhile)
    vestibule = Vestibule(app, db, clock=clock, hasher=hasher)
    register_views(app, vestibule, Users())
    return Host(app, clock, hasher, vestibule, url, folder, config)
