"""One account has a confirmed e-mail address."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    is_confirmed = sa.text("email_confirmed_at IS NOT NULL")
    op.create_index(
        "uq_account_email_confirmed",
        "account",
        ["email_key"],
        unique=True,
        sqlite_where=is_confirmed,
        postgresql_where=is_confirmed,
    )
