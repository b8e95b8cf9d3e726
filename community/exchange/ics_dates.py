"""The dates of an event as iCalendar (RFC 5545) has them: start, rule, what is left out and what is moved. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from community.core.zones import ZoneInfo
from community.description.calendar_model import Event, OccurrenceChange, is_day, local_start
from community.description.calendar_times import DAY, is_named, named_by
from community.description.repetition import read_repetition

_MORNING = timedelta(hours=9)
"""From when on the alarms of what lasts all day are counted back."""

IcsMoment = date | datetime
"""A day alone, or an aware moment as its zone's clock writes it: also one that the clock leaves out."""


@dataclass(frozen=True, slots=True)
class IcsSpan:
    """From when to when something lasts; ``end`` is the first moment or day after it, None where it has no length."""

    start: IcsMoment
    end: IcsMoment | None


def span(start: datetime, lasts: timedelta, zone: ZoneInfo, *, is_all_day: bool) -> IcsSpan:
    """Return what begins at ``start`` (local time of ``zone``) and lasts ``lasts``."""
    if is_all_day:
        days = max(-(-lasts // DAY), 1)
        return IcsSpan(start.date(), start.date() + days * DAY)
    begin = start.replace(tzinfo=zone)
    end = (begin.astimezone(UTC) + lasts).astimezone(zone)
    return IcsSpan(begin, end if lasts else None)


def moment(start: datetime, zone: ZoneInfo, *, is_all_day: bool) -> IcsMoment:
    """Return a start of an event by which iCalendar names it."""
    return start.date() if is_all_day else start.replace(tzinfo=zone)


def rule_text(event: Event, zone: ZoneInfo) -> str | None:
    """Return the event's rule with its end as RFC 5545 wants it (UTC, or a day where it lasts all day).

    None where it has no rule that can be read.
    """
    rule = None if event.repeat is None else read_repetition(event.repeat)
    if rule is None:
        return None
    parts = [f"{name}={value}" for name, value in rule.parts.items()]
    until = rule.local_until(zone)
    if until is not None:
        last = until.replace(tzinfo=zone).astimezone(UTC)
        parts.append(f"UNTIL={until:%Y%m%d}" if event.is_all_day else f"UNTIL={last:%Y%m%dT%H%M%SZ}")
    return ";".join(parts)


def left_out(event: Event, zone: ZoneInfo) -> list[datetime]:
    """Return the starts that ``except`` leaves out, sorted."""
    return sorted({start for out in event.except_ for start in named_by(out, event, zone)})


def added(event: Event) -> list[datetime]:
    """Return the starts that ``also`` adds, sorted."""
    return sorted({local_start(start) for start in event.also} - {event.local_start})


def changed(event: Event, zone: ZoneInfo) -> Iterator[tuple[datetime, OccurrenceChange]]:
    """Yield each occurrence that is otherwise than the others: the start that names it, and its change."""
    seen: set[datetime] = set()
    for change in event.changes:
        for start in named_by(change.of, event, zone):
            if start not in seen and not any(is_named(out, start) for out in event.except_):
                seen.add(start)
                yield start, change


def changed_span(event: Event, start: datetime, change: OccurrenceChange | None, zone: ZoneInfo) -> IcsSpan:
    """Return when an occurrence takes place really."""
    moved = None if change is None else change.start
    lasts = event.lasts if change is None or change.lasts is None else change.lasts
    if moved is None:
        return span(start, lasts, zone, is_all_day=event.is_all_day)
    return span(local_start(moved), lasts, zone, is_all_day=is_day(moved))


def alarm_before(before: timedelta, *, is_all_day: bool) -> timedelta:
    """Return how long before its start an alarm is due; less than nothing: after it (a day begins at midnight)."""
    return before - _MORNING if is_all_day else before
