"""How this shop's own tables are migrated; Vestibule's have migrations of their own."""

from alembic import context
from flask import current_app

migrate = current_app.extensions["migrate"]


def run() -> None:
    with migrate.db.engine.connect() as connection:
        context.configure(connection, target_metadata=migrate.db.metadata, **migrate.configure_args)
        with context.begin_transaction():
            context.run_migrations()


run()
