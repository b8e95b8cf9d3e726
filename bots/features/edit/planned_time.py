"""The time of what is being planned, as words to which another time or day is said. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from bots.features.edit.date_audience import whom_named
from bots.features.edit.date_echo import writer
from bots.features.edit.date_fields import read_time, when_of
from bots.features.edit.date_requests import said_of_it, way_of_it
from bots.features.edit.date_shift import written
from bots.features.edit.draft import EditDraft
from bots.features.edit.turn_context import TurnContext
from community.description.when import When
from community.directory.entry import CalendarEntry
from community.search.when.reader import Unsure, WhenRead, read_length, read_span

_FAR = timedelta(days=400)
_DAY = timedelta(days=1)


def is_without_day(context: TurnContext, text: str) -> bool:
    """Whether a text says a time of day or a length and no day: beside another day it says nothing contrary."""
    far = context.now.date() + _FAR
    read = read_time(context, f"{writer(context).day(far)} {text}")
    return isinstance(read, WhenRead) and read.when.moment.date() == far


def details_of_it(context: TurnContext, text: str) -> Iterator[tuple[str, str]]:
    """Yield what a text says of “it”, as far as its value is what the detail needs."""
    for field, value in said_of_it(text, context.language):
        is_time = read_time(context, value) is not None
        is_length = read_length(value) is not None
        match field:
            case "when" if is_time and not is_length:
                yield field, value
            case "lasts" if is_length:
                yield field, value
            case "place" | "title" if not is_time:
                yield field, value
            case "audience" if whom_named(context, value):
                yield field, value
            case _:
                pass


def _planned(context: TurnContext, draft: EditDraft) -> When | None:
    """Return when a draft says that it is, None where its fields make no valid entry yet."""
    fields = {**draft.fields, "title": draft.fields.get("title") or "-"}
    entry = replace(draft, fields=fields, key=draft.key or "new").result()
    return when_of(entry, context) if isinstance(entry, CalendarEntry) else None


def day_said(context: TurnContext, draft: EditDraft) -> tuple[str, ...]:
    """Return the day of a draft in words, and how it is repeated, with which another time of day can be said.

    First with its zone, then without, for that may be said anew.
    """
    when = _planned(context, draft)
    if when is None:
        return ()
    day = when.start.date() if isinstance(when.start, datetime) else when.start
    said = writer(context).in_one_line(replace(when, start=day, lasts=None))
    return (said,) if when.is_all_day else (f"{said}, {writer(context).zone(when)}", said)


def shifted_start(context: TurnContext, draft: EditDraft, text: str) -> str | None:
    """Return the start of a draft by so much later or earlier as a text says of it: “one hour later”."""
    way, when = way_of_it(text, context.language), _planned(context, draft)
    by = None if way is None else read_span(way[1])
    if way is None or by is None or when is None or (when.is_all_day and by % _DAY):
        return None
    moved = replace(when, start=when.start + way[0] * by)
    is_series = when.repeat is not None or bool(when.also)
    if (is_series and moved.moment.date() != when.moment.date()) or moved.moment <= context.now:
        return None
    return written(moved.start)


def with_its_clock(
    context: TurnContext, draft: EditDraft, text: str, alone: WhenRead | Unsure
) -> tuple[str, WhenRead] | None:
    """Return another day with the time of day that a draft has, where the day alone is said: “Friday instead”."""
    when = _planned(context, draft)
    if not isinstance(alone, WhenRead) or when is None or not isinstance(when.start, datetime):
        return None
    if not alone.when.is_all_day or alone.says_all_day or alone.when.lasts is not None:
        return None
    once = When(when.start, when.zone)
    clock = writer(context).in_one_line(once).removeprefix(writer(context).day(when.start.date()))
    said = f"{text}{clock}"
    read = read_time(context, said)
    return (said, read) if isinstance(read, WhenRead) and not read.when.is_all_day else None
