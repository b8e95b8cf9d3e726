"""Seeding: the files' directory and calendar are merged into the entries."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from community.core.messages import Message
from community.description.calendar_model import Calendar, Deadline, Event
from community.description.directory_model import Contact, Directory, Project, Resource, Visible
from community.description.model import Description
from community.directory.entry import (
    CALENDAR_KINDS,
    DIRECTORY_KINDS,
    FILE,
    EntryChange,
    EntryKey,
    EntryKind,
    calendar_entries,
    digest,
    entries_of,
    key_of,
)
from community.directory.merge import Base, Merged, MergedCalendar, merge, merge_calendar
from community.storage.changing import SUBJECT, ChangeAuthor, make
from community.storage.tables import entries, seeded
from community.storage.transactions import bump, hold, revision

_VISIBLE = TypeAdapter(Visible)
_KIND_VISIBLE = "visible"
"""The kind of the one row that has ``visible`` of the whole directory."""


@dataclass(frozen=True, slots=True)
class SeedingReport:
    """The outcome of seeding. ``notes``: all notes; ``news``: those that no earlier seeding reported."""

    changed: bool
    notes: tuple[Message, ...]
    news: tuple[Message, ...]


@dataclass(frozen=True)
class SeedingInput:
    """What the store has before seeding: the entries, the digests of the last seeding, and their revision."""

    revision: int
    directory: Directory
    calendar: Calendar
    bases: Mapping[EntryKey, Base]


@dataclass(frozen=True)
class SeedingPlan:
    """What seeding will change. It is computed outside of a transaction, as it takes a while for many entries.

    ``changes`` are those of the directory, ``calendar_changes`` those of the calendar.
    """

    seen: SeedingInput
    merged: Merged
    dates: MergedCalendar
    changes: tuple[EntryChange, ...]
    calendar_changes: tuple[EntryChange, ...]

    @property
    def bases(self) -> dict[EntryKey, Base]:
        """The digests for the next seeding."""
        return {**self.merged.bases, **self.dates.bases}

    @property
    def report(self) -> SeedingReport:
        """The outcome, with its notes."""
        found = (*self.merged.notes, *self.dates.notes)
        notes = tuple(note.what for note in found)
        news = tuple(note.what for note in found if note.is_new)
        return SeedingReport(self.moves, notes, news)

    @property
    def fingerprint(self) -> bytes:
        """Text that is another one for another outcome of seeding; empty where it writes nothing."""
        if not self.writes:
            return b""
        changes = (*self.changes, *self.calendar_changes)
        entries = [(c.kind, c.key, digest(c.before), digest(c.after)) for c in changes]
        bases = sorted((key, base.file, base.stored) for key, base in self.bases.items())
        visible = [_VISIBLE.dump_json(one.visible) for one in (self.seen.directory, self.merged.directory)]
        return repr((entries, self.wanted_order, visible, bases)).encode()

    @property
    def moves(self) -> bool:
        """Whether any entry or its place changes, or who may see what."""
        moved = _order(self.seen.directory, self.seen.calendar) != self.wanted_order
        return bool(self.changes or self.calendar_changes) or moved or self.is_seen_otherwise

    @property
    def wanted_order(self) -> list[EntryKey]:
        """The entries in the order that they are to have."""
        return _order(self.merged.directory, self.dates.calendar)

    @property
    def is_seen_otherwise(self) -> bool:
        """Whether it changes who may see which field of a contact."""
        return self.seen.directory.visible != self.merged.directory.visible

    def is_renewed(self, kinds: Collection[EntryKind]) -> bool:
        """Whether the places or the digests of entries of ``kinds`` change, or who may see what of contacts."""
        before, after = _order(self.seen.directory, self.seen.calendar), self.wanted_order
        places = [[key for key in order if key[0] in kinds] for order in (before, after)]
        digests = [
            {key: base for key, base in bases.items() if key[0] in kinds}
            for bases in (self.seen.bases, self.bases)
        ]
        seen_otherwise = self.is_seen_otherwise and "contact" in kinds
        return seen_otherwise or places[0] != places[1] or digests[0] != digests[1]

    @property
    def writes(self) -> bool:
        """Whether there is anything to write."""
        return self.moves or self.bases != self.seen.bases


def plan_seeding(seen: SeedingInput, description: Description) -> SeedingPlan:
    """Return what seeding ``description`` comes to. Pure."""
    merged = merge(seen.directory, seen.bases, description)
    dates = merge_calendar(seen.calendar, seen.bases, description, merged.directory)
    return SeedingPlan(seen, merged, dates, merged.changes(seen.directory), dates.changes(seen.calendar))


async def look(connection: AsyncConnection) -> SeedingInput:
    """Return what is there now."""
    number = await revision(connection, SUBJECT)
    directory, calendar = await read_directory(connection), await read_calendar(connection)
    return SeedingInput(number, directory, calendar, await read_bases(connection))


async def sow(connection: AsyncConnection, work: SeedingPlan, at: datetime) -> bool:
    """Write what seeding comes to at the moment ``at``; False, and nothing, where entries were changed meanwhile."""
    await hold(connection, SUBJECT)
    if await revision(connection, SUBJECT) != work.seen.revision:
        return False
    if work.moves:
        number = await bump(connection, SUBJECT)
        changes = (*work.changes, *work.calendar_changes)
        await make(connection, changes, ChangeAuthor(FILE, at, number))
        await _put_in_order(connection, work.wanted_order)
        if work.is_seen_otherwise:
            await _keep_visible(connection, work.merged.directory.visible)
    await _keep_bases(connection, work.bases)
    return True


async def read_directory(connection: AsyncConnection) -> Directory:
    """Return the contacts, resources and projects, and who may see what."""
    rows = await contents(connection, *DIRECTORY_KINDS)
    return Directory(
        version=1,
        visible=await read_visible(connection),
        contacts=tuple(Contact.model_validate_json(c, strict=True) for c in rows["contact"]),
        resources=tuple(Resource.model_validate_json(c, strict=True) for c in rows["resource"]),
        projects=tuple(Project.model_validate_json(c, strict=True) for c in rows["project"]),
    )


async def read_visible(connection: AsyncConnection) -> Visible:
    """Return who may see which field of a contact."""
    rows = await contents(connection, _KIND_VISIBLE)
    return next((_VISIBLE.validate_json(content) for content in rows[_KIND_VISIBLE]), {})


async def read_calendar(connection: AsyncConnection) -> Calendar:
    """Return the events and deadlines."""
    rows = await contents(connection, *CALENDAR_KINDS)
    return Calendar(
        version=1,
        events=tuple(Event.model_validate_json(c, strict=True) for c in rows["event"]),
        deadlines=tuple(Deadline.model_validate_json(c, strict=True) for c in rows["deadline"]),
    )


async def read_bases(connection: AsyncConnection) -> dict[EntryKey, Base]:
    """Return the files' entries at the last seeding."""
    found = await connection.execute(select(seeded))
    return {(row.kind, row.key): Base(row.file, row.stored, row.noted) for row in found}


