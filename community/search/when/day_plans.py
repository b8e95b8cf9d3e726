"""From the days and times of a message to what may be meant, on the clock of one zone. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from community.description.when import When
from community.search.when.clock_options import ClockSpan
from community.search.when.day_options import DaySetting, added, day_options, stretch_days
from community.search.when.day_reader import DAY, LAST, MONTH, WEEK, YEAR, in_minutes
from community.search.when.doubts import Doubt
from community.search.when.options import Options, asked, sure
from community.search.when.rule_options import Series, is_bounded, series_options
from community.search.when.what_was_said import Gathered
from community.search.when.when_parts import (
    DateSaid,
    DayList,
    DayOne,
    DayRange,
    NthSaid,
    RuleSaid,
    StretchSaid,
    UntilSaid,
    WeekdaySaid,
    Which,
)

_DAY, _WEEK = timedelta(days=1), timedelta(weeks=1)


@dataclass(frozen=True, slots=True)
class _Days:
    """A first day, how many days it lasts, and further days."""

    first: date
    count: int = 1
    also: tuple[date, ...] = ()


def plans(said: Gathered, span: ClockSpan | None, zone: str, setting: DaySetting) -> Options[When]:
    """Return what may be meant, with a time of day or None for all day."""
    if not said.rules or _only_names_what_is_due(said) or _is_each_of_days(said, span):
        return _once(said, span, zone, setting)
    series = series_options(said, setting).then(lambda found: sure(_repeated(found, said, span, zone)))
    if _is_repeated(said):
        return series
    once = _once(said, span, zone, setting)
    return asked(Doubt.REPEATED, *once.values, *series.values)


def _only_names_what_is_due(said: Gathered) -> bool:
    """Whether a rule can only be the name of what is due: “the quarterly report by 15 January”."""
    until = said.untils[0] if said.untils else UntilSaid()
    is_by_end = until.is_end and (until.is_by or _is_longer(said.rules[0], until.stretch))
    is_due = bool(said.due) or ((until.day is not None or is_by_end) and not said.days)
    return is_due and not _is_repeated(said)


def _is_each_of_days(said: Gathered, span: ClockSpan | None) -> bool:
    """Whether a rule only says that the hours are those of each day that is listed: “15 & 16 Feb 9am-4pm each day”."""
    is_daily = all(rule.unit == DAY and rule.interval == 1 and not rule.days for rule in said.rules)
    is_listed = len(said.days) == 1 and isinstance(said.days[0], DayList)
    dates = said.days[0].days if is_listed and isinstance(said.days[0], DayList) else ()
    dated = all(isinstance(day, DateSaid) and day.month is not None for day in dates)
    return is_daily and is_listed and dated and span is not None and not (said.starts or said.stretches)


def _is_longer(rule: RuleSaid, stretch: StretchSaid | None) -> bool:
    """Whether what is repeated takes place once at most in a stretch: “the quarterly report until the end of May”."""
    return stretch is not None and stretch.unit == MONTH and rule.unit in (MONTH, YEAR)


def _is_repeated(said: Gathered) -> bool:
    """Whether a rule is more than the name of something: “weekly … on Tuesday” is, “the monthly … on 3 May” may not."""
    if any(not rule.is_adjective for rule in said.rules):
        return True
    unit, interval = said.rules[0].unit, said.rules[0].interval
    if not said.days and not said.stretches:
        return bool(said.starts) or unit == DAY
    if unit == DAY:
        return is_bounded(said)
    if unit == MONTH and interval > 1:
        return False
    if unit == MONTH:
        return all(isinstance(each, NthSaid) and each.month is None for each in said.days)
    return unit == WEEK and all(
        isinstance(each, WeekdaySaid) and each.which is Which.COMING for each in said.days
    )


def _lasts(said: Gathered, span: ClockSpan | None) -> timedelta | None:
    if span is not None and span.lasts is not None:
        return timedelta(minutes=span.lasts)
    minutes = in_minutes(said.short[0]) if said.short else None
    return None if minutes is None else timedelta(minutes=minutes)


def _repeated(series: Series, said: Gathered, span: ClockSpan | None, zone: str) -> When:
    without = tuple(_at(day, span) for day in series.without)
    return When(_at(series.first, span), zone, _lasts(said, span), series.rule, without)


def _at(day: date, span: ClockSpan | None) -> date | datetime:
    """Return a day, or its time of day; the 24th hour is the next day's first."""
    return day if span is None else datetime.combine(day, time()) + timedelta(minutes=span.start)


