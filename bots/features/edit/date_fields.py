"""From a time that was read to the fields of an event or a deadline, and back. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from bots.features.edit.turn_context import TurnContext
from community.core.language_folders import LANGUAGES
from community.description.calendar_model import Deadline, Event
from community.description.when import When
from community.directory.entry import CalendarEntry, CalendarKind
from community.search.when.reader import Unsure, WhenRead, read_when
from community.search.when.when_setting import WhenSetting

_HOUR = timedelta(hours=1)
_DAY, _WEEK = timedelta(days=1), timedelta(weeks=1)
_MINUTES = timedelta(minutes=1)
_MOST_MINUTES = 9999
"""The largest number of a length of time in the calendar (`community.description.times`)."""
TIMES = ("start", "lasts", "timezone", "repeat", "except", "also", "due")
"""The fields that say when."""


def read_time(context: TurnContext, text: str, at: datetime | None = None) -> WhenRead | Unsure | None:
    """Return when something is by a text of the person's; ``at``: when it was said, if not now."""
    setting = WhenSetting(at or context.now, writer_zone(context), context.knowledge.places)
    return read_when(text, setting, tuple(dict.fromkeys((context.language, *LANGUAGES))))


def writer_zone(context: TurnContext) -> str:
    """Return the zone of the person: that of their city, or the community's."""
    city = context.knowledge.community.city.get(context.person.city or "")
    return context.knowledge.community.timezone if city is None else city.timezone


def time_fields(kind: CalendarKind, when: When, lasted: str | None = None) -> dict[str, object]:
    """Return the fields of an entry that say the same as a time.

    An event of which that was not said lasts as long as it ``lasted``, else an hour or its day. A time that the clocks
    show twice is given in UTC, where it is none of a series.
    """
    if when.is_second and when.repeat is None and isinstance(when.start, datetime):
        start: date | datetime = when.moment.astimezone(UTC).replace(tzinfo=None)
        zone = "UTC"
    else:
        start, zone = when.start, when.zone
    if kind == "deadline":
        return {"due": _written(start), "timezone": zone}
    return {
        "start": _written(start),
        "lasts": _lasts(when, lasted),
        "timezone": zone,
        "repeat": when.repeat,
        "except": [_written(each) for each in when.without],
        "also": [_written(each) for each in when.also],
    }


def when_of(entry: CalendarEntry, context: TurnContext) -> When:
    """Return when an entry is, on the clock of its zone."""
    zone = entry.timezone or context.knowledge.community.timezone
    match entry:
        case Event():
            return When(entry.start, zone, entry.lasts, entry.repeat, entry.except_, entry.also)
        case Deadline():
            return When(entry.due, zone, is_due=True)


def is_day_alone(fields: Mapping[str, object]) -> bool:
    """Whether the fields name one day and no time of day."""
    start = str(fields.get("start", ""))
    return bool(start) and "T" not in start and fields.get("lasts") == "1d"


def _written(start: date | datetime) -> str:
    return start.isoformat(timespec="minutes") if isinstance(start, datetime) else start.isoformat()


def _lasts(when: When, lasted: str | None) -> str:
    if when.lasts is None and lasted is not None and not when.is_all_day:
        return lasted
    return length_text(when.lasts or (_DAY if when.is_all_day else _HOUR))


def length_text(lasts: timedelta) -> str:
    """Return a length of time as it is written in an entry."""
    if not lasts % _WEEK:
        return f"{lasts // _WEEK}w"
    if not lasts % _DAY:
        return f"{lasts // _DAY}d"
    if not lasts % _HOUR:
        return f"{lasts // _HOUR}h"
    minutes = lasts // _MINUTES
    return f"{minutes}min" if minutes <= _MOST_MINUTES else f"{minutes // 60}h"
