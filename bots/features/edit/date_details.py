"""Changing the details of a date: place, link, note, title, how long it lasts, reminders. Pure."""

from __future__ import annotations

from datetime import timedelta

from bots.features.edit.date_choice import ask_reading, offer
from bots.features.edit.date_detail_values import detail_fields, detail_of, not_understood
from bots.features.edit.date_echo import writer
from bots.features.edit.date_fields import length_text, read_time, writer_zone
from bots.features.edit.date_lookup import NamedDate, is_series, local, zone_of
from bots.features.edit.date_reminders import SaidReminders, reminders_in
from bots.features.edit.date_shift import Fields, changed_one
from bots.features.edit.effects import Turn
from bots.features.edit.turn_context import TurnContext
from community.core.messages import Message, msg
from community.core.zones import ZoneInfo
from community.description.calendar_model import Deadline, Event
from community.description.reminders import reminders_of
from community.directory.changes import as_values
from community.directory.entry import CalendarEntry, CalendarKind, kind_of
from community.search.when.reader import WhenRead, read_span

_OF_ONE = frozenset(("place", "link", "note", "lasts"))
"""What may be said of one occurrence alone."""
_HALF_DAY = timedelta(hours=12)
_TOO_SHORT = msg("Then nothing would be left of it.")


def change_detail(context: TurnContext, named: NamedDate, field: str, text: str) -> Turn:
    """Ask to confirm another detail, of one occurrence or of all."""
    kind = _kind_of(named.entry)
    field = detail_of(kind, field)
    said = detail_fields(context, kind, field, text, as_values(named.entry).get(field))
    if isinstance(said, Message):
        return context.turn([said])
    return _offered(context, named, said)


def drop_detail(context: TurnContext, named: NamedDate, field: str) -> Turn:
    """Ask to confirm that a detail is taken away."""
    field = detail_of(_kind_of(named.entry), field)
    if field not in ("place", "link", "note", "where", "hand_in", "remind"):
        return context.turn([msg("This is needed and can't be skipped.")])
    return _offered(context, named, {field: [] if field == "remind" else None})


def _kind_of(entry: CalendarEntry) -> CalendarKind:
    return "deadline" if kind_of(entry) == "deadline" else "event"


def _offered(context: TurnContext, named: NamedDate, said: Fields) -> Turn:
    entry = named.entry
    of_one = isinstance(entry, Event) and is_series(entry) and said.keys() <= _OF_ONE
    one = changed_one(entry, named.occurrence, said) if isinstance(entry, Event) and of_one else None
    if one is not None and named.is_shown and named.whole is False:
        # It was shown as one of a series: nobody has said that this one alone is meant.
        named = NamedDate(entry, named.occurrence, whole=None, is_shown=True)
    return offer(context, named, one, said)


# --- how long ---------------------------------------------------------------------------------------------------------


def is_end(context: TurnContext, named: NamedDate, text: str) -> bool:
    """Whether a text says a time of day at which something may end."""
    return bool(_until_clock(context, named, text))


def end_at(context: TurnContext, named: NamedDate, text: str) -> Turn:
    """Ask to confirm that something lasts until a time of day."""
    found = _until_clock(context, named, text)
    if not found:
        return context.turn([not_understood(text)])
    fields: list[Fields] = [{"lasts": length_text(lasts)} for lasts in found]
    if len(found) == 1:
        return _offered(context, named, fields[0])
    lines = [context.reading.value("lasts", each["lasts"]) for each in fields]
    question = msg("In whose time is that? How long does it last then?")
    return ask_reading(context, named, question, list(zip(lines, fields, strict=True)))


def _until_clock(context: TurnContext, named: NamedDate, text: str) -> tuple[timedelta, ...]:
    """Return how long it may be from the start to a time of day: by the writer's clock, and by that of the entry."""
    if named.occurrence.is_all_day or isinstance(named.entry, Deadline):
        return ()
    start, zone = named.occurrence.start, ZoneInfo(zone_of(context, named.entry))
    read = read_time(context, f"{writer(context).day(start.date())} {text}")
    if not isinstance(read, WhenRead) or read.when.is_all_day or read.when.repeat or read.title.strip(" ,"):
        return ()
    own = read.when.moment.astimezone(zone)
    there = local(read.when.moment.astimezone(ZoneInfo(read.when.zone))).replace(tzinfo=zone)
    is_writers = read.when.zone == writer_zone(context)
    ends = (own, there) if is_writers else (own,)
    found = (end - start for end in ends if timedelta() < end - start < _HALF_DAY)
    return tuple(dict.fromkeys(found))


def lengthen(context: TurnContext, named: NamedDate, text: str, *, sign: int) -> Turn:
    """Ask to confirm that something lasts so much longer (``sign`` 1) or shorter (-1)."""
    by = read_span(text)
    if by is None or isinstance(named.entry, Deadline):
        return context.turn([not_understood(text)])
    lasts = named.occurrence.end - named.occurrence.start + sign * by
    if lasts <= timedelta():
        return context.turn([_TOO_SHORT])
    return _offered(context, named, {"lasts": length_text(lasts)})


# --- reminders --------------------------------------------------------------------------------------------------------


def remind(context: TurnContext, named: NamedDate, text: str) -> Turn:
    """Ask to confirm other reminders; ask where it is open whether they come besides those there are."""
    said = reminders_in(text)
    if said is None:
        return context.turn([not_understood(text)])
    alone: Fields = {"remind": list(said.remind)}
    there = tuple(map(_written, reminders_of(named.entry)))
    besides: Fields = {"remind": list(dict.fromkeys((*there, *said.remind)))}
    if said.is_only or not there or set(there) <= set(said.remind):
        return offer(context, named, None, alone)
    if said.is_besides:
        return offer(context, named, None, besides)
    return _only_or_besides(context, named, said, alone, besides)


def _only_or_besides(
    context: TurnContext, named: NamedDate, said: SaidReminders, alone: Fields, besides: Fields
) -> Turn:
    names = context.reading.value("remind", list(said.remind))
    readings = [
        (context.translate(msg("only {reminders}", reminders=names)), alone),
        (context.reading.value("remind", besides["remind"]), besides),
    ]
    return ask_reading(context, named, msg("Instead of the reminders that there are, or besides?"), readings)


def _written(before: timedelta) -> str:
    return "0min" if not before else ("-" if before < timedelta() else "") + length_text(abs(before))


def no_reminders(context: TurnContext, named: NamedDate) -> Turn:
    """Ask to confirm that nothing is posted of it."""
    return offer(context, named, None, {"remind": []})


def usual_reminders(context: TurnContext, named: NamedDate) -> Turn:
    """Ask to confirm the reminders that an entry has which says nothing of them."""
    return offer(context, named, None, {"remind": None})