def _once(said: Gathered, span: ClockSpan | None, zone: str, setting: DaySetting) -> Options[When]:
    if span is None and said.short:
        return asked(Doubt.WHICH_HOUR)
    if said.excepts or (said.untils and said.untils[0].times is not None):
        return asked(Doubt.NOT_UNDERSTOOD)
    return _days(said, setting).then(lambda days: _on_days(days, said, span, zone))


def _on_days(days: _Days, said: Gathered, span: ClockSpan | None, zone: str) -> Options[When]:
    if said.long:
        length = (added(days.first, said.long[0]) - days.first).days
        if days.count > 1 or days.also:
            # “A seminar of two days on 3 and 4 February” says it twice.
            if length != days.count + len(days.also):
                return asked(Doubt.END)
        else:
            days = replace(days, count=length)
    is_due = bool(said.due or said.untils)
    also = tuple(_at(day, span) for day in days.also)
    start = _at(days.first, span)
    if span is None:
        lasts = days.count * _DAY if days.count > 1 else None
        return _due_before(When(start, zone, lasts, also=also, is_due=is_due), said)
    once = When(start, zone, _lasts(said, span), also=also, is_due=is_due)
    if days.count == 1:
        return sure(once)
    daily = replace(once, repeat=f"FREQ=DAILY;COUNT={days.count}")
    return sure(daily) if span.lasts is not None else asked(Doubt.REPEATED, daily, once)


def _due_before(when: When, said: Gathered) -> Options[When]:
    """Return a day, about which it is asked whether it is included where it is said to be before it."""
    if not any(due.before for due in said.due):
        return sure(when)
    return asked(Doubt.BEFORE, when, replace(when, start=when.start - _DAY))


def _days(said: Gathered, setting: DaySetting) -> Options[_Days]:
    """Return the days that may be meant."""
    days: list[DayOne | DayRange | DayList] = [*said.days, *(start.day for start in said.starts)]
    until = said.untils[0].day if said.untils else None
    if until is not None:
        days = (
            [DayRange(days[0], until)]
            if len(days) == 1 and not isinstance(days[0], DayRange | DayList)
            else [*days, until]
        )
    elif said.untils:
        return _until_end(said, setting)
    if any(start.is_month for start in said.starts):
        return asked(Doubt.WHICH_DAY)  # “from January on”, of what is not repeated
    if said.stretches:
        return _in_stretch(said.stretches[0], days, setting)
    if not days:
        return _today(setting)
    if len(days) > 1:
        return _both(days, setting)
    return _one_or_more(days[0], setting)


def _until_end(said: Gathered, setting: DaySetting) -> Options[_Days]:
    """Return the last day of the month or year by whose end something is due; which one ends a week is asked."""
    until = said.untils[0]
    others = said.days or said.starts or said.stretches
    if until.stretch is None or not until.is_end or until.stretch.unit == WEEK or others:
        return asked(Doubt.WHICH_DAY)
    return sure(_Days(stretch_days(until.stretch, setting.today)[1]))


def _today(setting: DaySetting) -> Options[_Days]:
    """Return today, of which alone an hour without a day can be; where it has passed, tomorrow is asked about."""
    if setting.is_today_over:
        return asked(Doubt.PASSED, _Days(setting.today + _DAY))
    return sure(_Days(setting.today))


def _one_or_more(said: DayOne | DayRange | DayList, setting: DaySetting) -> Options[_Days]:
    match said:
        case DayRange(first, last):
            return day_options(first, setting).then(lambda day: _to(day, last, setting))
        case DayList(in_a_row=True):
            return asked(Doubt.SEVERAL_DAYS)
        case DayList(several):
            return _all_of(several, setting)
        case one:
            return day_options(one, setting).then(lambda day: sure(_Days(day)))


