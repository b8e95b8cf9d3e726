"""Events and deadlines are merged with the files, as the directory is: what is there counts as the files' own.

Until now each seeding has replaced them by those of the files. They get no rows of history: nobody has changed them,
and those rows would be the newest. What says nothing of reminders had none, and has the usual ones from now on: it is
kept silent (`community.directory.merge`) until its file says something else of it.
"""

import hashlib
import json

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

_KINDS = ("event", "deadline")


def upgrade() -> None:
    """Note the events and deadlines as those of the last seeding, and keep silent what was never posted."""
    connection = op.get_bind()
    entries = sa.table("entries", *(sa.column(name) for name in ("kind", "key", "content")))
    seeded = sa.table("seeded", *(sa.column(name) for name in ("kind", "key", "file", "stored")))
    for row in connection.execute(entries.select().where(entries.c.kind.in_(_KINDS))).all():
        written = json.loads(row.content)
        silent = {"remind": [], **written}
        base = {"kind": row.kind, "key": row.key, "file": _digest(written), "stored": _digest(silent)}
        connection.execute(seeded.insert(), [base])
        if silent != written:
            same = (entries.c.kind == row.kind, entries.c.key == row.key)
            content = json.dumps(silent, ensure_ascii=False, separators=(",", ":"))
            connection.execute(entries.update().where(*same).values(content=content))


def _digest(values: dict[str, object]) -> str:
    """Return an entry's digest as `community.directory.entry.digest` made it at the time of this migration."""
    plain = json.dumps(values, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()
