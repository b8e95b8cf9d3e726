"""Faults that stand: what coordinators have been told of accounts, and since when it is so."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "standing_faults",
        sa.Column("name", sa.String(640), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_standing_faults"),
    )
