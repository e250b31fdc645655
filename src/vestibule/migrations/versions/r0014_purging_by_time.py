"""What is over is found by an index: counts of tries, and trust under a shorter setting."""

from vestibule.migrations.indexes import IndexBeside, make

revision = "0014"
down_revision = "0013"

beside = (
    IndexBeside(
        "ix_vestibule_budget_window_ends",
        "vestibule_budget",
        ("window_ends",),
        where="window_ends IS NOT NULL",
    ),
    IndexBeside(
        "ix_vestibule_trusted_browser_created_at", "vestibule_trusted_browser", ("created_at",)
    ),
)


def upgrade() -> None:
    for index in beside:
        make(index)
