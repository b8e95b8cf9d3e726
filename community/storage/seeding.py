"""Seeding: the files' directory is merged into the entries, their calendar replaces the one that is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from pydantic import TypeAdapter
from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from community.core.messages import Message
from community.description.calendar_model import Calendar, Deadline, Event
from community.description.described import Described
from community.description.directory_model import Contact, Directory, Project, Resource, Visible
from community.description.faults import CALENDAR, DIRECTORY
from community.description.model import Description
from community.directory.entry import (
    FILE,
    EntryChange,
    EntryKey,
    EntryKind,
    digest,
    entries_of,
    key_of,
)
from community.directory.merge import Base, Merged, merge
from community.storage.changing import SUBJECT, ChangeAuthor, make
from community.storage.tables import entries, seeded
from community.storage.transactions import bump, hold, revision

_VISIBLE = TypeAdapter(Visible)
_KIND_VISIBLE = "visible"
"""The kind of the one row that has ``visible`` of the whole directory."""
_CALENDAR = ("event", "deadline")


@dataclass(frozen=True, slots=True)
class SeedingReport:
    """The outcome of seeding. ``notes``: all notes; ``news``: those that no earlier seeding reported."""

    changed: bool
    notes: tuple[Message, ...]
    news: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class CalendarChange:
    """An event or deadline as JSON before and after; None where there is none."""

    kind: str
    key: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class SeedingInput:
    """What the store has before seeding: the entries, the digests of the last seeding, and their revision."""

    revision: int
    directory: Directory
    bases: Mapping[EntryKey, Base]
    others: Sequence[tuple[str, str, int, str]]


@dataclass(frozen=True)
class SeedingPlan:
    """What seeding will change. It is computed outside of a transaction, as it takes a while for many entries."""

    seen: SeedingInput
    description: Description
    merged: Merged
    changes: tuple[EntryChange, ...]

    @property
    def calendar_changes(self) -> tuple[CalendarChange, ...]:
        """The events and deadlines that are added, changed and removed, sorted."""
        before, after = (
            {(kind, key): content for kind, key, _position, content in rows if kind in _CALENDAR}
            for rows in (self.seen.others, self.wanted_others)
        )
        keys = sorted(before.keys() | after.keys())
        found = (CalendarChange(*key, before.get(key), after.get(key)) for key in keys)
        return tuple(change for change in found if change.before != change.after)

    @cached_property
    def wanted_others(self) -> list[tuple[str, str, int, str]]:
        """The rows of what is the files' alone, sorted; those of a file that is not taken as they are."""
        kept = (
            *(_CALENDAR if CALENDAR in self.description.kept else ()),
            *((_KIND_VISIBLE,) if DIRECTORY in self.description.kept else ()),
        )
        stay = [row for row in self.seen.others if row[0] in kept]
        return sorted((*stay, *(row for row in _of_files(self.description) if row[0] not in kept)))

    @property
    def report(self) -> SeedingReport:
        """The outcome, with its notes."""
        notes = tuple(note.what for note in self.merged.notes)
        news = tuple(note.what for note in self.merged.notes if note.is_new)
        return SeedingReport(self.moves, notes, news)

    @property
    def fingerprint(self) -> bytes:
        """Text that is another one for another outcome of seeding; empty where it writes nothing."""
        if not self.writes:
            return b""
        entries = [(c.kind, c.key, digest(c.before), digest(c.after)) for c in self.changes]
        others = [row for row in self.wanted_others if row not in self.seen.others]
        gone = [row for row in self.seen.others if row not in self.wanted_others]
        bases = sorted((key, base.file, base.stored) for key, base in self.merged.bases.items())
        return repr((entries, _order(self.merged.directory), others, gone, bases)).encode()

    @property
    def moves(self) -> bool:
        """Whether any entry or its place changes."""
        moved = _order(self.seen.directory) != _order(self.merged.directory)
        return bool(self.changes) or moved or self.seen.others != self.wanted_others

    @property
    def writes(self) -> bool:
        """Whether there is anything to write."""
        return self.moves or self.merged.bases != self.seen.bases


