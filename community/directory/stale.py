"""Finds entries that nobody has confirmed for long. Pure: the day is an argument."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from community.description.directory_model import Project
from community.directory.entry import DirectoryEntry, confirmed_on, kind_of

LONG = timedelta(days=180)
"""How long after its last confirmation an entry counts as stale."""


@dataclass(frozen=True, slots=True)
class Stale:
    """A stale entry, the day of its last confirmation, and how many days ago that was; None: nobody ever did."""

    entry: DirectoryEntry
    confirmed: date | None
    days: int | None


def stale(
    entries: Iterable[DirectoryEntry],
    today: date,
    *,
    longer_than: timedelta = LONG,
    cities: Collection[str] = (),
    themes: Collection[str] = (),
    kinds: Collection[str] = (),
) -> tuple[Stale, ...]:
    """Return the entries confirmed longer ago than ``longer_than``, or never, oldest first.

    Where ``cities``, ``themes`` or ``kinds`` are given, only entries of these. Finished projects are never stale.
    """
    found = [
        Stale(entry, confirmed, None if confirmed is None else (today - confirmed).days)
        for entry in entries
        for confirmed in (confirmed_on(entry),)
        if (confirmed is None or today - confirmed > longer_than)
        and (not cities or set(cities) & set(entry.cities))
        and (not kinds or kind_of(entry) in kinds)
        and (not themes or set(themes) & set(entry.themes))
        and not (isinstance(entry, Project) and entry.stage == "finished")
    ]
    return tuple(
        sorted(found, key=lambda old: (old.confirmed or date.min, kind_of(old.entry), old.entry.key))
    )
