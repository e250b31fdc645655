"""Recovery with a waiting time, and confirmations that hold for one action."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    when = sa.DateTime(timezone=True)
    op.add_column("vestibule_subject", sa.Column("recovery_barred_at", when, nullable=True))
    op.add_column(
        "vestibule_pending_signin",
        sa.Column("by_password", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    for column in ("asks_for", "confirmed_for"):
        op.add_column("vestibule_session", sa.Column(column, sa.String(length=64), nullable=True))
    op.create_table(
        "vestibule_recovery",
        sa.Column("subject_id", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("mailbox", sa.String(length=64), nullable=False),
        sa.Column("asked_at", when, nullable=False),
        sa.Column("opens_at", when, nullable=False),
        sa.Column("ends_at", when, nullable=False),
        sa.Column("told_at", when, nullable=True),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("browser", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["subject_id"],
            ["vestibule_subject.id"],
            name="fk_vestibule_recovery_subject_id_vestibule_subject",
        ),
        sa.PrimaryKeyConstraint("subject_id", name="pk_vestibule_recovery"),
    )
    for column in ("opens_at", "ends_at"):
        op.create_index(f"ix_vestibule_recovery_{column}", "vestibule_recovery", [column])
