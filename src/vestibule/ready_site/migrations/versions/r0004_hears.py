"""Whether mails go to the address of an account."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column(
        "account", sa.Column("hears", sa.Boolean(), server_default=sa.true(), nullable=False)
    )
