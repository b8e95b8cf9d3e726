"""Changing how often something takes place: another rule, until when, not on a day, on another one besides. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

from bots.features.edit.date_choice import ask_reading, offer
from bots.features.edit.date_echo import writer
from bots.features.edit.date_fields import read_time, when_of, writer_zone
from bots.features.edit.date_lookup import NamedDate, is_series, local, zone_of
from bots.features.edit.date_shift import Fields, left_out, written
from bots.features.edit.effects import Turn
from bots.features.edit.turn_context import TurnContext
from community.agenda.occurrences import Occurrence, occurrences
from community.core.messages import Message, msg
from community.core.plain_text import one_line
from community.core.zones import ZoneInfo
from community.description.calendar_model import Event
from community.description.calendar_times import named_by
from community.description.repetition import written_parts
from community.description.when import When, aware
from community.directory.changes import Edit, as_values, edited
from community.search.when.doubts import SENTENCES, Doubt
from community.search.when.reader import Unsure, WhenRead
from community.search.word_tables import phrases_in

_DAILY = "FREQ=DAILY"
_AHEAD = timedelta(days=800)
NOT_A_DEADLINE = msg("A deadline is not repeated: move it, or add another one.")
_NOT_REPEATED = msg("It is not repeated: move it or cancel it.")


def _not_understood(text: str) -> Message:
    return msg("I did not understand “{text}”.", text=one_line(text, longest=60))


# --- the rule ---------------------------------------------------------------------------------------------------------


def is_rule(context: TurnContext, named: NamedDate, text: str) -> bool:
    """Whether a text says how often something is."""
    return isinstance(named.entry, Event) and _rule_said(context, named, text) is not None


def repeat(context: TurnContext, named: NamedDate, text: str) -> Turn:
    """Ask to confirm that something is repeated as a text says, from its next occurrence on."""
    if not isinstance(named.entry, Event):
        return context.turn([NOT_A_DEADLINE])
    when = _rule_said(context, named, text)
    if when is None:
        return context.turn([_not_understood(text)])
    return _ruled(context, named, named.entry, when)


def once(context: TurnContext, named: NamedDate) -> Turn:
    """Ask to confirm that something takes place once only: the next time."""
    if not isinstance(named.entry, Event):
        return context.turn([NOT_A_DEADLINE])
    if not is_series(named.entry):
        return context.turn([_NOT_REPEATED])
    start = named.occurrence.start.date() if named.entry.is_all_day else local(named.occurrence.start)
    fields: Fields = {"start": written(start), "repeat": None, "except": [], "also": [], "changes": []}
    return offer(context, named, None, fields)


def _rule_said(context: TurnContext, named: NamedDate, text: str) -> When | None:
    """Return the time with the rule that a text says, at the time of day that there is: of the next day or one said."""
    for said in _with_anchor(context, named, text):
        read = read_time(context, said)
        if isinstance(read, WhenRead) and read.when.repeat is not None and not read.title.strip(" ,"):
            return read.when
    return None


def _with_anchor(context: TurnContext, named: NamedDate, text: str) -> Iterator[str]:
    """Yield a text with the time of day, and with the day, of the next occurrence."""
    zone = zone_of(context, named.entry)
    start = named.occurrence.start.date() if named.occurrence.is_all_day else local(named.occurrence.start)
    when = When(start, zone)
    line = writer(context).in_one_line(when)
    day = writer(context).day(named.occurrence.start.date())
    yield f"{text}{line.removeprefix(day)}"
    yield f"{line}, {text}"
    yield text


def _ruled(context: TurnContext, named: NamedDate, event: Event, when: When) -> Turn:
    zone = zone_of(context, event)
    start: date | datetime = when.start
    if isinstance(start, datetime):
        start = local(when.moment.astimezone(ZoneInfo(zone)))
    if event.is_all_day == isinstance(start, datetime):
        return context.turn([SENTENCES[Doubt.REPEATED]])
    if aware(start, zone) <= context.now:
        return context.turn([SENTENCES[Doubt.PASSED]])
    rule, also = _with_end(when.repeat or "", event.repeat), when.also or event.also
    ruled = event.model_copy(update={"start": start, "repeat": rule, "originally": None, "also": also})
    values = as_values(event)
    kept = {
        "except": [written(each) for each in event.except_ if named_by(each, ruled, ZoneInfo(zone))],
        "changes": [
            value
            for change, value in zip(event.changes, _list(values, "changes"), strict=True)
            if named_by(change.of, ruled, ZoneInfo(zone))
        ],
    }
    fields: Fields = {
        "start": written(start),
        "repeat": rule,
        "also": [written(each) for each in also],
        "originally": None,
        **kept,
    }
    return offer(context, named, None, fields)


def _with_end(rule: str, before: str | None) -> str:
    """Return a rule with the end of the one before, where it says none itself."""
    parts, end = dict(written_parts(rule)), dict(written_parts(before or "")).get("UNTIL")
    return rule if end is None or {"UNTIL", "COUNT"} & parts.keys() else f"{rule};UNTIL={end}"


def _list(values: dict[str, object], name: str) -> list[object]:
    value = values.get(name, [])
    return value if isinstance(value, list) else []


# --- until when -------------------------------------------------------------------------------------------------------


def until(context: TurnContext, named: NamedDate, text: str) -> Turn:
    """Ask to confirm until when a series goes on."""
    event = named.entry
    if not isinstance(event, Event) or event.repeat is None:
        return context.turn([_NOT_REPEATED])
    end = last_said(context, named, text)
    if end is None:
        return context.turn([_not_understood(text)])
    parts = [(name, value) for name, value in written_parts(event.repeat) if name not in ("UNTIL", "COUNT")]
    rule = ";".join(f"{name}={value}" for name, value in (*parts, ("UNTIL", end)))
    return offer(context, named, None, {"repeat": rule})


def last_said(context: TurnContext, named: NamedDate, text: str) -> str | None:
    """Return the end of a rule (``UNTIL``) that a text says: the last day of a month that is named."""
    when = replace(when_of(named.entry, context), repeat=_DAILY, without=(), also=(), lasts=None)
    start = named.occurrence.start.date() if named.occurrence.is_all_day else local(named.occurrence.start)
    line = writer(context).in_one_line(replace(when, start=start))
    for word in ("", *phrases_in(context.language, "when/until")):
        read = read_time(context, f"{line}, {word} {text}")
        if isinstance(read, WhenRead) and read.when.repeat is not None and not read.title.strip(" ,"):
            found = dict(written_parts(read.when.repeat)).get("UNTIL")
            if found is not None:
                return found
    return None


# --- single days ------------------------------------------------------------------------------------------------------


def are_days(context: TurnContext, text: str) -> bool:
    """Whether a text names days and nothing besides."""
    read = read_time(context, text)
    return read is not None and not read.title.strip(" ,")


def skip(context: TurnContext, named: NamedDate, text: str) -> Turn:
    """Ask to confirm that a series leaves out the days that a text names."""
    event = named.entry
    if not isinstance(event, Event) or not is_series(event):
        return context.turn([_NOT_REPEATED])
    read = read_time(context, text)
    if read is None:
        return context.turn([_not_understood(text)])
    if isinstance(read, Unsure):
        readings = list(_skipping(context, event, read.readings))
        if len(readings) == 1:
            return offer(context, named, None, readings[0][1])
        return (
            ask_reading(context, named, read.question, readings)
            if readings
            else context.turn([read.question])
        )
    fields = _without(context, event, _days(read.when))
    if fields is None:
        return context.turn([msg("It does not take place on that day.")])
    return offer(context, named, None, fields)


def _skipping(context: TurnContext, event: Event, readings: tuple[When, ...]) -> Iterator[tuple[str, Fields]]:
    for when in readings:
        fields = _without(context, event, _days(when))
        if fields is not None:
            yield writer(context).in_one_line(when), fields


def _days(when: When) -> frozenset[date]:
    """Return the days of a time: each of a stretch, each of those besides."""
    first = when.moment.date()
    length = when.lasts.days if when.is_all_day and when.lasts is not None else 1
    further = {each.date() if isinstance(each, datetime) else each for each in when.also}
    return frozenset({first + timedelta(days=each) for each in range(max(1, min(length, 366)))} | further)


def _without(context: TurnContext, event: Event, days: frozenset[date]) -> Fields | None:
    """Return the fields of a series without its occurrences on some days, by its own clock or the asker's."""
    fields: Fields = {}
    for one in _on(context, event, days):
        fields = left_out(event, one)
        left = edited(Edit("event", event.key, fields), event)
        event = left if isinstance(left, Event) else event
    return fields or None


