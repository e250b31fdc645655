"""Links that name an address, second addresses for notices, mails that are written when sent."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column(
        "vestibule_one_time_token",
        sa.Column("about", sa.String(length=254), server_default="", nullable=False),
    )
    op.add_column(
        "vestibule_subject",
        sa.Column("second_address", sa.String(length=254), server_default="", nullable=False),
    )
    with op.batch_alter_table("vestibule_outbox") as outbox:
        outbox.alter_column("subject_id", existing_type=sa.String(length=32), nullable=True)
