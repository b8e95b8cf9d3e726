"""The parts of a message in their kinds, and what of them cannot stand side by side. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from community.search.when.clock_reader import HOUR, MINUTE
from community.search.when.doubts import Doubt
from community.search.when.when_parts import (
    AheadSaid,
    AllDaySaid,
    ClockRange,
    ClockSaid,
    DateSaid,
    DayList,
    DayOne,
    DayRange,
    DoubtSaid,
    DueSaid,
    ExceptSaid,
    FiguresSaid,
    HoursSaid,
    LengthSaid,
    MomentRange,
    NthSaid,
    PartSaid,
    RuleSaid,
    Said,
    SoonSaid,
    StartSaid,
    StretchSaid,
    UntilSaid,
    WeekdaySaid,
    WhenPart,
    Which,
    ZoneSaid,
)
from community.search.when.when_words import UNITS

_Part = TypeVar("_Part")
_DAYS = (WeekdaySaid, DateSaid, FiguresSaid, AheadSaid, NthSaid, DayRange, DayList)
_WEEK = UNITS.index("week")
_NO_TIME = frozenset((Doubt.REPEATED, Doubt.WHOSE_TIME))
"""What is said beside times, and says none alone: “our biweekly report”."""


@dataclass(frozen=True)
class Gathered:
    """The parts by their kinds; the same said twice is there once."""

    days: tuple[DayOne | DayRange | DayList, ...]
    stretches: tuple[StretchSaid, ...]
    clocks: tuple[ClockSaid | ClockRange, ...]
    moments: tuple[MomentRange, ...]
    lengths: tuple[LengthSaid, ...]
    soon: tuple[SoonSaid, ...]
    rules: tuple[RuleSaid, ...]
    starts: tuple[StartSaid, ...]
    untils: tuple[UntilSaid, ...]
    excepts: tuple[ExceptSaid, ...]
    day_parts: tuple[PartSaid, ...]
    zones: tuple[ZoneSaid, ...]
    due: tuple[DueSaid, ...]
    doubts: tuple[Doubt, ...]
    all_day: bool

    @classmethod
    def of(cls, parts: Sequence[WhenPart]) -> Gathered:
        """Return the parts of a message by their kinds."""
        said = tuple(dict.fromkeys(part.said for part in parts))
        gathered = cls(
            days=_those(said, _DAYS),
            stretches=_those(said, StretchSaid),
            clocks=(*_those(said, ClockSaid), *_those(said, ClockRange)),
            moments=_those(said, MomentRange),
            lengths=_those(said, LengthSaid),
            soon=_those(said, SoonSaid),
            rules=_those(said, RuleSaid),
            starts=_those(said, StartSaid),
            untils=_those(said, UntilSaid),
            excepts=_those(said, ExceptSaid),
            day_parts=_those(said, PartSaid),
            zones=_those(said, ZoneSaid),
            due=_those(said, DueSaid),
            doubts=tuple(each.doubt for each in _those(said, DoubtSaid)),
            all_day=bool(_those(said, AllDaySaid)),
        )
        return gathered._with_hours(_those(said, HoursSaid))._with_days_of_week()

    def _with_hours(self, hours: Sequence[HoursSaid]) -> Gathered:
        """Return it with “2 heures”: beside a time of day that is how long it lasts, alone it may be either."""
        if not hours:
            return self
        if self.clocks or self.soon or self.moments:
            lengths = dict.fromkeys((*self.lengths, *(each.length for each in hours)))
            return replace(self, lengths=tuple(lengths))
        return replace(self, doubts=(*self.doubts, Doubt.HOURS))

    def _with_days_of_week(self) -> Gathered:
        """Return it with days of the week beside a first and a last day as the rule that they are.

        “Monday to Friday at 8, 7 to 18 December” is each of these days.
        """
        weekly = {each: days for each in self.days if (days := _several_weekdays(each))}
        others = tuple(each for each in self.days if each not in weekly)
        until = self.untils[0].day if self.untils else None
        is_range = len(others) == 1 and isinstance(others[0], DayRange) and until is None
        if len(weekly) != 1 or self.rules or not (is_range or (until is not None and not others)):
            return self
        ((said, days),) = weekly.items()
        rule = RuleSaid(_WEEK, 1, days, is_range=isinstance(said, DayRange))
        return replace(self, days=others, rules=(rule,))

    def with_days_for_hours(self) -> Gathered | None:
        """Return it with the days that its hours may be (“de 14 a 16”); None where it is said what they are."""
        hours = self.clocks[0] if self.clocks else None
        if not isinstance(hours, ClockRange) or not hours.may_be_days:
            return None
        if self.days or self.rules or self.starts or self.zones or self.day_parts:
            return None
        first, last = (DateSaid(each.minutes // 60) for each in (hours.first, hours.last))
        return replace(self, clocks=(), days=(DayRange(first, last),))

    @property
    def says_when(self) -> bool:
        """Whether anything says at what time or on which day something is."""
        rules = [rule for rule in self.rules if not rule.is_adjective]
        named = (self.days, self.stretches, self.clocks, self.moments, self.soon, rules, self.starts)
        until = bool(self.untils and (self.rules or self.untils[0].times is None))
        return any(named) or until or bool(set(self.doubts) - _NO_TIME)

    @property
    def short(self) -> tuple[LengthSaid, ...]:
        """The lengths in minutes or hours."""
        return tuple(length for length in self.lengths if length.unit in (HOUR, MINUTE))

    @property
    def long(self) -> tuple[LengthSaid, ...]:
        """The lengths in days or more."""
        return tuple(length for length in self.lengths if length.unit not in (HOUR, MINUTE))

    @property
    def too_many(self) -> Doubt | None:
        """What is said more often than it can be."""
        if len(self.clocks) + len(self.moments) + len(self.soon) > 1 or len(self.short) > 1:
            return Doubt.SEVERAL_TIMES
        if len(self.day_parts) > 1:
            return Doubt.CONTRARY
        if len([zone for zone in self.zones if not zone.is_place]) > 1:
            return Doubt.WHOSE_TIME
        if self.rules and any(due.is_until_hour or (due.before and self.clocks) for due in self.due):
            return Doubt.NOT_UNDERSTOOD  # “every Monday until ten”, “before ten”: from when on?
        several = (self.long, self.starts, self.untils, self.due, self.stretches)
        return Doubt.NOT_UNDERSTOOD if any(len(said) > 1 for said in several) else None


def _several_weekdays(said: DayOne | DayRange | DayList) -> tuple[int, ...]:
    """Return the days of the week that a range or a list is made of; none if it has other days."""
    match said:
        case DayRange(WeekdaySaid(first, Which.COMING), WeekdaySaid(last, Which.COMING)):
            return tuple(sorted((first + ahead) % 7 for ahead in range((last - first) % 7 + 1)))
        case DayList(several):
            named = [
                one.weekday for one in several if isinstance(one, WeekdaySaid) and one.which is Which.COMING
            ]
            return tuple(sorted(set(named))) if len(named) == len(several) else ()
        case _:
            return ()


def _those(said: Sequence[Said], kind: type[_Part] | tuple[type[_Part], ...]) -> tuple[_Part, ...]:
    return tuple(each for each in said if isinstance(each, kind))
