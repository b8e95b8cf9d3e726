"""Moving what is in the calendar, calling it off, and taking that back: one occurrence or all of it. Pure."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from bots.context.phrases import folded
from bots.features.edit.date_choice import REMOVED, ask_reading, offer
from bots.features.edit.date_echo import writer
from bots.features.edit.date_fields import length_text, read_time, writer_zone
from bots.features.edit.date_lookup import NamedDate, local, zone_of
from bots.features.edit.date_phrases import days_beside, without_same_time
from bots.features.edit.date_shift import Fields, called_off, left_out, moved_one, moved_whole, restored
from bots.features.edit.date_words import moved_to
from bots.features.edit.effects import Turn
from bots.features.edit.turn_context import TurnContext
from community.core.locale_texts import locale_texts
from community.core.messages import Message, msg
from community.core.zones import ZoneInfo
from community.description.calendar_model import Deadline, Event
from community.description.when import When, aware
from community.search.when.doubts import SENTENCES, Doubt
from community.search.when.reader import Unsure, WhenRead, read_length, read_months, read_span

_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)
NEW_TIME = msg("When is it to be instead? Say it once more with the day and the time.")
_RULE = msg(
    "All of it cannot be moved so, for it is repeated by a rule: move one of them, or cancel all and plan it anew."
)
_POSTED = msg("What was posted of it will read as cancelled, and people are told so.")
_DIRECTION = msg("Is it to be earlier or later?")


def cancel(context: TurnContext, named: NamedDate) -> Turn:
    """Ask to confirm that an entry or an occurrence is called off."""
    one = called_off(named.entry, named.occurrence) if isinstance(named.entry, Event) else None
    return offer(context, named, one, {"cancelled": True})


def restore(context: TurnContext, named: NamedDate) -> Turn:
    """Ask to confirm that what was called off takes place after all."""
    if named.entry.cancelled or not isinstance(named.entry, Event):
        return offer(context, named, None, {"cancelled": None})
    return offer(context, named, restored(named.entry, named.occurrence), None)


def remove(context: TurnContext, named: NamedDate) -> Turn:
    """Ask to confirm that an entry is taken out, or that one occurrence is left out."""
    one = left_out(named.entry, named.occurrence) if isinstance(named.entry, Event) else None
    return offer(context, named, one, {REMOVED: True}, [_POSTED])


def divided(context: TurnContext, rest: str) -> tuple[str, str] | None:
    """Return what is moved and to when: the first way to divide a text whose end is a time and no more."""
    return next(((left, right) for left, right in moved_to(rest) if left and is_time(context, right)), None)


def is_time(context: TurnContext, text: str) -> bool:
    """Whether a text says a time and nothing besides; that it stays the same time of day may be said."""
    same = without_same_time(text)
    if days_beside(text if same is None else same) is not None:
        return True
    read = read_time(context, text if same is None else same)
    return read is not None and len(folded(read.title).text.strip()) <= len("à")


def is_moment(context: TurnContext, text: str) -> bool:
    """Whether a text says one time, which is not repeated, and nothing besides."""
    same = without_same_time(text)
    read = read_time(context, text if same is None else same)
    when = _in_one(read.when) if isinstance(read, WhenRead) else None
    is_rule = when is not None and (when.repeat is not None or bool(when.also))
    return is_time(context, text) and not is_rule


def move(context: TurnContext, named: NamedDate, text: str) -> Turn:
    """Ask to confirm that an entry or an occurrence takes place at the time that a text says."""
    read = _new_time(context, named, text)
    match read:
        case None:
            return context.turn([NEW_TIME])
        case WhenRead(when):
            in_week = _in_its_week(named, read)
            if in_week is not None:
                return _ask_when(context, named, Unsure(Doubt.WHICH_DAY, (in_week, when), (), ""))
            return _moved(context, named, _in_one(when) if named.occurrence.is_all_day else when)
        case Unsure():
            return _ask_when(context, named, read, read_length(text))


def _in_one(when: When) -> When:
    """Return days that follow each other as one time that lasts so long: “20 and 21 December”."""
    days = 1 + len(when.also)
    following = tuple(when.start + number * _DAY for number in range(1, days))
    return replace(when, also=(), lasts=days * _DAY) if when.also == following and when.is_all_day else when


def _in_its_week(named: NamedDate, read: WhenRead) -> When | None:
    """Return a day of the week in the week of the entry, where the first to come is in an earlier one.

    Of a call in two weeks “to Thursday” may mean either.
    """
    there = named.occurrence.start.date()
    monday, start = there - there.weekday() * _DAY, read.when.start
    day = start.date() if isinstance(start, datetime) else start
    if not read.by_weekday or day >= monday:
        return None
    weeks = timedelta(weeks=((monday - day).days + 6) // 7)
    in_week = replace(read.when, start=start + weeks)
    return None if day + weeks == there else in_week


def shift(context: TurnContext, named: NamedDate, text: str, *, sign: int) -> Turn:
    """Ask to confirm that it takes place so much later (``sign`` 1) or earlier (-1); ask which where that is 0."""
    if sign:
        when = _by(context, named, text, sign)
        return context.turn([NEW_TIME]) if when is None else _moved(context, named, when)
    readings = []
    for direction in (1, -1):
        when = _by(context, named, text, direction)
        fields = None if when is None else _fields(context, named, when)
        if when is not None and fields is not None:
            readings.append((writer(context).in_one_line(when), fields))
    if not readings:
        return context.turn([_DIRECTION])
    return ask_reading(context, named, _DIRECTION, readings)


def _by(context: TurnContext, named: NamedDate, text: str, sign: int) -> When | None:
    """Return a time that is so far from the one that is: whole days and months at the same time of day.

    None where the text says no such way, or the month has no such day.
    """
    zone, start = zone_of(context, named.entry), local(named.occurrence.start)
    months, span = read_months(text), read_span(text)
    if months is not None:
        far = in_months(start.date(), sign * months)
        is_all_day = named.occurrence.is_all_day
        return None if far is None else When(far if is_all_day else datetime.combine(far, start.time()), zone)
    if span is None:
        return None
    by = sign * span
    if by % _DAY:
        moment = named.occurrence.start.astimezone(UTC) + by
        return When(local(moment.astimezone(ZoneInfo(zone))), zone)
    moved = start + by
    return When(moved.date() if named.occurrence.is_all_day else moved, zone)


def in_months(day: date, months: int) -> date | None:
    """Return the day of that number so many months later, None where the month has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return day.replace(year=year, month=month + 1) if day.day <= monthrange(year, month + 1)[1] else None


