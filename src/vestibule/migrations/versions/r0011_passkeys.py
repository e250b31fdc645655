"""Passkeys, and what was passed by one."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    when = sa.DateTime(timezone=True)
    op.add_column("vestibule_subject", sa.Column("passkey_handle", sa.LargeBinary(), nullable=True))
    op.add_column(
        "vestibule_session",
        sa.Column("by_passkey", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.add_column("vestibule_pending_signin", sa.Column("second_step_at", when, nullable=True))
    op.create_table(
        "vestibule_passkey",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("transports", sa.String(length=80), nullable=False),
        sa.Column("backup_eligible", sa.Boolean(), nullable=False),
        sa.Column("backed_up", sa.Boolean(), nullable=False),
        sa.Column("stands_alone", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("created_at", when, nullable=False),
        sa.Column("last_used_at", when, nullable=True),
        sa.Column("copied", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subject_id"],
            ["vestibule_subject.id"],
            name="fk_vestibule_passkey_subject_id_vestibule_subject",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_vestibule_passkey"),
        sa.UniqueConstraint("credential_id", name="uq_vestibule_passkey_credential_id"),
    )
    op.create_index("ix_vestibule_passkey_subject_id", "vestibule_passkey", ["subject_id"])
    op.create_table(
        "vestibule_passkey_challenge",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("holder", sa.String(length=64), nullable=False),
        sa.Column("subject_id", sa.String(length=32), nullable=True),
        sa.Column("ends_at", when, nullable=False),
        sa.ForeignKeyConstraint(
            ["subject_id"],
            ["vestibule_subject.id"],
            name="fk_vestibule_passkey_challenge_subject_id_vestibule_subject",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_vestibule_passkey_challenge"),
    )
    for column in ("subject_id", "ends_at"):
        op.create_index(
            f"ix_vestibule_passkey_challenge_{column}", "vestibule_passkey_challenge", [column]
        )
