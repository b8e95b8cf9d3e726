"""What nobody has confirmed for long. Pure: the day is an argument."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from community.description.directory_model import Project
from community.directory.entry import Entry, confirmed_on, kind_of

LONG = timedelta(days=180)
"""After how long an entry is worth a call."""


@dataclass(frozen=True, slots=True)
class Stale:
    """An entry, when it was last confirmed, and how many days ago."""

    entry: Entry
    confirmed: date
    days: int


def stale(
    entries: Iterable[Entry],
    today: date,
    *,
    longer_than: timedelta = LONG,
    cities: Collection[str] = (),
    themes: Collection[str] = (),
    kinds: Collection[str] = (),
) -> tuple[Stale, ...]:
    """Return what was confirmed longer ago than that, oldest first; of these cities, themes, kinds where any are named.

    A finished project needs no confirming: it stays what it was.
    """
    found = [
        Stale(entry, confirmed_on(entry), (today - confirmed_on(entry)).days)
        for entry in entries
        if today - confirmed_on(entry) > longer_than
        and (not cities or set(cities) & set(entry.cities))
        and (not kinds or kind_of(entry) in kinds)
        and (not themes or set(themes) & set(entry.themes))
        and not (isinstance(entry, Project) and entry.stage == "finished")
    ]
    return tuple(sorted(found, key=lambda old: (old.confirmed, kind_of(old.entry), old.entry.key)))
