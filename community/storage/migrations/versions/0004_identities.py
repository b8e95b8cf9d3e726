"""The pinned identities: the master key that each person's devices are signed under, as it was first seen."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "identities",
        sa.Column("user_id", sa.String(255), nullable=False),
        sa.Column("master_key", sa.String(64), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_to", sa.String(64)),
        sa.Column("changed_at", sa.DateTime(timezone=True)),
        sa.Column("accepted_by", sa.String(255)),
        sa.Column("accepted_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("user_id", name="pk_identities"),
    )
