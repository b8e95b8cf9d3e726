"""Entries to test with: short contacts, resources, projects, events and deadlines of the small network."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from community.description.calendar_model import Deadline, Event
from community.description.directory_model import Contact, Project, Resource
from community.directory.entry import Entry, EntryChange, EntryKey, HistoryRow, key_of

DAY = "2026-09-01"


def contact(key: str, **values: Any) -> Contact:
    """Return a contact for waste in Kigali, with ``values`` as a file would give them."""
    written = {"key": key, "name": key.title(), "function": {"fr": "Déchets"}, "confirmed": DAY}
    return Contact.model_validate({**written, "cities": ["kigali"], "themes": ["waste"], **values})


def resource(key: str, **values: Any) -> Resource:
    """Return a guide on waste, for all cities."""
    written = {"key": key, "kind": "guide", "title": key, "summary": key, "languages": ["fr"], "date": DAY}
    return Resource.model_validate({**written, "themes": ["waste"], **values})


def project(key: str, **values: Any) -> Project:
    """Return an idea for waste in Kigali."""
    written = {"key": key, "name": key, "summary": key, "stage": "idea", "updated": DAY}
    return Project.model_validate({**written, "cities": ["kigali"], "themes": ["waste"], **values})


def event(key: str, **values: Any) -> Event:
    """Return a meeting on waste in the small network's lobby, with ``values`` as a file would give them."""
    written = {"key": key, "title": key.title(), "start": "2026-12-03 10:00", "lasts": "90min"}
    return Event.model_validate(
        {**written, **({} if "audience" in values else {"rooms": ["lobby"]}), **values}
    )


def deadline(key: str, **values: Any) -> Deadline:
    """Return a report that everybody is to hand in."""
    written = {"key": key, "title": key.title(), "due": "2026-12-15 18:00", "audience": {"everyone": True}}
    return Deadline.model_validate({**written, **values})


def added(entry: Entry) -> EntryChange:
    """Return the change that adds an entry."""
    return EntryChange(*key_of(entry), None, entry)


def removed(entry: Entry) -> EntryChange:
    """Return the change that removes an entry."""
    return EntryChange(*key_of(entry), entry, None)


def edited(before: Entry, after: Entry) -> EntryChange:
    """Return the change of one entry into another of the same key."""
    return EntryChange(*key_of(before), before, after)


def replayed(rows: Iterable[HistoryRow]) -> dict[EntryKey, Entry]:
    """Return what the history ``rows``, newest first, makes of nothing; each must begin with what was there."""
    there: dict[EntryKey, Entry] = {}
    for row in reversed(list(rows)):
        key = (row.kind, row.key)
        assert there.get(key) == row.before
        if row.after is None:
            del there[key]
        else:
            there[key] = row.after
    return there
