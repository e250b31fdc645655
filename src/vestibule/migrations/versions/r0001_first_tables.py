"""The tables of the first version."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "vestibule_budget",
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=128), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("window_ends", sa.DateTime(timezone=True), nullable=True),
        sa.Column("blocked_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("kind", "subject", name="pk_vestibule_budget"),
    )
    op.create_table(
        "vestibule_subject",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.String(length=255), nullable=False),
        sa.Column("closed", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_vestibule_subject"),
    )
    op.create_index(
        "uq_vestibule_subject_open", "vestibule_subject", ["user_id", "closed"], unique=True
    )
    op.create_table(
        "vestibule_authenticator",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("key_id", sa.String(length=8), nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["subject_id"],
            ["vestibule_subject.id"],
            name="fk_vestibule_authenticator_subject_id_vestibule_subject",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_vestibule_authenticator"),
        sa.UniqueConstraint(
            "subject_id", "fingerprint", name="uq_vestibule_authenticator_subject_id_fingerprint"
        ),
    )
    op.create_index("ix_vestibule_authenticator_key_id", "vestibule_authenticator", ["key_id"])
    op.create_index(
        "ix_vestibule_authenticator_subject_id", "vestibule_authenticator", ["subject_id"]
    )
    op.create_table(
        "vestibule_backup_code",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.String(length=32), nullable=False),
        sa.Column("set_number", sa.Integer(), nullable=False),
        sa.Column("selector", sa.String(length=4), nullable=False),
        sa.Column("code_hash", sa.String(length=120), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["subject_id"],
            ["vestibule_subject.id"],
            name="fk_vestibule_backup_code_subject_id_vestibule_subject",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_vestibule_backup_code"),
        sa.UniqueConstraint(
            "subject_id", "selector", name="uq_vestibule_backup_code_subject_id_selector"
        ),
    )
    op.create_table(
        "vestibule_enrolment",
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("subject_id", sa.String(length=32), nullable=False),
        sa.Column("key_id", sa.String(length=8), nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["subject_id"],
            ["vestibule_subject.id"],
            name="fk_vestibule_enrolment_subject_id_vestibule_subject",
        ),
        sa.PrimaryKeyConstraint("owner", name="pk_vestibule_enrolment"),
    )
    op.create_index("ix_vestibule_enrolment_ends_at", "vestibule_enrolment", ["ends_at"])
    op.create_index("ix_vestibule_enrolment_key_id", "vestibule_enrolment", ["key_id"])
    op.create_index("ix_vestibule_enrolment_subject_id", "vestibule_enrolment", ["subject_id"])
    op.create_table(
        "vestibule_event",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("result", sa.String(length=10), nullable=False),
        sa.Column("factor", sa.String(length=20), nullable=True),
        sa.Column("subject_id", sa.String(length=32), nullable=True),
        sa.Column("actor", sa.String(length=32), nullable=True),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("browser", sa.String(length=200), nullable=False),
        sa.Column("request_id", sa.String(length=32), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subject_id"],
            ["vestibule_subject.id"],
            name="fk_vestibule_event_subject_id_vestibule_subject",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_vestibule_event"),
    )
    op.create_index("ix_vestibule_event_subject_at", "vestibule_event", ["subject_id", "at"])
    op.create_table(
        "vestibule_pending_signin",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("subject_id", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("login_id", sa.String(length=255), nullable=False),
        sa.Column("account_name", sa.String(length=255), nullable=False),
        sa.Column("stages", sa.String(length=80), nullable=False),
        sa.Column("next_url", sa.Text(), nullable=True),
        sa.Column("host_session", sa.Text(), nullable=True),
        sa.Column("first_step_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["subject_id"],
            ["vestibule_subject.id"],
            name="fk_vestibule_pending_signin_subject_id_vestibule_subject",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_vestibule_pending_signin"),
    )
    op.create_index("ix_vestibule_pending_signin_ends_at", "vestibule_pending_signin", ["ends_at"])
    op.create_index(
        "ix_vestibule_pending_signin_subject_id", "vestibule_pending_signin", ["subject_id"]
    )
    op.create_table(
        "vestibule_session",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("subject_id", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("login_id", sa.String(length=255), nullable=False),
        sa.Column("level", sa.String(length=4), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_step_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("second_step_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("browser", sa.String(length=200), nullable=False),
        sa.Column("unseen_codes", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["subject_id"],
            ["vestibule_subject.id"],
            name="fk_vestibule_session_subject_id_vestibule_subject",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_vestibule_session"),
    )
    op.create_index("ix_vestibule_session_ends_at", "vestibule_session", ["ends_at"])
    op.create_index("ix_vestibule_session_subject_id", "vestibule_session", ["subject_id"])