def _same_time(context: TurnContext, named: NamedDate, text: str) -> WhenRead | Unsure | None:
    """Return the day that a text says beside “at the same time”; of a week that is named the same day of the week."""
    read = read_time(context, text)
    if isinstance(read, Unsure) and not any(isinstance(when.start, datetime) for when in read.readings):
        weekday = locale_texts(context.language).weekdays[named.occurrence.start.weekday()]
        in_week = read_time(context, f"{weekday} {text}")
        return in_week if isinstance(in_week, WhenRead) and in_week.when.is_all_day else read
    return read


def _new_time(context: TurnContext, named: NamedDate, text: str) -> WhenRead | Unsure | None:
    """Return when it is to be; a time of day alone is of the day on which it was to take place."""
    same = without_same_time(text)
    beside = days_beside(text if same is None else same)
    if beside is not None:
        day_there = named.occurrence.start.date() + beside * _DAY
        return WhenRead(When(day_there, zone_of(context, named.entry)), (), "")
    if same is not None:
        return _same_time(context, named, same)
    day = named.occurrence.start.astimezone(ZoneInfo(writer_zone(context))).date()
    together = read_time(context, f"{writer(context).day(day)} {text}")
    if (
        isinstance(together, Unsure)
        and _are_on(day, together)
        and not isinstance(read_time(context, text), WhenRead)
    ):
        return together
    if isinstance(together, WhenRead) and not together.when.is_all_day and together.when.start.day == day.day:
        same_day = together.when.moment.astimezone(ZoneInfo(writer_zone(context))).date()
        if same_day == day and read_time(context, text) is not None:
            return together
    return read_time(context, text)


