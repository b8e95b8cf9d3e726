"""Which rules of repetition may be meant by what somebody said. Pure: today is an argument."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time

from dateutil.relativedelta import relativedelta

from community.core.zones import ZoneInfo
from community.description.repetition import moments_of, read_repetition
from community.search.when.day_options import DaySetting, added, day_options, in_month, stretch_days
from community.search.when.day_reader import DAY, MONTH, WEEK
from community.search.when.doubts import Doubt
from community.search.when.options import Options, asked, sure
from community.search.when.rule_reader import YEAR
from community.search.when.what_was_said import Gathered
from community.search.when.when_parts import (
    AheadSaid,
    DateSaid,
    DayList,
    DayOne,
    DayRange,
    FiguresSaid,
    NthSaid,
    RuleSaid,
    StartSaid,
    UntilSaid,
    WeekdaySaid,
    Which,
)

_CODES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_FREQUENCIES = {DAY: "DAILY", WEEK: "WEEKLY", MONTH: "MONTHLY", YEAR: "YEARLY"}
_MONTHS_AHEAD = 12
_ALL_DAYS, _ALL_MONTHS = range(7), range(1, 13)


@dataclass(frozen=True, slots=True)
class Series:
    """A rule of repetition and its first day; ``without``: days that it leaves out."""

    first: date
    rule: str
    without: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class _Plan:
    """A rule before it is written: weekdays, or a day of the month, and from which day on."""

    said: RuleSaid
    since: date
    month_day: int | None = None
    months: tuple[int, ...] = ()
    is_first: bool = False
    """Whether ``since`` was said to be one of its days, which “8 December, every Monday” may be wrong about."""


def series_options(said: Gathered, setting: DaySetting) -> Options[Series]:
    """Return the repetitions that may be meant, with their first day, last day and exceptions."""
    rule = _one_rule(said)
    if rule is None:
        return asked(Doubt.NOT_UNDERSTOOD)
    if is_bounded(said) and rule.interval == 1 and (rule.days or rule.unit == DAY) and not rule.nths:
        said = _between(said)
    setting = replace(setting, any_week=rule.interval == 1)
    return _plans(rule, said, setting).then(lambda plan: _written(plan, said, setting))


def is_bounded(said: Gathered) -> bool:
    """Whether the days beside a rule are its first and its last: “weekdays, from 11 to 15 January”."""
    match said.days:
        case (DayRange(DateSaid() | FiguresSaid(), DateSaid() | FiguresSaid()),):
            return not (said.starts or said.untils or said.long or said.stretches)
        case _:
            return False


def _between(said: Gathered) -> Gathered:
    """Return it with the range of days as the first and the last day."""
    (days,) = said.days
    assert isinstance(days, DayRange)  # noqa: S101 - `is_bounded` has looked
    return replace(said, days=(), starts=(StartSaid(days.first),), untils=(UntilSaid(day=days.last),))


def _one_rule(said: Gathered) -> RuleSaid | None:
    """Return the one rule that several phrases make: “every Monday … every Thursday”, “the weekly … every Monday”."""
    rules = [rule for rule in said.rules if not rule.is_adjective] or list(said.rules)
    rules = _with_their_days(rules)
    named = [rule for rule in said.rules if rule.is_adjective]
    if any(each.unit != rules[0].unit for each in named):
        return None
    steps = {each.interval for each in named if each.interval > 1}
    if steps - {rule.interval for rule in rules} and rules[0].unit == MONTH:
        return None  # “the quarterly review on every first Thursday of the month”
    if steps and all(rule.interval == 1 for rule in rules):  # “fortnightly … on Tuesdays”
        rules = [replace(rule, interval=max(steps)) for rule in rules]
    if any(
        (each.unit, each.interval, each.nths) != (rules[0].unit, rules[0].interval, rules[0].nths)
        for each in rules
    ):
        return None
    days = tuple(sorted({day for rule in rules for day in rule.days}))
    if len(rules) > 1 and not all(rule.days for rule in rules):
        return None
    return replace(rules[0], days=days)


def _with_their_days(rules: list[RuleSaid]) -> list[RuleSaid]:
    """Return the rules with what is one in two phrases put together: “every two weeks, on Mondays”."""
    days = [rule for rule in rules if rule.days and rule.unit == WEEK and rule.interval == 1]
    others = [rule for rule in rules if rule not in days]
    if not days or len(others) != 1 or others[0].days or others[0].unit != WEEK:
        return rules
    return [replace(others[0], days=tuple(sorted({day for rule in days for day in rule.days})))]


def _plans(rule: RuleSaid, said: Gathered, setting: DaySetting) -> Options[_Plan]:
    """Return the rule with the days that stand beside it."""
    weekdays, ones, is_clear = _sorted_days(said.days)
    if not is_clear or said.stretches:
        return asked(Doubt.NOT_UNDERSTOOD)
    if weekdays and not rule.days and rule.unit == WEEK:
        rule = replace(rule, days=weekdays)
    elif weekdays and rule.unit != DAY and set(weekdays) - set(rule.days):
        return asked(Doubt.NOT_UNDERSTOOD)
    elif weekdays and rule.unit == DAY:
        return asked(Doubt.REPEATED)
    if not said.starts and not ones and rule.interval > 1 and setting.today.weekday() in rule.days:
        return _today_or_later(rule, setting)
    if said.starts:
        start = said.starts[0]
        return _with_days(rule, ones, day_options(start.day, setting), setting, is_start=not start.is_month)
    since = setting.today + relativedelta(days=1 if setting.is_today_over else 0)
    return _with_days(rule, ones, sure(since), setting, is_start=False)


def _today_or_later(rule: RuleSaid, setting: DaySetting) -> Options[_Plan]:
    """Return the rule from today on or from the next of its days: which weeks are meant cannot be known."""
    if setting.is_today_over or rule.unit != WEEK:
        return sure(_Plan(rule, setting.today + relativedelta(days=setting.is_today_over)))
    days = (setting.today, setting.today + relativedelta(days=1))
    return Options(tuple(_Plan(rule, day) for day in days), Doubt.TODAY_OR_WEEK)


def _sorted_days(days: Sequence[DayOne | DayRange | DayList]) -> tuple[tuple[int, ...], list[DayOne], bool]:
    """Return the mere days of the week, the other days, and whether there are no ranges."""
    ones: list[DayOne] = []
    for each in days:
        match each:
            case DayRange():
                return (), [], False
            case DayList(several):
                ones.extend(several)
            case WeekdaySaid() | DateSaid() | FiguresSaid() | AheadSaid() | NthSaid():
                ones.append(each)
    plain = [one for one in ones if isinstance(one, WeekdaySaid) and one.which is Which.COMING]
    others = [one for one in ones if one not in plain]
    return tuple(sorted({one.weekday for one in plain})), others, True


def _with_days(
    rule: RuleSaid, ones: list[DayOne], since: Options[date], setting: DaySetting, *, is_start: bool
) -> Options[_Plan]:
    """Return the rule on the days that were said beside it: which of each month, and the first one of all."""
    which = [one for one in ones if _is_of_each_month(one, rule)]
    dated = [one for one in ones if one not in which]
    if len(which) > 1 or len(dated) > (0 if is_start else 1):
        return asked(Doubt.SEVERAL_DAYS)
    if dated:
        since, is_start = day_options(dated[0], setting), True

    def plan(day: date) -> Options[_Plan]:
        match which:
            case [NthSaid() as nth]:
                return sure(_Plan(replace(rule, days=(nth.weekday,), nths=(nth.nth,)), day))
            case [DateSaid() as numbered]:
                return sure(_Plan(rule, day, numbered.day))
            case _:
                return _on_its_day(rule, day, is_start=is_start)

    return since.then(plan).then(lambda found: sure(replace(found, is_first=bool(dated))))


def _is_of_each_month(one: DayOne, rule: RuleSaid) -> bool:
    """Whether a day has no month, so that beside “every month” it is that of each."""
    if rule.unit != MONTH or rule.days:
        return False
    return isinstance(one, NthSaid | DateSaid) and one.month is None


def _on_its_day(rule: RuleSaid, day: date, *, is_start: bool) -> Options[_Plan]:
    """Return the rule from a day on; where nothing else says on which days, those of that day are meant."""
    if rule.days or rule.unit == DAY:
        return sure(_Plan(rule, day))
    if not is_start:
        return asked(Doubt.WHICH_DAY)
    match rule.unit:
        case unit if unit == WEEK:
            return sure(_Plan(replace(rule, days=(day.weekday(),)), day))
        case unit if unit == MONTH:
            by_date = _Plan(rule, day, day.day)
            nth = _Plan(replace(rule, days=(day.weekday(),), nths=((day.day + 6) // 7,)), day)
            return Options((by_date, nth), Doubt.REPEATED)
        case _:
            return sure(_Plan(rule, day))


def _written(plan: _Plan, said: Gathered, setting: DaySetting) -> Options[Series]:
    """Return the rule as text, without the days that are left out, from its first day to its last."""
    weekdays = {one.weekday for each in said.excepts for one in each.days if isinstance(one, WeekdaySaid)}
    months = {month for each in said.excepts for month in each.months}
    if weekdays and _is_by_weekday(plan.said):
        left = tuple(sorted(set(plan.said.days or _ALL_DAYS) - weekdays))
        plan = replace(plan, said=replace(plan.said, unit=WEEK, days=left))
    elif weekdays:
        return asked(Doubt.EXCEPT)
    plan = replace(plan, months=tuple(sorted(set(_ALL_MONTHS) - months)) if months else ())
    days = [one for each in said.excepts for one in each.days if not isinstance(one, WeekdaySaid)]
    if weekdays and not plan.said.days:
        return asked(Doubt.EXCEPT)
    first = _first_day(plan)
    if first is None:
        return asked(Doubt.NO_SUCH_DAY)
    if plan.is_first and first != plan.since:
        return asked(Doubt.WEEKDAY)
    series = _end(said, first, setting).then(
        lambda end: _without(Series(first, ";".join([*_parts(plan), *end])), days, setting)
    )
    until = said.untils[0].day if said.untils and said.starts else None
    if until is None:
        return series
    return _last_day(until, first, setting).then(
        lambda last: series if _fits(plan, last) else asked(Doubt.WEEKDAY, _each_day(plan.since, last))
    )


def _fits(plan: _Plan, last: date) -> bool:
    """Whether all weekdays of a rule are among its days; of no more than a week from one to another they are all."""
    rule, length = plan.said, (last - plan.since).days + 1
    if rule.unit != WEEK or rule.interval > 1 or not rule.days or length < 1:
        return True
    there = {(plan.since.weekday() + step) % 7 for step in range(min(length, 7))}
    return there.issuperset(rule.days) and not (rule.is_range and length < 7 and there != set(rule.days))


def _each_day(first: date, last: date) -> Series:
    return Series(first, f"FREQ=DAILY;UNTIL={last:%Y%m%d}")


def _is_by_weekday(rule: RuleSaid) -> bool:
    return rule.interval == 1 and (rule.unit == DAY or (rule.unit == WEEK and len(rule.days) > 1))


def _parts(plan: _Plan) -> list[str]:
    rule = plan.said
    parts = [f"FREQ={_FREQUENCIES[rule.unit]}"]
    if rule.interval > 1:
        parts.append(f"INTERVAL={rule.interval}")
    if rule.days:
        named = (f"{nth}{_CODES[day]}" for nth in rule.nths or ("",) for day in rule.days)
        parts.append("BYDAY=" + ",".join(named))
    if plan.month_day is not None:
        parts.append(f"BYMONTHDAY={plan.month_day}")
    if plan.months:
        parts.append("BYMONTH=" + ",".join(map(str, plan.months)))
    return parts


def _first_day(plan: _Plan) -> date | None:
    """Return the first day from ``since`` on; reckoned without the interval, which begins to count there."""
    every = replace(plan, said=replace(plan.said, interval=1))
    rule = read_repetition(";".join(_parts(every)))
    start = datetime.combine(plan.since, time())
    found = [] if rule is None else moments_of(rule, start, ZoneInfo("UTC"), 1)
    return found[0].date() if found else None


def _end(said: Gathered, first: date, setting: DaySetting) -> Options[tuple[str, ...]]:
    """Return the part of the rule that ends it."""
    if said.untils and said.long:
        return asked(Doubt.NOT_UNDERSTOOD)
    if said.long:
        behind = added(first, said.long[0])
        return sure((f"UNTIL={behind - relativedelta(days=1):%Y%m%d}",))
    if not said.untils:
        return sure(())
    until = said.untils[0]
    if until.times is not None:
        return sure((f"COUNT={until.times}",))
    if until.stretch is not None:
        last = stretch_days(until.stretch, max(first, setting.today))[1]
        return _until(last, first)
    assert until.day is not None  # noqa: S101 - it has one of the three
    return _last_day(until.day, first, setting).then(lambda day: _until(day, first))


def _last_day(said: DayOne, first: date, setting: DaySetting) -> Options[date]:
    return day_options(said, replace(setting, today=max(first, setting.today), any_week=True))


def _until(last: date, first: date) -> Options[tuple[str, ...]]:
    return asked(Doubt.END) if last < first else sure((f"UNTIL={last:%Y%m%d}",))


def _without(series: Series, said: Sequence[DayOne], setting: DaySetting) -> Options[Series]:
    """Return the series without some days, each of which must be one of its own."""
    found: Options[tuple[date, ...]] = sure(())
    for one in said:
        own = _numbered(series, one) if isinstance(one, DateSaid) and one.month is None else None
        behind = replace(setting, today=max(series.first, setting.today), any_week=True)
        days = day_options(one, behind) if own is None else sure(own)
        found = found.then(lambda left_out, days=days: days.then(lambda day: sure((*left_out, day))))  # type: ignore[misc]
    return found.then(lambda days: _left_out(series, days))


def _numbered(series: Series, said: DateSaid) -> date | None:
    """Return the first day with a number that a series has: “every Monday except the 4th”."""
    months = (series.first.replace(day=1) + relativedelta(months=ahead) for ahead in range(_MONTHS_AHEAD))
    days = (in_month(month, said.day) for month in months)
    return next(
        (day for day in days if day is not None and day >= series.first and _is_of(series, day)), None
    )


def _left_out(series: Series, days: tuple[date, ...]) -> Options[Series]:
    if not all(_is_of(series, day) for day in days):
        return asked(Doubt.EXCEPT, series)
    return sure(replace(series, without=days))


def _is_of(series: Series, day: date) -> bool:
    rule = read_repetition(series.rule)
    start = datetime.combine(series.first, time())
    at = datetime.combine(day, time())
    return rule is not None and bool(rule.between(start, ZoneInfo("UTC"), at, at))
