"""The quiet hours that people have set for themselves."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "quiet_hours",
        sa.Column("user_id", sa.String(255), nullable=False),
        sa.Column("hours", sa.String(11), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_quiet_hours"),
    )
