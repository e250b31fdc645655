"""Administrators, disabled accounts, and accounts in the order of their names."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column(
        "account",
        sa.Column("is_administrator", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.add_column("account", sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True))
    is_one = sa.text("is_administrator")
    op.create_index(
        "ix_account_administrators",
        "account",
        ["id"],
        sqlite_where=is_one,
        postgresql_where=is_one,
    )
    if op.get_bind().dialect.name == "postgresql":
        # The order of the database's language has no place where all names that begin alike stand
        # together.
        op.execute('ALTER TABLE account ALTER COLUMN username_key TYPE VARCHAR(80) COLLATE "C"')
