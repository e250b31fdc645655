"""Clocks that are off, and backup codes of earlier sets."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column(
        "vestibule_authenticator",
        sa.Column("drift", sa.SmallInteger(), nullable=False, server_default="0"),
    )
    op.add_column(
        "vestibule_backup_code",
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
    )
