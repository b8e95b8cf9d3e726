"""An entry of the directory (contact, resource, project) or of the calendar (event, deadline), and a change of one.

Pure.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, assert_never, get_args

from community.description.calendar_model import Calendar, Deadline, Event
from community.description.directory_model import Contact, Directory, Project, Resource
from community.description.fields import Localized

DirectoryEntry = Contact | Resource | Project
CalendarEntry = Event | Deadline
Entry = DirectoryEntry | CalendarEntry
DirectoryKind = Literal["contact", "resource", "project"]
CalendarKind = Literal["event", "deadline"]
EntryKind = Literal[DirectoryKind, CalendarKind]
DIRECTORY_KINDS: tuple[DirectoryKind, ...] = get_args(DirectoryKind)
CALENDAR_KINDS: tuple[CalendarKind, ...] = get_args(CalendarKind)
ENTRY_KINDS: tuple[EntryKind, ...] = (*DIRECTORY_KINDS, *CALENDAR_KINDS)
EntryKey = tuple[EntryKind, str]
"""Identifies an entry: its kind and its key."""
MODELS: Mapping[EntryKind, type[Entry]] = {
    "contact": Contact,
    "resource": Resource,
    "project": Project,
    "event": Event,
    "deadline": Deadline,
}

FILE = "file"
"""The actor of changes that come from the description's files."""
PALABRE = "palabre"
"""The actor of changes that Palabre made by itself."""


@dataclass(frozen=True, slots=True)
class EntryChange:
    """A change of one entry. ``before`` is None where it is added, ``after`` where it is removed."""

    kind: EntryKind
    key: str
    before: Entry | None
    after: Entry | None


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One change that was made. ``actor`` is a Matrix ID, ``file`` or ``palabre``; ``undoes``: another row's id.

    ``at`` is in UTC; ``id`` grows in the order of the changes.
    """

    id: int
    at: datetime
    actor: str
    kind: EntryKind
    key: str
    before: Entry | None
    after: Entry | None
    undoes: int | None = None


@dataclass(frozen=True, slots=True)
class ChangedEntry:
    """An entry that has changed in some stretch of time, however often.

    ``before``: as it was before the first of these changes, None where there was none; ``latest``: the id of the last.
    """

    kind: EntryKind
    key: str
    before: Entry | None
    latest: int


def kind_of(entry: Entry) -> EntryKind:
    """Return which kind of entry it is."""
    match entry:
        case Contact():
            return "contact"
        case Resource():
            return "resource"
        case Project():
            return "project"
        case Event():
            return "event"
        case Deadline():
            return "deadline"
        case _:
            assert_never(entry)


def name_field(kind: EntryKind) -> Literal["name", "title"]:
    """Return the field that has the name of entries of that kind."""
    match kind:
        case "contact" | "project":
            return "name"
        case "resource" | "event" | "deadline":
            return "title"
        case _:
            assert_never(kind)


def name_of(entry: Entry) -> Localized:
    """Return a contact's or a project's name, the title of others."""
    return entry.name if isinstance(entry, (Contact, Project)) else entry.title


def cities_of_entry(entry: Entry) -> tuple[str, ...]:
    """Return the keys of the cities that an entry names: those that it is for; none: it is for all of them."""
    return entry.cities if isinstance(entry, DirectoryEntry) else entry.audience.cities


def directory_entries(entries: Iterable[Entry]) -> Iterator[DirectoryEntry]:
    """Yield those entries that are of the directory."""
    return (entry for entry in entries if isinstance(entry, DirectoryEntry))


def confirmed_on(entry: DirectoryEntry) -> date | None:
    """Return the day on which somebody last confirmed the entry, or that it has itself; None where nobody ever did."""
    match entry:
        case Contact():
            return entry.confirmed
        case Resource():
            return entry.confirmed or entry.date
        case Project():
            return entry.updated
        case _:
            assert_never(entry)


def is_confirmed(entry: DirectoryEntry) -> bool:
    """Whether somebody has confirmed the entry: a resource may have only the day of its own, a contact none at all."""
    return isinstance(entry, Project) or entry.confirmed is not None


def key_of(entry: Entry) -> EntryKey:
    """Return the kind and key of an entry."""
    return kind_of(entry), entry.key


def entries_of(directory: Directory) -> Iterator[DirectoryEntry]:
    """Give all entries: contacts, then resources, then projects, each as they are ordered."""
    yield from directory.contacts
    yield from directory.resources
    yield from directory.projects


def calendar_entries(calendar: Calendar) -> Iterator[CalendarEntry]:
    """Give all entries of a calendar: events, then deadlines, each as they are ordered."""
    yield from calendar.events
    yield from calendar.deadlines


def to_json(entry: Entry) -> str:
    """Return the entry as JSON text, without fields that have their default."""
    return entry.model_dump_json(by_alias=True, exclude_defaults=True)


def from_json(kind: EntryKind, content: str) -> Entry:
    """Return the entry that `to_json` made ``content`` of.

    Raises:
        pydantic.ValidationError: it is no entry of that kind.
    """
    return MODELS[kind].model_validate_json(content, strict=True)


def digest(entry: Entry | None) -> str | None:
    """Return a SHA-256 in hexadecimal that is the same for equal entries only; None for no entry."""
    if entry is None:
        return None
    plain = json.dumps(json.loads(to_json(entry)), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()
