"""What Alembic runs around the revisions, on the connection that `upgrade_database` holds."""

from alembic import context

attributes = context.config.attributes
context.configure(
    connection=attributes["connection"],
    version_table=attributes["version_table"],
    # `upgrade_database` began a transaction that holds on SQLite too: all revisions or none.
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
