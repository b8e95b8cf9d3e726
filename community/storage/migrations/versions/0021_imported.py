"""Entries of other programs' calendars: from which one, and digests of what it said of each last."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0019"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "imported",
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("key", sa.String(160), nullable=False),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("file", sa.String(64)),
        sa.Column("stored", sa.String(64)),
        sa.PrimaryKeyConstraint("kind", "key", name="pk_imported"),
    )
