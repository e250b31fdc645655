"""How the first step was passed, and one-time links."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    for table in ("vestibule_session", "vestibule_pending_signin"):
        op.add_column(
            table,
            sa.Column("method", sa.String(length=40), nullable=False, server_default="password"),
        )
        op.add_column(
            table, sa.Column("amr", sa.String(length=255), nullable=False, server_default="")
        )
    op.create_table(
        "vestibule_one_time_token",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("subject_id", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["subject_id"],
            ["vestibule_subject.id"],
            name="fk_vestibule_one_time_token_subject_id_vestibule_subject",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_vestibule_one_time_token"),
    )
    op.create_index("ix_vestibule_one_time_token_ends_at", "vestibule_one_time_token", ["ends_at"])
    op.create_index(
        "ix_vestibule_one_time_token_subject_id", "vestibule_one_time_token", ["subject_id"]
    )
