"""Events are counted seal by seal, whichever version sealed them."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
# From here on every revision says how old code may be; see "Old and new code side by side" in
# docs/architecture.md.
oldest_code = "0010"


def upgrade() -> None:
    # Beside vestibule_event_count, where code of 0012 adds what it seals, and only that.
    op.create_table(
        "vestibule_day_count",
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "kind", name="pk_vestibule_day_count"),
    )
    op.add_column("vestibule_event_sealer", sa.Column("counted", sa.Integer(), nullable=True))
