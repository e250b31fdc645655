"""What administrators look for: events by kind and by address, who has to wait, counts by day."""

import sqlalchemy as sa
from alembic import op

from vestibule.migrations.indexes import IndexBeside, make

revision = "0012"
down_revision = "0011"

beside = (
    IndexBeside("ix_vestibule_event_kind_at", "vestibule_event", ("kind", "at")),
    IndexBeside("ix_vestibule_event_address_at", "vestibule_event", ("address", "at")),
    IndexBeside(
        "ix_vestibule_budget_blocked",
        "vestibule_budget",
        ("kind", "blocked_until"),
        where="blocked_until IS NOT NULL",
    ),
)


def upgrade() -> None:
    for index in beside:
        make(index)
    op.create_table(
        "vestibule_event_count",
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "kind", name="pk_vestibule_event_count"),
    )
