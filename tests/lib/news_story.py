"""Some days of the example network in which dates and entries change, for who asks afterwards what they missed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from community.description.calendar_model import OccurrenceChange
from community.description.fields import Localized
from community.directory.entry import Entry, EntryChange, calendar_entries, entries_of, key_of
from community.storage import Store
from tests.lib.bot_runtime import NOW, PETER
from tests.lib.descriptions import example
from tests.lib.room_talk import RoomTalk

LATER = NOW + timedelta(days=4)
"""When it is asked: Friday 27 November 2026, 09:30 UTC; the day before all has changed."""
_CHANGED = NOW + timedelta(days=3)


def entry_of(key: str) -> Any:
    """Return an entry of the example by its key."""
    return next(entry for entry in _described() if entry.key == key)


def is_described(key: str) -> bool:
    """Whether the example has an entry of that key."""
    return any(entry.key == key for entry in _described())


def _described() -> Sequence[Entry]:
    description = example()
    return (*calendar_entries(description.calendar), *entries_of(description.directory))


def changed(entry: Entry, **values: object) -> EntryChange:
    """Return the change of some fields of an entry."""
    return EntryChange(*key_of(entry), entry, entry.model_copy(update=values))


def new(entry: Entry, key: str, **values: object) -> EntryChange:
    """Return the adding of another entry like one that is there."""
    kind, _key = key_of(entry)
    return EntryChange(kind, key, None, entry.model_copy(update={"key": key, **values}))


def back(change: EntryChange) -> EntryChange:
    """Return what takes a change back."""
    return EntryChange(change.kind, change.key, change.after, change.before)


async def happen(store: Store, *changes: EntryChange, at: datetime = _CHANGED) -> None:
    """Have changes made, one after the other."""
    for change in changes:
        await store.entries.change([change], actor=PETER, at=at)


async def some_days(talk: RoomTalk) -> None:
    """Have the days pass in which all that is asked for happens; Awa wrote before them."""
    await talk.hears("hello")
    await happen(talk.store, *story())
    talk.now = LATER
    await refreshed(talk)


async def refreshed(talk: RoomTalk) -> None:
    """Have the bot take in what has changed."""
    await talk.answers.executor._context.answers.refresh(talk.store)


def story() -> tuple[EntryChange, ...]:
    """Return what happens: dates moved twice, cancelled, restored, set; entries changed, added, removed."""
    leads, report, cafe = (entry_of(key) for key in ("leads-meeting", "yearly-report", "open-cafe"))
    first = OccurrenceChange(of=date(2026, 12, 3), cancelled=True)
    put_off = report.model_copy(update={"due": report.due + timedelta(days=1)})
    called_off = changed(cafe, cancelled=True)
    gone, contact = entry_of("contact-update"), entry_of("bamako-waste")
    songs = Localized(
        {"en": "Evening of songs", "fr": "Soirée de chants", "pt": "Noite de canções", "ar": "أمسية أغان"}
    )
    guide = Localized({"en": "Guide to songs", "fr": "Guide des chants"})
    return (
        changed(leads, changes=(*leads.changes, first)),
        EntryChange("deadline", report.key, report, put_off),
        changed(put_off, due=report.due + timedelta(days=3)),
        called_off,
        back(called_off),
        new(entry_of("training-element"), "evening", title=songs),
        EntryChange("deadline", gone.key, gone, None),
        changed(contact, hours=Localized("8-12"), confirmed=date(2026, 11, 26)),
        new(entry_of("bus-priority"), "new-guide", title=guide),
        changed(entry_of("bamako-bus-corridor"), stage="finished"),
    )
