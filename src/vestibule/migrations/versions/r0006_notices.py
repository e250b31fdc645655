"""Addresses for notices, and the outbox that they wait in."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column(
        "vestibule_subject", sa.Column("contact", sa.Text(), server_default="", nullable=False)
    )
    op.create_table(
        "vestibule_outbox",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.String(length=32), nullable=False),
        sa.Column("recipient", sa.String(length=254), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("once", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(length=100), nullable=False),
        sa.Column("link_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["subject_id"],
            ["vestibule_subject.id"],
            name="fk_vestibule_outbox_subject_id_vestibule_subject",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_vestibule_outbox"),
        sa.UniqueConstraint("once", name="uq_vestibule_outbox_once"),
    )
    for column in ("subject_id", "made_at", "next_try_at"):
        op.create_index(f"ix_vestibule_outbox_{column}", "vestibule_outbox", [column])
