"""The days that a question to the calendar names: to come, unless it says otherwise. Pure: today is an argument.

“this week”, “jeudi”, “d'ici vendredi”, “nos próximos 15 dias”, “نهاية الأسبوع”: more than `dates` reads, where days
that nothing introduces may be part of a name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from community.core.weekends import USUAL_WEEK, WeekDays
from community.core.words import is_arabic
from community.search import date_words, word_tables
from community.search.calendar_date_reader import CalendarDateReader
from community.search.calendar_words import Spotted, is_doubtful, says
from community.search.dates import Period
from community.search.stretches import Span

_WEEK = timedelta(days=7)
_FARTHEST = 400
"""The longest stretch that begins now, in any unit."""


def days_asked(
    said: Sequence[str], today: date, words: Spotted, week: WeekDays = USUAL_WEEK, *, been: bool = False
) -> Period:
    """Return the days that the words ``said`` name; an empty period where they name none.

    ``week``: when it begins where the asker is, and which days are its weekend. ``been``: what has been is asked for,
    so that a day without its year is a past one.
    """
    weekend = words.at("weekend")
    if weekend and weekend.isdisjoint(weeks_of_months(said, today, week)):  # “آخر أسبوع من يناير”
        return _weekend(said, today, weekend, week) or _this_weekend(said, today, weekend, week)
    part = frozenset(at for at in words.at("part_of_today") if _is_part_of_today(said[at]))
    if part:
        return Period(today, today, part)
    reader = CalendarDateReader(said, today, coming=not been, week=week)
    day = _day_of_week(reader, said) or _first_named(reader, said, today)
    if not day and words.has("first_of", "last_of", "how_many"):
        day = _of_stretch(reader, said)
    return replace(day, used=day.used | _hours_beside(said, day.used)) if day else day


def _is_part_of_today(word: str) -> bool:
    """Whether a word is one of these as it stands: Arabic “of the night” has the stem of “tonight”."""
    return not is_arabic(word) or word in word_tables.folded("calendar/part_of_today")


def _first_named(reader: CalendarDateReader, said: Sequence[str], today: date) -> Period:
    """Return the first days that are named."""
    for at in range(len(said)):
        found = _after_tomorrow(reader, at) or _by(reader, said, at, today) or _since(reader, at)
        found = found or _ahead(reader, said, at, today) or _plain(reader, said, at)
        if found:
            return found
    return Period()


def _after_tomorrow(reader: CalendarDateReader, at: int) -> Period | None:
    span = reader.after_tomorrow(at)
    return None if span is None else Period(span.first, span.last, frozenset(range(at, span.end)))


def _hours_beside(said: Sequence[str], used: frozenset[int]) -> frozenset[int]:
    """Return the positions of a part of the day straight beside a day: the whole day is shown."""
    beside = (min(used) - 1, max(used) + 1)
    return frozenset(at for at in beside if 0 <= at < len(said) and says(said[at], "day_parts"))


_NEAR = 2
"""How many words may stand between a week and its day."""


def _day_of_week(reader: CalendarDateReader, said: Sequence[str]) -> Period:
    """Read “next week on Saturday”, “Saturday next week”, “jeudi de la semaine prochaine”."""
    for at in range(len(said)):
        week = reader.this_or_last(at) or reader.numbered_week(at)
        if week is None:
            continue
        near = (*range(week.end, min(week.end + _NEAR, len(said))), *range(max(at - _NEAR - 1, 0), at))
        for place in near:
            days = reader.weekdays_in(place, week)
            if days:
                return Period(days[0], days[-1], frozenset(range(min(at, place), max(week.end, place + 1))))
    return Period()


def weeks_of_months(said: Sequence[str], today: date, week: WeekDays) -> frozenset[int]:
    """Return the positions of what is named by its place in a month: “(deadlines) first week of January”."""
    reader = CalendarDateReader(said, today, coming=True, week=week)
    spans = ((at, span.end) for at in range(len(said)) if (span := reader.of_month(at)) is not None)
    return frozenset(place for at, end in spans for place in range(at, end))


def _weekend(said: Sequence[str], today: date, at: frozenset[int], week: WeekDays) -> Period | None:
    """Return the weekend of a day that is named behind it: “the weekend of 12 December”."""
    reader, end = CalendarDateReader(said, today, coming=True, week=week), max(at) + 1
    start = reader.small(end)
    named = None if start == end else reader.several_days(start) or reader.span(start)
    if named is None or named.last - named.first > timedelta(days=1):
        return None
    first, last = week.weekend(named.first)
    return Period(first, last, at | frozenset(range(end, named.end)))


def _this_weekend(said: Sequence[str], today: date, at: frozenset[int], week: WeekDays) -> Period:
    """Return this weekend, or the next where “next” stands beside it and this one is not over."""
    first, last = week.weekend(today)
    around = (said[near] for near in (min(at) - 1, max(at) + 1) if 0 <= near < len(said))
    if any(date_words.means(word, "next") for word in around):
        first, last = first + _WEEK, last + _WEEK
    return Period(first, last, at)


def _by(reader: CalendarDateReader, said: Sequence[str], at: int, today: date) -> Period | None:
    """Read “by Friday”, which includes it, and “before Friday”, which does not."""
    includes = says(said[at], "by")
    if not includes and not reader.word(at, "before"):
        return None
    # "jusqu'au", "jusqu'à": a small word stands between them.
    start = at + 1
    while start < len(said) and (reader.word(start, "until") or says(said[start], "by")):
        start += 1
    span = reader.span(start)
    if span is None:
        return None
    # “Before the end of the month” means its last day too.
    last = span.last if includes or reader.is_late(start) else span.first - timedelta(days=1)
    return Period(min(today, last), last, frozenset(range(at, span.end)))


def _since(reader: CalendarDateReader, at: int) -> Period | None:
    """Read “from Monday to Friday”, “after 15 January”; “after that of Thursday”, which does not include it."""
    if not (reader.word(at, "since") or reader.word(at, "from") or reader.word(at, "within")):
        return None
    that = reader.the_one(at + 1)
    start = reader.small(that)
    several = reader.several_days(start) or reader.days_of_month(start)
    if several is not None:
        return Period(several.first, several.last, frozenset(range(at, several.end)))
    span = reader.span(that)
    if span is None:
        return None
    if that > at + 1:
        return Period(span.last + timedelta(days=1), None, frozenset(range(at, span.end)))
    if reader.word(span.end, "until"):
        to = reader.span(span.end + 1)
        # “From Monday to Wednesday”, on a Tuesday: the Wednesday after that Monday.
        last = None if to is None else to.last if to.last >= span.first else to.last + _WEEK
        if to is not None and last is not None and last >= span.first:
            return Period(span.first, last, frozenset(range(at, to.end)))
    if reader.word(at, "since") and not reader.word(at, "within"):
        return Period(span.first, None, frozenset(range(at, span.end)))
    return Period(span.first, span.last, frozenset(range(at, span.end)))


def _ahead(reader: CalendarDateReader, said: Sequence[str], at: int, today: date) -> Period | None:
    """Read a stretch that begins now: “in the next two weeks”, “les 15 prochains jours”."""
    found = _length(reader, at)
    if found is None:
        return None
    last, end = found
    start = reader.small(at)
    before = [said[near] for near in range(max(at - 2, 0), at)]
    inside = said[start:end]
    behind = said[end : end + 2]
    if not any(says(word, "ahead") for word in (*before, *inside, *behind)):
        return None
    stop = end + sum(1 for word in behind[:1] if says(word, "ahead"))
    used = frozenset(range(at - sum(1 for word in before if says(word, "ahead")), stop))
    return Period(today, today + last, used)


def _length(reader: CalendarDateReader, at: int) -> tuple[relativedelta, int] | None:
    """Read a number of days, weeks, months, and the position behind; “next” may stand between them."""
    pair = reader.two(at)
    if pair is not None:
        return _stretch(2, pair), at + 1
    number = reader.number(at)
    if number is None:
        return None
    end = at + 1
    # "A" is one, and in French "il y a la semaine" none.
    while number > 1 and reader.is_between(end):
        end += 1
    unit = reader.unit(end)
    return None if unit is None else (_stretch(number, unit), end + 1)


def _stretch(number: int, unit: str) -> relativedelta:
    count = min(number, _FARTHEST)
    match unit:
        case "day":
            return relativedelta(days=count)
        case "week":
            return relativedelta(weeks=count)
        case "month":
            return relativedelta(months=count)
        case _:
            return relativedelta(years=min(count, 5))


def _plain(reader: CalendarDateReader, said: Sequence[str], at: int) -> Period | None:
    """Read a day or a stretch that nothing introduces."""
    if reader.word(at, "small") and reader.unit(at) is None:
        return None
    span = reader.this_or_last(at) or reader.named_year(at) or _bare(reader, said, at)
    span = span or reader.day_alone(at)
    return None if span is None else Period(span.first, span.last, frozenset(range(at, span.end)))


def _of_stretch(reader: CalendarDateReader, said: Sequence[str]) -> Period:
    """Read “the last meeting of the year”, “la première du mois”: this one."""
    for at in range(len(said)):
        place = reader.of_stretch(at)
        unit = reader.unit(place) if place > at else None
        if unit not in (None, "day"):
            span = reader.around.current(unit, place + 1)
            return Period(span.first, span.last, frozenset(range(at, span.end)))
    return Period()


def _bare(reader: CalendarDateReader, said: Sequence[str], at: int) -> Span | None:
    span = reader.span(at)
    if span is None or (span.end - at == 1 and (is_doubtful(said[at]) or said[at].isdecimal())):
        return None
    return span
