"""Which messages the words of a draft are from."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Add the column. The drafts of before say nothing of it: they are a day old at most, and stay so long."""
    op.add_column("drafts", sa.Column("origins", sa.Text(), nullable=False, server_default=""))
