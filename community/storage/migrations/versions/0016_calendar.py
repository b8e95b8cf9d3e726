"""Events and deadlines are merged with the files, as the directory is: what is there counts as the files' own.

Until now each seeding has replaced them by those of the files. They get no rows of history: nobody has changed them,
and those rows would be the newest.
"""

import hashlib
import json

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

_KINDS = ("event", "deadline")


def upgrade() -> None:
    """Note the events and deadlines as those of the last seeding."""
    connection = op.get_bind()
    entries = sa.table("entries", *(sa.column(name) for name in ("kind", "key", "content")))
    found = connection.execute(entries.select().where(entries.c.kind.in_(_KINDS))).all()
    seeded = sa.table("seeded", *(sa.column(name) for name in ("kind", "key", "file", "stored")))
    digests = [(row.kind, row.key, _digest(row.content)) for row in found]
    rows = [{"kind": kind, "key": key, "file": digest, "stored": digest} for kind, key, digest in digests]
    if rows:
        connection.execute(seeded.insert(), rows)


def _digest(content: str) -> str:
    """Return an entry's digest as `community.directory.entry.digest` made it at the time of this migration."""
    plain = json.dumps(json.loads(content), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()
