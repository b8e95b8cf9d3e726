"""From the parts of a message to the moments that may be meant. Pure: now is an argument."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from community.core.zones import ZoneInfo
from community.description.when import When, aware, instants
from community.search.when.clock_options import ClockSpan, in_part, of_clock, of_part, of_range
from community.search.when.day_options import DaySetting, day_options
from community.search.when.day_plans import plans
from community.search.when.day_reader import in_minutes
from community.search.when.doubts import Doubt
from community.search.when.options import Options, asked, sure
from community.search.when.what_was_said import Gathered
from community.search.when.when_parts import ClockRange, ClockSaid, DateSaid, MomentRange, WhenPart
from community.search.when.when_setting import WhenSetting

_HALF_YEAR = timedelta(days=182)
_UTC = "UTC"


@dataclass(frozen=True, slots=True)
class _Zone:
    """A zone by its name; or an offset from UTC in minutes."""

    name: str
    offset: int | None = None


def resolved(parts: Sequence[WhenPart], language: str, setting: WhenSetting) -> Options[When] | None:
    """Return what may be meant by the parts, which were read in a language; None where they say no time."""
    said = Gathered.of(parts)
    if not said.says_when:
        return None
    doubt = said.doubts[0] if said.doubts else said.too_many
    if doubt is not None:
        return asked(doubt)
    as_days = said.with_days_for_hours()
    if as_days is None:
        return _read(said, language, setting)
    both = (*_read(as_days, language, setting).values, *_read(said, language, setting).values)
    return asked(Doubt.SEVERAL_TIMES, *both)


def _read(said: Gathered, language: str, setting: WhenSetting) -> Options[When]:
    found = _zones(said, setting).then(lambda zone: _in_zone(said, zone, language, setting))
    return _to_come(_distinct(found), said, setting)


def _zones(said: Gathered, setting: WhenSetting) -> Options[_Zone]:
    named = [zone for zone in said.zones if not zone.is_place]
    if named:
        if named[0].offset is not None:
            return sure(_Zone(setting.zone, named[0].offset))
        zones = tuple(_Zone(name) for name in named[0].zones or (setting.zone,))
        return Options(zones, Doubt.WHOSE_TIME if len(zones) > 1 else None)
    places = dict.fromkeys(name for zone in said.zones for name in zone.zones)
    if not places or said.soon or not (said.clocks or said.moments):
        return sure(_Zone(setting.zone))
    return Options((_Zone(setting.zone), *map(_Zone, places)), Doubt.WHERE)


def _in_zone(said: Gathered, zone: _Zone, language: str, setting: WhenSetting) -> Options[When]:
    if said.soon:
        return _soon(said, zone.name, setting)
    local = setting.now_in(zone.name)
    todays = tuple(dict.fromkeys((setting.today, local.date())))
    days = Options(todays, Doubt.WHOSE_TODAY if len(todays) > 1 else None)
    found = days.then(lambda today: _from_today(said, today, zone, language, setting))
    return found.then(lambda when: _on_the_clock(when, zone, setting))


def _soon(said: Gathered, zone: str, setting: WhenSetting) -> Options[When]:
    """Return the time that is so many minutes from now."""
    others = (
        said.days,
        said.rules,
        said.stretches,
        said.untils,
        said.excepts,
        said.starts,
        said.day_parts,
        said.long,
    )
    if any(others):
        return asked(Doubt.SEVERAL_TIMES)
    moment = setting.now_in(_UTC) + timedelta(minutes=said.soon[0].minutes)
    minutes = in_minutes(said.short[0]) if said.short else None
    lasts = None if minutes is None else timedelta(minutes=minutes)
    return sure(_at_moment(When(moment, zone, lasts, is_due=bool(said.due)), moment, zone))


def _at_moment(when: When, moment: datetime, zone: str) -> When:
    """Return the reading with its start at a moment, on the clock of a zone."""
    local = moment.astimezone(ZoneInfo(zone))
    return replace(when, start=local.replace(tzinfo=None, fold=0), zone=zone, is_second=bool(local.fold))


def _from_today(
    said: Gathered, today: date, zone: _Zone, language: str, setting: WhenSetting
) -> Options[When]:
    days = DaySetting(today, setting.places.month_first)
    if said.moments:
        return _from_moment(said, said.moments[0], language, zone.name, days)

    def at(span: ClockSpan | None) -> Options[When]:
        return plans(said, span, zone.name, replace(days, is_today_over=_is_over(span, today, zone, setting)))

    return _spans(said, language).then(lambda spans: at(spans[0] if spans else None))


def _spans(said: Gathered, language: str) -> Options[tuple[ClockSpan, ...]]:
    """Return the times of day that may be meant; an empty tuple where none was said."""
    part = said.day_parts[0].part if said.day_parts else None
    if not said.clocks:
        found = None if part is None else of_part(part)
    else:
        match said.clocks[0]:
            case ClockSaid() as clock:
                found = of_clock(clock, part, language)
            case ClockRange() as both:
                found = of_range(both, part, language)
    if found is None:
        return sure(())
    if said.clocks:
        found = found.then(lambda span: in_part(span, part))
    if said.all_day and isinstance(said.clocks[0] if said.clocks else None, ClockSaid):
        return found.then(lambda span: asked(Doubt.CONTRARY, (span,)))
    return found.then(lambda span: _with_length(span, said))


def _with_length(span: ClockSpan, said: Gathered) -> Options[tuple[ClockSpan, ...]]:
    minutes = in_minutes(said.short[0]) if said.short else None
    if minutes is not None and span.lasts is not None and minutes != span.lasts:
        return asked(Doubt.SEVERAL_TIMES, (span,))
    return sure((span,))


def _is_over(span: ClockSpan | None, today: date, zone: _Zone, setting: WhenSetting) -> bool:
    if span is None:
        return False
    at = datetime.combine(today, time()) + timedelta(minutes=span.start)
    return _instant(at, zone) <= setting.now.astimezone(UTC)


def _instant(local: datetime, zone: _Zone) -> datetime:
    if zone.offset is None:
        return aware(local, zone.name).astimezone(UTC)
    return (local - timedelta(minutes=zone.offset)).replace(tzinfo=UTC)


def _from_moment(
    said: Gathered, moments: MomentRange, language: str, zone: str, setting: DaySetting
) -> Options[When]:
    """Return what lasts from an hour of one day to an hour of another."""
    alone = said.days or said.untils
    if said.stretches or said.lengths or (alone and not said.rules):
        return asked(Doubt.SEVERAL_TIMES)

    def repeated(when: When) -> Options[When]:
        if not said.rules or when.lasts is None:
            return sure(when)
        start, minutes = when.start, int(when.lasts.total_seconds()) // 60
        assert isinstance(start, datetime)  # noqa: S101 - it was made so
        span = ClockSpan(start.hour * 60 + start.minute, minutes)
        first = DateSaid(start.day, start.month, start.year)
        return plans(replace(said, days=(*said.days, first), moments=()), span, zone, setting)

    def start_at(day: date, span: ClockSpan) -> Options[When]:
        start = datetime.combine(day, time()) + timedelta(minutes=span.start)
        ends = day_options(moments.last_day, replace(setting, today=max(day, setting.today), any_week=True))
        return ends.then(
            lambda last: of_clock(moments.last, None, language).then(lambda end: _to(start, last, end, zone))
        )

    first = day_options(moments.first_day, setting)
    found = first.then(
        lambda day: of_clock(moments.first, None, language).then(lambda span: start_at(day, span))
    )
    return found.then(repeated)


def _to(start: datetime, last: date, span: ClockSpan, zone: str) -> Options[When]:
    end = datetime.combine(last, time()) + timedelta(minutes=span.start)
    lasts = aware(end, zone).astimezone(UTC) - aware(start, zone).astimezone(UTC)
    return sure(When(start, zone, lasts)) if lasts > timedelta(0) else asked(Doubt.END)


def _on_the_clock(when: When, zone: _Zone, setting: WhenSetting) -> Options[When]:
    """Return the reading in a zone with a name, and which moment it is where the clocks are put forward or back."""
    if not isinstance(when.start, datetime):
        return sure(when)
    if zone.offset is not None:
        return _by_offset(when, when.start, zone, setting)
    moments = instants(when.start, zone.name)
    if len(moments) == 1:
        return sure(when)
    if moments:
        return Options((when, replace(when, is_second=True)), Doubt.TWICE)
    return asked(Doubt.GAP, replace(when, start=aware(when.start, zone.name).replace(tzinfo=None, fold=0)))


def _by_offset(when: When, local: datetime, zone: _Zone, setting: WhenSetting) -> Options[When]:
    """Return the reading in a zone that has that offset then: the reader's own, or that of a city of theirs."""
    moment = _instant(local, zone)
    for name in (setting.zone, *setting.places.zones, _UTC):
        there = moment.astimezone(ZoneInfo(name)).replace(tzinfo=None)
        if there == local:  # of a time that comes twice it says which one
            return sure(replace(when, zone=name, is_second=bool(there.fold)))
    if when.repeat is not None or when.also:
        return asked(Doubt.WHOSE_TIME)
    return sure(_at_moment(when, moment, setting.zone))


