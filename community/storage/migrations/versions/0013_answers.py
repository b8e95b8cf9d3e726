"""Which messages of the bot answer which question, for an hour: ids alone."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0011"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "answers",
        sa.Column("room_id", sa.String(255), nullable=False),
        sa.Column("event_id", sa.String(255), nullable=False),
        sa.Column("question", sa.String(255), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("user_id", sa.String(255), nullable=False),
        sa.Column("thread", sa.String(255)),
        sa.Column("conversation", sa.String(512), nullable=False),
        sa.Column("is_plain", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("room_id", "event_id", name="pk_answers"),
    )
    op.create_index("ix_answers_at", "answers", ["at"])
