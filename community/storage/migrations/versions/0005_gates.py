"""Whom the bot has opened a direct message with, and who was in a safe room's gate when its keepers were last told."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the two tables."""
    op.create_table(
        "direct_rooms",
        sa.Column("user_id", sa.String(255), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("unreached_since", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("user_id", name="pk_direct_rooms"),
    )
    op.create_table(
        "gate_members",
        sa.Column("room_key", sa.String(160), nullable=False),
        sa.Column("user_id", sa.String(255), nullable=False),
        sa.Column("standing", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("room_key", "user_id", name="pk_gate_members"),
    )
