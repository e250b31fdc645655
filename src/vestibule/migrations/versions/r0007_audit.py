"""Signatures of events, and the seals over them."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    # Earlier rows have none: nobody can say of them who wrote them. The first seals cover them.
    op.add_column("vestibule_event", sa.Column("key_id", sa.String(length=8), nullable=True))
    op.add_column("vestibule_event", sa.Column("mac", sa.String(length=64), nullable=True))
    op.create_index("ix_vestibule_event_at", "vestibule_event", ["at", "id"])
    op.create_table(
        "vestibule_event_seal",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("opening", sa.Boolean(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("events_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("key_id", sa.String(length=8), nullable=False),
        sa.Column("mac", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_vestibule_event_seal"),
    )
    op.create_table(
        "vestibule_sealed_event",
        sa.Column("seal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seal", "position", name="pk_vestibule_sealed_event"),
    )
    op.create_index(
        "uq_vestibule_sealed_event_event_id", "vestibule_sealed_event", ["event_id"], unique=True
    )
    op.create_table(
        "vestibule_event_sealer",
        sa.Column("name", sa.String(length=10), nullable=False),
        sa.Column("holder", sa.String(length=32), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_vestibule_event_sealer"),
    )
