"""User names that accounts had before, and when their address changed."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column(
        "account", sa.Column("email_changed_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_table(
        "account_former_name",
        sa.Column("name_key", sa.String(length=80), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("name_key", name="pk_account_former_name"),
    )
    op.create_index("ix_account_former_name_account_id", "account_former_name", ["account_id"])