def _distinct(found: Options[When]) -> Options[When]:
    """Return one of the readings that are the same moments."""
    known: dict[object, When] = {}
    for when in found.values:
        known.setdefault(tuple(_identity(when)), when)
    return replace(found, values=tuple(known.values()))


def _identity(when: When) -> Iterator[object]:
    yield when.lasts, when.repeat, len(when.without)
    # In UTC: Python compares what is in one zone by what its clocks show.
    yield when.moment.astimezone(UTC) if isinstance(when.start, datetime) else when.start
    for start in when.also:
        yield aware(start, when.zone).astimezone(UTC) if isinstance(start, datetime) else start
    if when.repeat is not None and isinstance(when.start, datetime):
        yield aware(when.start + _HALF_YEAR, when.zone).astimezone(UTC)


def _to_come(found: Options[When], said: Gathered, setting: WhenSetting) -> Options[When]:
    """Return the readings that have not passed; where only the hour decides between them, it is asked even so."""
    coming = tuple(when for when in found.values if not _is_past(when, setting))
    if not found.values or len(coming) == len(found.values):
        return found
    if not coming:
        return asked(found.doubt if found.doubt is not None and not found.is_certain else Doubt.PASSED)
    return replace(found, values=coming, is_certain=found.is_certain and bool(said.days))


def _is_past(when: When, setting: WhenSetting) -> bool:
    if when.repeat is not None or when.also:
        return False
    if not isinstance(when.start, datetime):
        last = when.end
        return (last if isinstance(last, date) else when.start) < setting.today
    return when.moment.astimezone(UTC) <= setting.now.astimezone(UTC)
