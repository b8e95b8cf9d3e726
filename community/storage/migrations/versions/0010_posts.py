"""Scheduled messages are jobs: the outbox's rows become them, and its table goes."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_MOMENT = sa.DateTime(timezone=True)
_OUTBOX = sa.table(
    "outbox",
    sa.column("occurrence_key"),
    sa.column("room_key"),
    sa.column("room_id"),
    sa.column("transaction_id"),
    sa.column("device_id"),
    sa.column("due_at", _MOMENT),
    sa.column("state"),
    sa.column("event_id"),
    sa.column("begun_at", _MOMENT),
    sa.column("ended_at", _MOMENT),
)
_JOBS = sa.table(
    "jobs",
    sa.column("idempotency_key"),
    sa.column("kind"),
    sa.column("payload", sa.JSON()),
    sa.column("state"),
    sa.column("run_after", _MOMENT),
    sa.column("attempts"),
    sa.column("reason"),
    sa.column("filed_at", _MOMENT),
    sa.column("ended_at", _MOMENT),
)
_STATES = {"sending": "pending", "sent": "done", "dropped": "withdrawn"}


def upgrade() -> None:
    """Bring the rows over: what was being sent waits for whoever sends it again, or looks for it in the room."""
    connection = op.get_bind()
    rows = connection.execute(sa.select(_OUTBOX).order_by(_OUTBOX.c.begun_at)).mappings().all()
    if rows:
        connection.execute(sa.insert(_JOBS), [_job(row) for row in rows])
    op.drop_table("outbox")
    op.create_index("ix_jobs_due", "jobs", ["kind", "state", "run_after"])


def _job(row: sa.RowMapping) -> dict[str, object]:
    texts = ("occurrence_key", "room_key", "room_id", "transaction_id", "device_id")
    moments = {name: _utc(row[name]) for name in ("due_at", "begun_at")}
    return {
        "idempotency_key": f"post/{row['room_key']} {row['occurrence_key']}",
        "kind": "post",
        "payload": {
            **{name: row[name] for name in texts},
            **{name: moment.isoformat() for name, moment in moments.items()},
            "event_id": row["event_id"] or "",
        },
        "state": _STATES[row["state"]],
        "run_after": moments["due_at"],
        "attempts": 0,
        "reason": "too late" if row["state"] == "dropped" else None,
        "filed_at": moments["begun_at"],
        "ended_at": row["ended_at"] and _utc(row["ended_at"]),
    }


def _utc(moment: datetime) -> datetime:
    """Return a moment with its zone: SQLite gives it without."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
