"""People of the description who are no active members: alumni, and those who have left."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0006"


def upgrade() -> None:
    """Make the table; the next look at the description fills it."""
    op.create_table(
        "former",
        sa.Column("user_id", sa.String(255), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_former"),
    )
