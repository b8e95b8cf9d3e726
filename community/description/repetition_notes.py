"""Says of a rule of repetition without faults what its author may not expect. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from itertools import product

from community.core.messages import Message, msg
from community.core.zones import ZoneInfo
from community.description.repetition import (
    LONGEST,
    Repetition,
    each_week,
    is_weekly,
    moments_of,
    read_repetition,
)

_MOST = 4000
"""More than the days of ten years."""
_CHOOSING = ("BYSETPOS", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYDAY")
"""The parts that choose days of a month or year: the first of these that a rule has chooses last."""
_NAMING = frozenset(("BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYDAY"))
"""With one of these the day of the start is not that of the rule."""
_SELDOM = {"DAILY": 366, "WEEKLY": 366, "MONTHLY": 366, "YEARLY": 5 * 366}
"""With more days than these between two times, INTERVAL may be meant for something else."""
_UNITS = {"DAILY": msg("days"), "WEEKLY": msg("weeks"), "MONTHLY": msg("months"), "YEARLY": msg("years")}


def repetition_notes(text: str, start: datetime, zone: ZoneInfo) -> Iterator[Message]:
    """Yield what a rule without faults means that its author may not expect."""
    rule = read_repetition(text)
    if rule is None or not moments_of(rule, start, zone, 1):
        return
    yield from _left_out(rule, start, zone)
    if rule.parts["FREQ"] in ("MONTHLY", "YEARLY") and is_weekly(rule):
        yield msg(
            "this is each {days} of the month: for the first one alone write BYDAY=1{first}",
            days=",".join(each_week(rule)),
            first=each_week(rule)[0],
        )
    lost = _lost_last_day(rule, start, zone)
    if lost is not None:
        yield lost
    seldom = _seldom(rule, start, zone)
    if seldom is not None:
        yield seldom


# --- months and years without such a day ------------------------------------------------------------------------------


def _left_out(rule: Repetition, start: datetime, zone: ZoneInfo) -> Iterator[Message]:
    """Say of each day that the rule names in which month or year it is left out."""
    parts, frequency = rule.parts, rule.parts["FREQ"]
    by_both = {"BYDAY", "BYMONTHDAY"} <= parts.keys()  # such as each Friday the 13th
    by_weeks_of_some_years = "BYWEEKNO" in parts and parts.get("INTERVAL", "1") != "1"
    if frequency not in ("MONTHLY", "YEARLY") or by_both or by_weeks_of_some_years:
        return
    last = next(reversed(moments_of(rule, start, zone, _MOST)), start)
    each = _each_day(parts)
    for named in each:
        single = Repetition({k: v for k, v in parts.items() if k != "COUNT"} | named, rule.until)
        found = moments_of(single, _beginning(start, parts), zone, _MOST)
        said = (
            _month_left_out(single.parts, found, _number(start), _number(last))
            if frequency == "MONTHLY"
            else _year_left_out(single.parts, found, _year(start, parts), _year(last, parts))
        )
        if said is not None:
            part = ";".join(f"{name}={value}" for name, value in named.items())
            yield said if len(each) == 1 else msg("{part}: {what}", part=part, what=said)


def _each_day(parts: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the days that a rule names, each as the parts that name it alone."""
    name = next((name for name in _CHOOSING if name in parts), None)
    names = [
        *(["BYMONTH"] if "BYMONTH" in parts and parts["FREQ"] == "YEARLY" and name != "BYSETPOS" else [])
    ]
    names += [] if name is None else [name]
    return [
        dict(zip(names, values, strict=True)) for values in product(*(parts[n].split(",") for n in names))
    ]


def _beginning(start: datetime, parts: Mapping[str, str]) -> datetime:
    """Return from when on each named day is looked for: also one that is earlier in the first month or year."""
    if not parts.keys() & _NAMING:
        return start
    if "BYWEEKNO" in parts:
        return datetime.combine(date.fromisocalendar(_year(start, parts), 1, 1), start.time())
    first = start.replace(day=1)
    return first if parts["FREQ"] == "MONTHLY" else first.replace(month=1)