async def contents(connection: AsyncConnection, *kinds: str) -> dict[str, list[str]]:
    """Return the JSON text of all entries of ``kinds``, in their order."""
    found = await connection.execute(
        select(entries.c.kind, entries.c.content)
        .where(entries.c.kind.in_(kinds))
        .order_by(entries.c.kind, entries.c.position)
    )
    by_kind: dict[str, list[str]] = {kind: [] for kind in kinds}
    for kind, content in found:
        by_kind[kind].append(content)
    return by_kind


def _order(directory: Directory, calendar: Calendar) -> list[EntryKey]:
    return [key_of(entry) for entry in (*entries_of(directory), *calendar_entries(calendar))]


async def _put_in_order(connection: AsyncConnection, order: Sequence[EntryKey]) -> None:
    """Give each entry the position that it has in ``order`` among those of its kind."""
    positions: dict[EntryKind, int] = {}
    rows = []
    for kind, key in order:
        positions[kind] = position = positions.get(kind, -1) + 1
        rows.append({"the_kind": kind, "the_key": key, "new": position})
    if rows:
        one = (entries.c.kind == bindparam("the_kind"), entries.c.key == bindparam("the_key"))
        await connection.execute(update(entries).where(*one).values(position=bindparam("new")), rows)


async def _keep_visible(connection: AsyncConnection, visible: Visible) -> None:
    await connection.execute(delete(entries).where(entries.c.kind == _KIND_VISIBLE))
    if visible:
        content = _VISIBLE.dump_json(visible).decode()
        row = {"kind": _KIND_VISIBLE, "key": _KIND_VISIBLE, "position": 0, "content": content}
        await connection.execute(insert(entries), row)


async def _keep_bases(connection: AsyncConnection, bases: Mapping[EntryKey, Base]) -> None:
    await connection.execute(delete(seeded))
    rows = [
        {"kind": kind, "key": key, "file": base.file, "stored": base.stored, "noted": base.noted}
        for (kind, key), base in sorted(bases.items())
    ]
    if rows:
        await connection.execute(insert(seeded), rows)
