"""Remembered browsers, and sign-ins from before Vestibule that are taken over."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "vestibule_remembered_browser",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=True),
        sa.Column("rotated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("subject_id", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("login_id", sa.String(length=255), nullable=False),
        sa.Column("method", sa.String(length=40), nullable=False),
        sa.Column("first_step_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("browser", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["subject_id"],
            ["vestibule_subject.id"],
            name="fk_vestibule_remembered_browser_subject_id_vestibule_subject",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_vestibule_remembered_browser"),
    )
    op.create_table(
        "vestibule_adopted_cookie",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("subject_id", sa.String(length=32), nullable=False),
        sa.Column("adopted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["subject_id"],
            ["vestibule_subject.id"],
            name="fk_vestibule_adopted_cookie_subject_id_vestibule_subject",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_vestibule_adopted_cookie"),
    )
    for table, column in (
        ("vestibule_remembered_browser", "subject_id"),
        ("vestibule_remembered_browser", "ends_at"),
        ("vestibule_adopted_cookie", "subject_id"),
        ("vestibule_adopted_cookie", "adopted_at"),
    ):
        op.create_index(f"ix_{table}_{column}", table, [column])
    op.add_column("vestibule_subject", sa.Column("adoption_ended_at", sa.DateTime(timezone=True)))
    op.add_column("vestibule_pending_signin", sa.Column("remember_for", sa.Integer()))
    for table in ("vestibule_session", "vestibule_pending_signin"):
        op.add_column(
            table,
            sa.Column("remembered", sa.Boolean(), nullable=False, server_default=sa.false()),
        )