def _year(moment: datetime, parts: Mapping[str, str]) -> int:
    """Return the year of a moment; of a rule by weeks, that of its week, which may begin in the year before."""
    return moment.isocalendar().year if "BYWEEKNO" in parts else moment.year


def _year_left_out(parts: Mapping[str, str], found: list[datetime], first: int, last: int) -> Message | None:
    there = {_year(moment, parts) for moment in found}
    gap = next(
        (year for year in range(first, last, int(parts.get("INTERVAL", 1))) if year not in there), None
    )
    if gap is None:
        return None
    return msg("it is left out in {year}, and in each other year that has no such day", year=gap)


def _month_left_out(parts: Mapping[str, str], found: list[datetime], first: int, last: int) -> Message | None:
    there = {_number(moment) for moment in found}
    named = [int(month) for month in parts.get("BYMONTH", "").split(",") if month]
    due = (n for n in range(first, last, int(parts.get("INTERVAL", 1))) if not named or n % 12 + 1 in named)
    missing = next((n for n in due if n not in there), None)
    if missing is None:
        return None
    name = next((name for name in _CHOOSING if name in parts), "BYMONTHDAY")
    value = parts.get(name, "")
    weekday = value[-2:] if name == "BYDAY" else ""
    month = f"{missing // 12}-{missing % 12 + 1:02}"
    if value.startswith("-"):
        return msg(
            "it is left out in {month}, which has no such day, and wherever else that is so: "
            "the first one of each month is {part}",
            month=month,
            part=f"{name}=1{weekday}",
        )
    return msg(
        "it is left out in {month}, which has no such day, and wherever else that is so: "
        "the last one of each month is {part}",
        month=month,
        part=f"{name}=-1{weekday}",
    )


def _number(moment: datetime) -> int:
    """Return the number of the moment's month, counted through the years."""
    return moment.year * 12 + moment.month - 1


# --- ends and intervals -----------------------------------------------------------------------------------------------


def _lost_last_day(rule: Repetition, start: datetime, zone: ZoneInfo) -> Message | None:
    """Say where the time in ``UNTIL`` leaves out the event of that same day."""
    until = rule.local_until(zone)
    if until is None:
        return None
    whole = Repetition(rule.parts, until.replace(hour=23, minute=59, second=59))
    last = next(reversed(moments_of(whole, start, zone, _MOST)), None)
    if last is None or last <= until:
        return None
    return msg(
        "the event of {day} is left out, because UNTIL ends earlier on that day: write UNTIL={date} to have it too",
        day=f"{last:%Y-%m-%d}",
        date=f"{last:%Y%m%d}",
    )


def _seldom(rule: Repetition, start: datetime, zone: ZoneInfo) -> Message | None:
    """Say where an event takes place once although it has a rule, or hardly ever."""
    first, *more = moments_of(rule, start, zone, 2)
    day = f"{first:%Y-%m-%d}"
    if not more:
        return _once(rule, day, rule.local_until(zone), start + LONGEST)
    frequency, interval = rule.parts["FREQ"], rule.parts.get("INTERVAL", "1")
    if interval == "1" or more[0] - first <= timedelta(days=_SELDOM[frequency]):
        return None
    return msg(
        "after {day} it comes next on {next}: INTERVAL={interval} counts {unit}",
        day=day,
        next=f"{more[0]:%Y-%m-%d}",
        interval=interval,
        unit=_UNITS[frequency],
    )


def _once(rule: Repetition, day: str, until: datetime | None, horizon: datetime) -> Message:
    if "COUNT" in rule.parts:
        part = f"COUNT={rule.parts['COUNT']}"
    elif until is not None and until < horizon:
        part = f"UNTIL={until:%Y%m%d}"
    else:
        return msg("after {day} it does not come again in ten years", day=day)
    return msg(
        "with {part} it takes place once, on {day}: change that, or leave out “repeat”", part=part, day=day
    )
