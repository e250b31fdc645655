"""Room for the password hashes of other programs."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    # SQLite cannot change a column: Alembic copies the table there.
    with op.batch_alter_table("account") as account:
        account.alter_column(
            "password_hash",
            existing_type=sa.String(length=120),
            existing_nullable=False,
            type_=sa.String(length=255),
        )
