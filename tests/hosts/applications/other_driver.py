"""PostgreSQL through psycopg2, while the second step speaks to it through psycopg 3."""

from tests.hosts.applications.tutorial import app, db

__all__ = ["app"]

with app.app_context():
    assert db.engine.driver == "psycopg2"
    db.engine.dispose()
