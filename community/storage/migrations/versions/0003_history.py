"""The history of the directory's entries, what the files said of them, drafts, counts.

What a store of before has in its entries came from the files: it is the history's beginning.
"""

import hashlib
import json
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_KINDS = ("contact", "resource", "project")


def upgrade() -> None:
    """Make the tables, and begin the history."""
    _make_history()
    op.create_table(
        "seeded",
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("key", sa.String(160), nullable=False),
        sa.Column("file", sa.String(64)),
        sa.Column("stored", sa.String(64)),
        sa.Column("noted", sa.String(64)),
        sa.PrimaryKeyConstraint("kind", "key", name="pk_seeded"),
    )
    op.create_table(
        "drafts",
        sa.Column("room_id", sa.String(255), nullable=False),
        sa.Column("conversation", sa.String(255), nullable=False),
        sa.Column("user_id", sa.String(255), nullable=False),
        sa.Column("event_id", sa.String(255)),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("room_id", "conversation", "user_id", name="pk_drafts"),
    )
    op.create_index("ix_drafts_room_id", "drafts", ["room_id", "event_id"])
    op.create_table(
        "counts",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("topic", sa.String(160), nullable=False),
        sa.Column("answered", sa.Boolean(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "topic", "answered", name="pk_counts"),
    )
    _begin_history(op.get_bind())


def _make_history() -> None:
    op.create_table(
        "history",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(255), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("key", sa.String(160), nullable=False),
        sa.Column("before", sa.Text()),
        sa.Column("after", sa.Text()),
        sa.Column("undoes", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name="pk_history"),
    )
    op.create_index("ix_history_revision", "history", ["revision"])
    op.create_index("ix_history_actor", "history", ["actor"])
    op.create_index("ix_history_kind", "history", ["kind", "key", "id"])


def _begin_history(connection: sa.Connection) -> None:
    entries = sa.table("entries", *(sa.column(name) for name in ("kind", "key", "position", "content")))
    wanted = entries.select().where(entries.c.kind.in_(_KINDS)).order_by(entries.c.kind, entries.c.position)
    found = connection.execute(wanted).all()
    if not found:
        return
    number = connection.execute(sa.text("SELECT MAX(number) FROM revisions WHERE subject = 'entries'"))
    revision_now = number.scalar_one() or 0
    history = sa.table(
        "history",
        sa.column("at", sa.DateTime(timezone=True)),
        *(sa.column(name) for name in ("revision", "actor", "kind", "key", "after")),
    )
    same = {"revision": revision_now, "at": datetime.now(UTC), "actor": "file"}
    rows = [{**same, "kind": row.kind, "key": row.key, "after": row.content} for row in found]
    connection.execute(history.insert(), rows)
    seeded = sa.table("seeded", *(sa.column(name) for name in ("kind", "key", "file", "stored")))
    digests = [(row.kind, row.key, _digest(row.content)) for row in found]
    connection.execute(
        seeded.insert(),
        [{"kind": kind, "key": key, "file": digest, "stored": digest} for kind, key, digest in digests],
    )


def _digest(content: str) -> str:
    """Return an entry's digest as `community.directory.entry.digest` made it at the time of this migration."""
    plain = json.dumps(json.loads(content), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()