def plan_seeding(seen: SeedingInput, description: Description) -> SeedingPlan:
    """Return what seeding ``description`` comes to. Pure."""
    merged = merge(seen.directory, seen.bases, description)
    return SeedingPlan(seen, description, merged, merged.changes(seen.directory))


async def look(connection: AsyncConnection) -> SeedingInput:
    """Return what is there now."""
    number = await revision(connection, SUBJECT)
    directory, bases = await read_directory(connection), await read_bases(connection)
    return SeedingInput(number, directory, bases, await _others(connection))


async def sow(connection: AsyncConnection, work: SeedingPlan, at: datetime) -> bool:
    """Write what seeding comes to at the moment ``at``; False, and nothing, where entries were changed meanwhile."""
    await hold(connection, SUBJECT)
    if await revision(connection, SUBJECT) != work.seen.revision:
        return False
    if work.moves:
        number = await bump(connection, SUBJECT)
        await make(connection, work.changes, ChangeAuthor(FILE, at, number))
        await _put_in_order(connection, work.merged.directory)
        await _replace_others(connection, work.wanted_others)
    await _keep_bases(connection, work.merged.bases)
    return True


async def read_directory(connection: AsyncConnection) -> Directory:
    """Return the contacts, resources and projects, and who may see what."""
    rows = await contents(connection, "contact", "resource", "project")
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
    rows = await contents(connection, *_CALENDAR)
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


def _order(directory: Directory) -> list[EntryKey]:
    return [key_of(entry) for entry in entries_of(directory)]


async def _put_in_order(connection: AsyncConnection, directory: Directory) -> None:
    """Give each entry the position that it has in ``directory``."""
    positions: dict[EntryKind, int] = {}
    rows = []
    for kind, key in _order(directory):
        positions[kind] = position = positions.get(kind, -1) + 1
        rows.append({"the_kind": kind, "the_key": key, "new": position})
    if rows:
        one = (entries.c.kind == bindparam("the_kind"), entries.c.key == bindparam("the_key"))
        await connection.execute(update(entries).where(*one).values(position=bindparam("new")), rows)


def _of_files(description: Description) -> list[tuple[str, str, int, str]]:
    """Return the rows of what is the files' alone."""
    events, deadlines = description.calendar.events, description.calendar.deadlines
    rows = [("event", event.key, position, _json(event)) for position, event in enumerate(events)]
    rows += [("deadline", one.key, position, _json(one)) for position, one in enumerate(deadlines)]
    if description.directory.visible:
        visible = _VISIBLE.dump_json(description.directory.visible).decode()
        rows.append((_KIND_VISIBLE, _KIND_VISIBLE, 0, visible))
    return rows


def _json(described: Described) -> str:
    return described.model_dump_json(by_alias=True, exclude_defaults=True)


async def _others(connection: AsyncConnection) -> list[tuple[str, str, int, str]]:
    found = await connection.execute(select(entries).where(entries.c.kind.in_((*_CALENDAR, _KIND_VISIBLE))))
    return sorted((row.kind, row.key, row.position, row.content) for row in found)


async def _replace_others(connection: AsyncConnection, wanted: Sequence[tuple[str, str, int, str]]) -> None:
    await connection.execute(delete(entries).where(entries.c.kind.in_((*_CALENDAR, _KIND_VISIBLE))))
    rows = [dict(zip(("kind", "key", "position", "content"), row, strict=True)) for row in wanted]
    if rows:
        await connection.execute(insert(entries), rows)


async def _keep_bases(connection: AsyncConnection, bases: Mapping[EntryKey, Base]) -> None:
    await connection.execute(delete(seeded))
    rows = [
        {"kind": kind, "key": key, "file": base.file, "stored": base.stored, "noted": base.noted}
        for (kind, key), base in sorted(bases.items())
    ]
    if rows:
        await connection.execute(insert(seeded), rows)
