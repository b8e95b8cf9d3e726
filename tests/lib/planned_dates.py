"""A calendar of many dates whose reminders are due within minutes, each changed at most once. Pure: drawn by a seed."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from typing import Any, Literal

from community.core.zones import ZoneInfo
from community.description.calendar_model import Deadline, Event
from community.directory.entry import EntryKey

Values = dict[str, Any]
"""An entry as a file has it."""
Section = Literal["events", "deadlines"]
CANCELLED = -1
"""In place of the minute of the day at which something is."""
AHEAD, DAY_AHEAD = timedelta(hours=1), timedelta(days=1)
"""How long before a reminder is posted: the one by itself, the other with the others of its day in the room."""
MINUTE = timedelta(minutes=1)
OF_A_SERIES = 4
"""How many times an event takes place that does several times."""
ZONES = ("Africa/Abidjan", "Asia/Tokyo")
_DAY = range(4, 20)
"""The hours of the day, in UTC, in which it is day in the first of them; in the others it is in the second."""
_FORM = "%Y-%m-%d %H:%M"
_KINDS: tuple[tuple[Section, timedelta, int], ...] = (
    ("events", AHEAD, 1),
    ("deadlines", AHEAD, 1),
    ("events", timedelta(), 1),
    ("deadlines", timedelta(), 1),
    ("events", AHEAD, OF_A_SERIES),
    ("events", DAY_AHEAD, 1),
    ("deadlines", DAY_AHEAD, 1),
)
"""What is planned by turns: how long before it is told, and how many times it takes place."""


class Shown(Enum):
    """Whether a room is to show a date."""

    ONCE = auto()
    NEVER = auto()
    PERHAPS = auto()
    """It was cancelled while its message may have been under way."""


@dataclass
class PlannedDate:
    """One occurrence: ``minutes`` are those of the day, on its clock, at which it is, first and once it is changed."""

    title: str
    rooms: tuple[str, ...]
    minutes: list[int]
    shown: Shown = Shown.ONCE

    def note(self, minute: int) -> None:
        """Note what it becomes."""
        self.minutes.append(minute)

    @property
    def now(self) -> int:
        """What is true of it now."""
        return self.minutes[-1]


@dataclass
class PlannedEntry:
    """An event or a deadline with its occurrences, by their starts on the clock; ``is_changed``: moved or cancelled."""

    section: Section
    values: Values
    starts: tuple[datetime, ...]
    dates: tuple[PlannedDate, ...]
    is_changed: bool = False

    @property
    def name(self) -> EntryKey:
        """Its kind and key."""
        return ("event" if self.section == "events" else "deadline"), str(self.values["key"])

    @property
    def entry(self) -> Event | Deadline:
        """It as the store has it."""
        model = Event if self.section == "events" else Deadline
        return model.model_validate(self.values)

    def move(self, which: int, by: timedelta) -> None:
        """Have one occurrence be later."""
        there = self.starts[which]
        later = f"{there + by:{_FORM}}"
        if len(self.starts) > 1:
            self._change(which, start=later)
        else:
            name = "start" if self.section == "events" else "due"
            self.values |= {name: later, "originally": f"{there:{_FORM}}"}
        self._note(which, minute_of(there + by))

    def cancel(self, which: int, shown: Shown) -> None:
        """Cancel one occurrence."""
        if len(self.starts) > 1:
            self._change(which, cancelled=True)
        else:
            self.values["cancelled"] = True
        self._note(which, CANCELLED)
        self.dates[which].shown = shown

    def _change(self, which: int, **values: Any) -> None:
        self.values["changes"] = [{"of": f"{self.starts[which]:{_FORM}}", **values}]

    def _note(self, which: int, minute: int) -> None:
        self.dates[which].note(minute)
        self.is_changed = True


@dataclass(frozen=True)
class PlannedCalendar:
    """Entries, the rooms in which they are posted, and the zone of their clocks."""

    rooms: tuple[str, ...]
    zone: str
    entries: list[PlannedEntry] = field(default_factory=list)

    @property
    def dates(self) -> list[PlannedDate]:
        """All occurrences."""
        return [date for entry in self.entries for date in entry.dates]

    @property
    def file(self) -> Mapping[str, Any]:
        """It as the file has it."""
        sections: Values = {"version": 1, "events": [], "deadlines": []}
        for entry in self.entries:
            sections[entry.section].append(entry.values)
        return sections

    def add(
        self, section: Section, title: str, starts: Sequence[datetime], ahead: timedelta, rooms: Sequence[str]
    ) -> PlannedEntry:
        """Add an event or a deadline with a reminder so long before each of its ``starts`` (aware); return it."""
        local = tuple(start.astimezone(ZoneInfo(self.zone)) for start in starts)
        first, *more = (f"{start:{_FORM}}" for start in local)
        values: Values = {
            "key": title.lower().replace(" ", "-"),
            "title": title,
            "timezone": self.zone,
            "rooms": list(rooms),
            "remind": [f"{int(ahead / MINUTE)}min"],
        }
        if section == "events":
            values |= {"start": first, "lasts": "6h", **({"also": more} if more else {})}
        else:
            values["due"] = first
        dates = tuple(PlannedDate(title, tuple(rooms), [minute_of(start)]) for start in local)
        entry = PlannedEntry(section, values, local, dates)
        self.entries.append(entry)
        return entry


def minute_of(moment: datetime) -> int:
    """Return the minute of the day on the clock of its zone."""
    return moment.hour * 60 + moment.minute


def zone_at(moment: datetime) -> str:
    """Return a zone without summer time in which ``moment`` (aware) is far from midnight."""
    return ZONES[0] if moment.astimezone(UTC).hour in _DAY else ZONES[1]


def drawn(
    seed: int, count: int, rooms: Sequence[str], first: datetime, minutes: int, zone: str
) -> PlannedCalendar:
    """Return a calendar of ``count`` occurrences, due on the minutes from ``first`` on, in two of the rooms each.

    Of seven entries one takes place several times, in one room. Two are reminded of when they begin, or are due, two a
    day before, the others an hour before.
    """
    chance = random.Random(seed)  # noqa: S311 - what is due when
    calendar, left, load = PlannedCalendar(tuple(rooms), zone), count, Counter[str]()
    at = first.replace(second=0, microsecond=0)
    while left:
        number = len(calendar.entries)
        section, ahead, most = _KINDS[number % len(_KINDS)]
        times = min(most, left)
        begun = at + chance.randrange(max(1, minutes - times)) * MINUTE + ahead
        # Those that have the fewest: a message that gathers what is late names twenty.
        fewest = sorted(rooms, key=lambda room: (load[room], chance.random()))
        where = fewest[: 1 if times > 1 else 2]
        load.update(dict.fromkeys(where, times))
        calendar.add(section, f"Item {number:03}", [begun + n * MINUTE for n in range(times)], ahead, where)
        left -= times
    return calendar
