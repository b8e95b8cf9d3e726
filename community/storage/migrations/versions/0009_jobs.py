"""Jobs: requests that workers lease, put off and try again. What was a request is a job."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_KEPT = "id, idempotency_key, kind, payload, state, reason, filed_at, ended_at"


def upgrade() -> None:
    """Make the table, bring the requests into it under their numbers, drop theirs."""
    op.create_table(
        "jobs",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("idempotency_key", sa.String(512), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("run_after", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("leased_by", sa.String(255)),
        sa.Column("leased_until", sa.DateTime(timezone=True)),
        sa.Column("reason", sa.Text()),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
        sa.UniqueConstraint("idempotency_key", name="uq_jobs_idempotency_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_jobs_kind", "jobs", ["kind", "state", "id"])
    op.execute(
        f"INSERT INTO jobs ({_KEPT}, run_after, attempts) "  # noqa: S608 - our own names
        f"SELECT {_KEPT}, filed_at, 0 FROM requests ORDER BY id"
    )
    # That a proposal is declined is no failure: who decides was asked and has answered.
    op.execute("UPDATE jobs SET state = 'done' WHERE kind = 'proposal' AND reason = 'declined'")
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "SELECT setval(pg_get_serial_sequence('jobs', 'id'), "
            "(SELECT coalesce(max(id), 0) + 1 FROM jobs), false)"
        )
    op.drop_table("requests")