def _are_on(day: date, unsure: Unsure) -> bool:
    """Whether all that may be meant is on a day: “at 2h” is then of the day on which it was to take place."""
    is_hour = unsure.doubt in (Doubt.HALF, Doubt.HOURS)
    return is_hour and all(when.moment.date() == day for when in unsure.readings)


def _moved(context: TurnContext, named: NamedDate, when: When) -> Turn:
    """Show what a new time makes of an entry, or ask whether one or all is meant."""
    if when.repeat is not None or when.also:
        return context.turn([SENTENCES[Doubt.SEVERAL_DAYS], NEW_TIME])
    start = _start(context, named, when)
    if start is None:
        return context.turn([SENTENCES[Doubt.TWICE], NEW_TIME])
    if aware(start, zone_of(context, named.entry)) <= context.now:
        return context.turn([SENTENCES[Doubt.PASSED], NEW_TIME])
    if aware(start, zone_of(context, named.entry)) == named.occurrence.start:
        return context.turn([msg("That is when it is already.")])
    one, whole = _both(context, named, start, when)
    if isinstance(named.entry, Deadline) or named.whole:
        return context.turn([_RULE]) if whole is None else offer(context, named, None, whole)
    why: list[Message] = [_RULE] if whole is None and named.whole is None else []
    return offer(context, named, one, whole, why)


def _both(
    context: TurnContext, named: NamedDate, start: date | datetime, when: When
) -> tuple[Fields, Fields | None]:
    """Return the fields of moving one occurrence, and of moving all."""
    lasts = None if when.lasts is None else length_text(when.lasts)
    if lasts is None and named.occurrence.is_all_day and isinstance(start, datetime):
        lasts = length_text(_HOUR)
    whole = moved_whole(named.entry, named.occurrence, start, lasts, context.now)
    if not isinstance(named.entry, Event):
        return {}, whole
    return moved_one(named.entry, named.occurrence, start, lasts), whole


def _fields(context: TurnContext, named: NamedDate, when: When) -> Fields | None:
    """Return the fields that a time makes where it is said whether all is meant; None where it cannot be."""
    start = _start(context, named, when)
    if start is None or named.whole is None or when.repeat is not None:
        return None
    if aware(start, zone_of(context, named.entry)) <= context.now:
        return None
    one, whole = _both(context, named, start, when)
    return whole if named.whole else one


def _start(context: TurnContext, named: NamedDate, when: When) -> date | datetime | None:
    """Return a new start on the clock of the entry's zone; None where that clock shows it twice and means the second.

    A day alone keeps the time of day.
    """
    if not isinstance(when.start, datetime):
        if named.occurrence.is_all_day:
            return when.start
        return datetime.combine(when.start, local(named.occurrence.start).time())
    zone = zone_of(context, named.entry)
    start = local(when.moment.astimezone(ZoneInfo(zone)))
    return start if aware(start, zone) == when.moment else None


def _ask_when(context: TurnContext, named: NamedDate, unsure: Unsure, minutes: int | None = None) -> Turn:
    """Ask which time is meant; where it is open too whether all is, that is said once more as a whole.

    ``minutes``: how long it would last, where the same words may say that.
    """
    found = [(when, _fields(context, named, when)) for when in unsure.readings]
    readings = [(writer(context).in_one_line(when), fields) for when, fields in found if fields is not None]
    if not readings:
        return context.turn([unsure.question, NEW_TIME])
    question = unsure.question
    if minutes is not None and isinstance(named.entry, Event) and named.whole:
        lasts: Fields = {"lasts": length_text(timedelta(minutes=minutes))}
        readings.append((context.reading.value("lasts", lasts["lasts"]), lasts))
        question = SENTENCES[Doubt.HOURS]
    return ask_reading(context, named, question, readings)
