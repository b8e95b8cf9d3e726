"""What waits for people's word is numbered from 1 on; what waits already keeps the number of its job."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_JOBS = sa.table("jobs", sa.column("id"), sa.column("kind"), sa.column("state"))
_REVISIONS = sa.table("revisions", sa.column("subject"), sa.column("number"))


def upgrade() -> None:
    """Begin after the highest number that somebody may still write."""
    waits = _JOBS.c.kind.in_(("question", "proposal")) & _JOBS.c.state.in_(("pending", "running"))
    connection = op.get_bind()
    highest = connection.execute(sa.select(sa.func.max(_JOBS.c.id)).where(waits)).scalar_one()
    if highest is not None:
        connection.execute(sa.insert(_REVISIONS).values(subject="numbers", number=highest))
