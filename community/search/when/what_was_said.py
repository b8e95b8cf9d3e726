"""The parts of a message in their kinds, and what of them cannot stand side by side. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from community.search.when.clock_reader import HOUR, MINUTE
from community.search.when.doubts import Doubt
from community.search.when.when_parts import (
    AheadSaid,
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
    SoonSaid,
    StartSaid,
    StretchSaid,
    UntilSaid,
    WeekdaySaid,
    WhenPart,
    ZoneSaid,
)

_Part = TypeVar("_Part")
_NO_TIME = frozenset((Doubt.REPEATED, Doubt.WHOSE_TIME))
"""What is said beside times, and says none alone: “our biweekly report”."""


@dataclass
class Gathered:
    """The parts by their kinds."""

    days: list[DayOne | DayRange | DayList] = field(default_factory=list)
    stretches: list[StretchSaid] = field(default_factory=list)
    clocks: list[ClockSaid | ClockRange] = field(default_factory=list)
    hours: list[HoursSaid] = field(default_factory=list)
    moments: list[MomentRange] = field(default_factory=list)
    lengths: list[LengthSaid] = field(default_factory=list)
    soon: list[SoonSaid] = field(default_factory=list)
    rules: list[RuleSaid] = field(default_factory=list)
    starts: list[StartSaid] = field(default_factory=list)
    untils: list[UntilSaid] = field(default_factory=list)
    excepts: list[ExceptSaid] = field(default_factory=list)
    day_parts: list[PartSaid] = field(default_factory=list)
    zones: list[ZoneSaid] = field(default_factory=list)
    due: list[DueSaid] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)

    @classmethod
    def of(cls, parts: Sequence[WhenPart]) -> Gathered:
        """Return the parts of a message by their kinds; the same said twice is once."""
        found = cls()
        for part in parts:
            found._add(part)
        found._settle_hours()
        return found

    def _add(self, part: WhenPart) -> None:
        match part.said:
            case ClockSaid() | ClockRange() as said:
                _once(self.clocks, said)
            case HoursSaid() as said:
                self.hours.append(said)
            case MomentRange() as said:
                _once(self.moments, said)
            case LengthSaid() as said:
                _once(self.lengths, said)
            case WeekdaySaid() | DateSaid() | FiguresSaid() | AheadSaid() | NthSaid() | DayRange() | DayList() as day:
                _once(self.days, day)
            case StretchSaid() as said:
                _once(self.stretches, said)
            case SoonSaid() as said:
                _once(self.soon, said)
            case RuleSaid() as said:
                _once(self.rules, said)
            case StartSaid() as said:
                _once(self.starts, said)
            case UntilSaid() as said:
                _once(self.untils, said)
            case ExceptSaid() as said:
                _once(self.excepts, said)
            case PartSaid() as said:
                _once(self.day_parts, said)
            case ZoneSaid() as said:
                _once(self.zones, said)
            case DueSaid() as said:
                _once(self.due, said)
            case DoubtSaid(doubt):
                self.doubts.append(doubt)

    def _settle_hours(self) -> None:
        """“2 heures” beside a time of day is how long it lasts; alone it may be either."""
        for said in self.hours:
            if self.clocks or self.soon or self.moments:
                _once(self.lengths, said.length)
            else:
                self.doubts.append(Doubt.HOURS)

    @property
    def says_when(self) -> bool:
        """Whether anything says at what time or on which day something is."""
        rules = [rule for rule in self.rules if not rule.is_adjective]
        named = (self.days, self.stretches, self.clocks, self.moments, self.soon, rules, self.starts)
        until = bool(self.untils and (self.rules or self.untils[0].times is None))
        return any(named) or until or bool(set(self.doubts) - _NO_TIME)

    @property
    def short(self) -> list[LengthSaid]:
        """The lengths in minutes or hours."""
        return [length for length in self.lengths if length.unit in (HOUR, MINUTE)]

    @property
    def long(self) -> list[LengthSaid]:
        """The lengths in days or more."""
        return [length for length in self.lengths if length.unit not in (HOUR, MINUTE)]

    @property
    def too_many(self) -> Doubt | None:
        """What is said more often than it can be."""
        if len(self.clocks) + len(self.moments) + len(self.soon) > 1 or len(self.short) > 1:
            return Doubt.SEVERAL_TIMES
        if len(self.day_parts) > 1:
            return Doubt.CONTRARY
        if len([zone for zone in self.zones if not zone.is_place]) > 1:
            return Doubt.WHOSE_TIME
        several = (self.long, self.starts, self.untils, self.due, self.stretches)
        return Doubt.NOT_UNDERSTOOD if any(len(said) > 1 for said in several) else None


def _once(among: list[_Part], said: _Part) -> None:
    if said not in among:
        among.append(said)
