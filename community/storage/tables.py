"""The tables. A change here needs a migration in ``migrations/versions``; a test compares the two."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.types import TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC: SQLite gives naive datetimes and PostgreSQL aware ones; we only ever see aware ones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Refuse a naive datetime (ValueError), store the others as UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime has no place in the store")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Return the moment with its zone, UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

revisions = Table(
    "revisions",
    metadata,
    Column("subject", String(32), primary_key=True),
    Column("number", Integer, nullable=False),
)
"""How often each subject (``entries``, ``people``) has changed: readers reload when the number moves."""

entries = Table(
    "entries",
    metadata,
    Column("kind", String(16), primary_key=True),
    Column("key", String(160), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("content", Text, nullable=False),
)

history = Table(
    "history",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("revision", Integer, nullable=False, index=True),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", String(255), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("key", String(160), nullable=False),
    Column("before", Text),
    Column("after", Text),
    Column("undoes", Integer),
    Index(None, "kind", "key", "id"),
    # What has changed since a moment is found without a look at what changed before.
    Index(None, "at", "id"),
)
"""Each change of an entry: replayed from nothing it gives ``entries``.

Events and deadlines of a store that was made before they had a history begin with their first change.

``revision``: that of ``entries`` which the change made, or in which somebody was blanked out of it.
"""

seeded = Table(
    "seeded",
    metadata,
    Column("kind", String(16), primary_key=True),
    Column("key", String(160), primary_key=True),
    Column("file", String(64)),
    Column("stored", String(64)),
    Column("noted", String(64)),
)
"""The files' entries at the last seeding as digests (`community.directory.merge.Base`): no address is in it."""

imported = Table(
    "imported",
    metadata,
    Column("kind", String(16), primary_key=True),
    Column("key", String(160), primary_key=True),
    Column("source", String(64), nullable=False),
    Column("file", String(64)),
    Column("stored", String(64)),
)
"""Entries of other programs' calendars, by digests as in `seeded`; ``source``: one of what that calendar is called."""

drafts = Table(
    "drafts",
    metadata,
    Column("room_id", String(255), primary_key=True),
    Column("conversation", String(255), primary_key=True),
    Column("user_id", String(255), primary_key=True),
    Column("event_id", String(255)),
    Column("content", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("origins", Text, nullable=False, server_default=""),
    Index(None, "room_id", "event_id"),
)
"""Guided edits that somebody has begun and not ended. ``content`` is encrypted (`community.storage.kept_words`)."""

answers = Table(
    "answers",
    metadata,
    Column("room_id", String(255), primary_key=True),
    Column("event_id", String(255), primary_key=True),
    Column("question", String(255), nullable=False),
    Column("files", JSON, nullable=False),
    Column("user_id", String(255), nullable=False),
    Column("thread", String(255)),
    Column("conversation", String(512), nullable=False),
    Column("is_plain", Boolean, nullable=False),
    Column("at", UtcDateTime, nullable=False, index=True),
)
"""Which messages of the bot answer which question, for an hour: nobody's words."""

counts = Table(
    "counts",
    metadata,
    Column("day", Date, primary_key=True),
    Column("topic", String(160), primary_key=True),
    Column("answered", Boolean, primary_key=True),
    Column("number", Integer, nullable=False),
)
"""How many questions there were about a topic on a day. Nobody's words, nobody's name."""

people = Table(
    "people",
    metadata,
    Column("user_id", String(255), primary_key=True),
    Column("username", String(64), nullable=False, unique=True),
    Column("name", String(120), nullable=False),
    Column("role", String(48), nullable=False),
    Column("city", String(48)),
    Column("themes", JSON, nullable=False),
    Column("languages", JSON, nullable=False),
)

former = Table(
    "former",
    metadata,
    Column("user_id", String(255), primary_key=True),
    Column("status", String(16), nullable=False),
)
"""People of the description who are no active members: alumni, and those who have left."""

applied = Table(
    "applied",
    metadata,
    Column("part", String(32), primary_key=True),
    Column("content", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)
"""What was applied last: of the ``community`` its JSON. The directory and the calendar are in ``entries``."""

identities = Table(
    "identities",
    metadata,
    Column("user_id", String(255), primary_key=True),
    Column("master_key", String(64), nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("changed_to", String(64)),
    Column("changed_at", UtcDateTime),
    Column("accepted_by", String(255)),
    Column("accepted_at", UtcDateTime),
)
"""The master key pinned for each person (public), and the one that has come since and waits to be accepted."""

jobs = Table(
    "jobs",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("idempotency_key", String(512), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("payload", JSON, nullable=False),
    Column("state", String(16), nullable=False),
    Column("run_after", UtcDateTime, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("leased_by", String(255)),
    Column("leased_until", UtcDateTime),
    Column("reason", Text),
    Column("filed_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    UniqueConstraint("idempotency_key"),
    # What has not ended is found without a look at the many that have.
    Index(None, "kind", "state", "id"),
    # And so is what has ended and was due of late.
    Index("ix_jobs_due", "kind", "state", "run_after"),
    # The number of a row that was deleted is never given again: messages name jobs by it.
    sqlite_autoincrement=True,
)
"""What one process asks another to do: `community.storage.jobs` says what each column is."""

direct_rooms = Table(
    "direct_rooms",
    metadata,
    Column("user_id", String(255), primary_key=True),
    Column("begun_at", UtcDateTime, nullable=False),
    Column("unreached_since", UtcDateTime),
)
"""The direct messages that the bot has begun to open."""

gate_members = Table(
    "gate_members",
    metadata,
    Column("room_key", String(160), primary_key=True),
    Column("user_id", String(255), primary_key=True),
    Column("standing", String(16), nullable=False),
)
"""Who is in the gates of safe rooms, as their keepers were told."""

feeds = Table(
    "feeds",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("digest", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("key", String(160), nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("made_by", String(255), nullable=False),
    UniqueConstraint("digest"),
    # Nobody revokes another feed than the one whose number they have noted.
    sqlite_autoincrement=True,
)
"""The feeds of the calendar: of what each is. Of the secret in its address there is the SHA-256 alone."""

visits = Table(
    "visits",
    metadata,
    Column("user_id", String(255), primary_key=True),
    Column("wrote_at", UtcDateTime, nullable=False),
    Column("before", UtcDateTime),
)
"""When each person last wrote, to ten minutes, and when before the present visit: nobody's words, and not where."""

quiet_hours = Table(
    "quiet_hours",
    metadata,
    Column("user_id", String(255), primary_key=True),
    Column("hours", String(11), nullable=False),
)
"""The quiet hours that people have set for themselves, as a city's are written: 21:00-07:00."""

marks = Table(
    "marks",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
)
"""Moments, such as when the bot first ran or a description was last applied."""

standing_faults = Table(
    "standing_faults",
    metadata,
    Column("name", String(640), primary_key=True),
    Column("since", UtcDateTime, nullable=False),
)
"""Faults of accounts that are there now."""

audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", String(255), nullable=False),
    Column("action", String(255), nullable=False),
    Column("subject", String(255), nullable=False),
    Column("detail", Text),
    Column("digest", String(255)),
    Column("outcome", String(16), nullable=False),
    Index(None, "at", "id"),
    Index(None, "subject", "at", "id"),
)
"""Who did what, when. Triggers (migration 0002) refuse to change or delete a row."""
