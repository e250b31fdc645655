"""What the owner of an account recognises sessions and known browsers by."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column(
        "vestibule_session",
        sa.Column("public_id", sa.String(length=32), nullable=False, server_default=""),
    )
    # Half of a hash: nobody can make the token of it, and no two have the same.
    op.execute("UPDATE vestibule_session SET public_id = substr(id, 1, 32)")
    for column, length in (("name", 60), ("user_agent", 200), ("address", 45)):
        op.add_column(
            "vestibule_known_browser",
            sa.Column(column, sa.String(length=length), nullable=False, server_default=""),
        )