def _to(first: date, last: DayOne, setting: DaySetting) -> Options[_Days]:
    behind = replace(setting, today=max(first, setting.today), is_today_over=False, any_week=True)
    ends = day_options(last, behind)
    return ends.then(
        lambda day: sure(_Days(first, (day - first).days + 1)) if day > first else asked(Doubt.END)
    )


def _all_of(several: tuple[DayOne, ...], setting: DaySetting) -> Options[_Days]:
    found: Options[tuple[date, ...]] = sure(())
    for one in several:
        days = day_options(one, setting)
        found = found.then(lambda known, days=days: days.then(lambda day: sure((*known, day))))  # type: ignore[misc]
    return found.then(
        lambda days: (
            asked(Doubt.SEVERAL_DAYS)
            if _is_far(several, days)
            else sure(_Days(min(days), also=tuple(sorted(set(days) - {min(days)}))))
        )
    )


def _is_far(several: tuple[DayOne, ...], days: tuple[date, ...]) -> bool:
    """Whether a day of the week is in no week of the dates beside it: “Monday and Tuesday, 26 and 27 January”."""
    named = [(day, isinstance(one, WeekdaySaid)) for one, day in zip(several, days, strict=True)]
    dated = [day for day, is_weekday in named if not is_weekday]
    plain = [day for day, is_weekday in named if is_weekday]
    return bool(dated) and any(min(abs(day - other) for other in dated) > _WEEK for day in plain)


def _both(days: list[DayOne | DayRange | DayList], setting: DaySetting) -> Options[_Days]:
    """Return the one day that several phrases name: “Tuesday …, on 8 December”."""
    ones = [day for day in days if not isinstance(day, DayRange | DayList)]
    plain = [one for one in ones if isinstance(one, WeekdaySaid) and one.which is Which.COMING]
    others = [one for one in ones if one not in plain]
    if len(ones) == len(days) and not others:  # “Friday market meeting on Monday”
        return asked(
            Doubt.SEVERAL_DAYS, *(_Days(day) for one in plain for day in day_options(one, setting).values)
        )
    if len(ones) != len(days) or len(plain) > 1:
        return asked(Doubt.SEVERAL_DAYS)
    options = [day_options(one, setting) for one in others]
    common = [day for day in options[0].values if all(day in each.values for each in options)]
    if not common:
        return asked(Doubt.SEVERAL_DAYS, *(_Days(day) for each in options for day in each.values))
    fitting = [day for day in common if not plain or day.weekday() == plain[0].weekday]
    if not fitting:
        return asked(Doubt.WEEKDAY, *(_Days(day) for day in common))
    doubt = next((each.doubt for each in options if each.doubt is not None), None)
    return Options(tuple(map(_Days, fitting)), doubt, all(each.is_certain for each in options))


def _in_stretch(
    said: StretchSaid, days: list[DayOne | DayRange | DayList], setting: DaySetting
) -> Options[_Days]:
    """Return the day that is named in a week or month: “Tuesday … next week”, “on the 15th … next month”."""
    first, last = stretch_days(said, setting.today)
    if len(days) != 1:
        return asked(Doubt.SEVERAL_DAYS if days else Doubt.WHICH_DAY)
    match days[0]:
        case WeekdaySaid(weekday) if said.unit == WEEK:
            found = first + timedelta(days=weekday)
            is_over = found < setting.today
            return asked(Doubt.PASSED, _Days(found + timedelta(weeks=1))) if is_over else sure(_Days(found))
        case DateSaid(month=None, day=day) if said.unit == MONTH and day == LAST:
            return sure(_Days(last))
        case DateSaid(month=None) as dated if said.unit == MONTH:
            return _one_or_more(replace(dated, month=first.month, year=first.year), setting)
        case NthSaid(month=None) as nth if said.unit == MONTH:
            return _one_or_more(replace(nth, month=first.month, year=first.year), setting)
        case other:
            found_days = _one_or_more(other, setting)
            inside = tuple(each for each in found_days.values if first <= each.first <= last)
            return (
                Options(inside, found_days.doubt) if inside else asked(Doubt.SEVERAL_DAYS, *found_days.values)
            )
