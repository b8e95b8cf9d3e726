"""When each person last wrote, and the history by its moments: for “what did I miss?”."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0017"


def upgrade() -> None:
    """Make the table and the index."""
    op.create_table(
        "visits",
        sa.Column("user_id", sa.String(255), nullable=False),
        sa.Column("wrote_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("before", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("user_id", name="pk_visits"),
    )
    op.create_index("ix_history_at", "history", ["at", "id"])