def _on(context: TurnContext, event: Event, days: frozenset[date]) -> Iterator[Occurrence]:
    own, there = ZoneInfo(writer_zone(context)), ZoneInfo(zone_of(context, event))
    for one in occurrences(event, there, context.now, context.now + _AHEAD):
        if not days.isdisjoint({one.start.date(), one.start.astimezone(own).date()}):
            yield one


def add_day(context: TurnContext, named: NamedDate, text: str) -> Turn:
    """Ask to confirm that something takes place on another day besides, at its time of day where none is said."""
    event = named.entry
    if not isinstance(event, Event):
        return context.turn([NOT_A_DEADLINE])
    read = read_time(context, text)
    match read:
        case None:
            return context.turn([_not_understood(text)])
        case WhenRead(when):
            fields = _with_day(context, event, when)
            return (
                context.turn([SENTENCES[Doubt.PASSED]])
                if fields is None
                else offer(context, named, None, fields)
            )
        case Unsure():
            found = [(when, _with_day(context, event, when)) for when in read.readings]
            readings = [(writer(context).in_one_line(when), fields) for when, fields in found if fields]
            return (
                ask_reading(context, named, read.question, readings)
                if readings
                else context.turn([read.question])
            )


def _with_day(context: TurnContext, event: Event, when: When) -> Fields | None:
    """Return the fields with the days of a time besides; None where one has passed, or it is a rule."""
    if when.repeat is not None:
        return None
    zone = zone_of(context, event)
    starts: list[date | datetime] = []
    for day in (when.start, *when.also):
        if event.is_all_day:
            starts.append(day.date() if isinstance(day, datetime) else day)
        elif isinstance(day, datetime):
            starts.append(local(replace(when, start=day).moment.astimezone(ZoneInfo(zone))))
        else:
            starts.append(datetime.combine(day, event.local_start.time()))
    if any(aware(start, zone) <= context.now for start in starts):
        return None
    there = [written(each) for each in event.also]
    return {"also": list(dict.fromkeys((*there, *map(written, starts))))}
