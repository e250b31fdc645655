"""What administrators look for: events by kind and by address, who has to wait, counts by day."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

_COUNTED = """
    INSERT INTO vestibule_event_count (day, kind, count)
    SELECT %s, kind, count(*)
    FROM vestibule_event JOIN vestibule_sealed_event ON event_id = id
    WHERE kind IN ('session.opened', 'password.failed', 'second_step.failed',
        'second_step.replayed', 'passkey.failed', 'try.refused')
    GROUP BY 1, 2
"""
COUNTED_ON = {
    "sqlite": _COUNTED % "substr(at, 1, 10)",
    "postgresql": _COUNTED % "to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD')",
}


def upgrade() -> None:
    for column in ("kind", "address"):
        op.create_index(f"ix_vestibule_event_{column}_at", "vestibule_event", [column, "at"])
    waits = sa.text("blocked_until IS NOT NULL")
    op.create_index(
        "ix_vestibule_budget_blocked",
        "vestibule_budget",
        ["kind", "blocked_until"],
        sqlite_where=waits,
        postgresql_where=waits,
    )
    op.create_table(
        "vestibule_event_count",
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "kind", name="pk_vestibule_event_count"),
    )
    # What is under a seal is counted, and the rest when it comes under one.
    op.execute(COUNTED_ON[op.get_bind().dialect.name])
