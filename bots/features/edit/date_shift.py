"""The fields of an event or a deadline that is moved or called off: one occurrence or all of it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from community.agenda.occurrences import Occurrence
from community.description.calendar_model import Deadline, Event, OccurrenceChange, local_start
from community.description.calendar_times import is_named, local_starts
from community.description.repetition import written_parts
from community.description.times import EventStart
from community.directory.changes import as_values
from community.directory.entry import CalendarEntry

Fields = dict[str, object]
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_FIXED = frozenset(("FREQ", "INTERVAL", "COUNT", "WKST", "BYDAY"))
_DAY = timedelta(days=1)
_YEAR = timedelta(days=366)


def called_off(event: Event, occurrence: Occurrence) -> Fields:
    """Return the fields with one occurrence cancelled."""
    return _with_change(event, occurrence, {"cancelled": True}, drops=("start",))


def restored(event: Event, occurrence: Occurrence) -> Fields:
    """Return the fields with one occurrence cancelled no more."""
    changes = _listed(event, occurrence, {}, drops=("cancelled",))
    return {"changes": [change for change in changes if change.keys() - {"of"}]}


def left_out(event: Event, occurrence: Occurrence) -> Fields:
    """Return the fields with one occurrence left out, as if it had never been one."""
    of: EventStart = occurrence.of.date() if event.is_all_day else occurrence.of
    also = [each for each in event.also if not is_named(each, occurrence.of)]
    others = [change for change in _listed(event, occurrence, {}, drops=()) if change["of"] != written(of)]
    gone = [written(each) for each in event.except_] + ([written(of)] if len(also) == len(event.also) else [])
    return {"except": gone, "also": [written(each) for each in also], "changes": others}


def changed_one(event: Event, occurrence: Occurrence, said: Fields) -> Fields:
    """Return the fields with details that are said of one occurrence alone; None takes one away."""
    drops = tuple(name for name, value in said.items() if value is None)
    return _with_change(event, occurrence, {k: v for k, v in said.items() if v is not None}, drops=drops)


def moved_one(event: Event, occurrence: Occurrence, start: date | datetime, lasts: str | None) -> Fields:
    """Return the fields with one occurrence at another start; ``lasts``: how long, where that is said too."""
    said: Fields = {"start": written(start), **({"lasts": lasts} if lasts else {})}
    return _with_change(event, occurrence, said, drops=("cancelled",))


def _with_change(event: Event, occurrence: Occurrence, said: Fields, drops: tuple[str, ...]) -> Fields:
    return {"changes": _listed(event, occurrence, said, drops)}


def _listed(event: Event, occurrence: Occurrence, said: Fields, drops: tuple[str, ...]) -> list[Fields]:
    listed = as_values(event).get("changes", [])
    values = listed if isinstance(listed, list) else []
    pairs = list(zip(event.changes, values, strict=True))
    own: Fields = next((value for change, value in pairs if is_named(change.of, occurrence.of)), {})
    others = [value for change, value in pairs if not is_named(change.of, occurrence.of)]
    of: EventStart = occurrence.of.date() if event.is_all_day else occurrence.of
    kept = {name: value for name, value in own.items() if name not in drops}
    return [*others, {**kept, "of": written(of), **said}]


def moved_whole(
    entry: CalendarEntry, occurrence: Occurrence, start: date | datetime, lasts: str | None, now: datetime
) -> Fields | None:
    """Return the fields of an entry of which all moves as one occurrence does to ``start``.

    None where its rule cannot be moved so.
    """
    match entry:
        case Deadline():
            originally = entry.due if entry.originally is None else entry.originally
            return {"due": written(start), "originally": written(originally)}
        case Event():
            return _moved_event(entry, occurrence, start, lasts, now)


def _moved_event(
    event: Event, occurrence: Occurrence, start: date | datetime, lasts: str | None, now: datetime
) -> Fields | None:
    is_series = event.repeat is not None or bool(event.also)
    if is_series and event.is_all_day == isinstance(start, datetime):
        return None
    by = local_start(start) - occurrence.of
    days = (local_start(start).date() - occurrence.of.date()).days
    repeat = None if event.repeat is None else _moved_rule(event.repeat, days)
    if event.repeat is not None and repeat is None:
        return None
    fields: Fields = {
        "start": written(_shifted(event.start, by)) if is_series else written(start),
        "repeat": repeat,
        "except": [written(_shifted(each, by)) for each in event.except_],
        "also": [written(_shifted(each, by)) for each in event.also],
        "changes": list(_shifted_changes(event, occurrence, by)),
        **({"lasts": lasts} if lasts else {}),
    }
    return {**fields, **_originally(event, occurrence, by, now)}


def _originally(event: Event, occurrence: Occurrence, by: timedelta, now: datetime) -> Fields:
    """Return the start by which messages know the event: kept while it has not begun, and moves by less than a turn."""
    has_begun = local_start(event.start).replace(tzinfo=occurrence.zone) <= now
    following = local_starts(
        event, occurrence.zone, occurrence.of + timedelta(minutes=1), occurrence.of + _YEAR
    )
    is_far = bool(following) and abs(by) >= following[0] - occurrence.of
    if has_begun or is_far:
        return {}
    return {"originally": written(event.start if event.originally is None else event.originally)}


def _shifted_changes(event: Event, occurrence: Occurrence, by: timedelta) -> Iterator[Fields]:
    """Yield the changes under the new starts; what the occurrence that moves had as its own start is over."""
    listed = as_values(event).get("changes", [])
    values = listed if isinstance(listed, list) else []
    for change, value in zip(event.changes, values, strict=True):
        moved = {**value, "of": written(_shifted(change.of, by))}
        if is_named(change.of, occurrence.of):
            moved.pop("start", None)
        if moved.keys() - {"of"}:
            yield moved


def _moved_rule(rule: str, days: int) -> str | None:
    """Return a rule whose occurrences are so many days later; None for one that names other days than one of a week."""
    parts = written_parts(rule)
    names = {name for name, _value in parts}
    if days == 0:
        return rule
    weekday = dict(parts).get("BYDAY", _WEEKDAYS[0])
    is_weekly = dict(parts).get("FREQ") in ("WEEKLY", "DAILY") and names <= _FIXED
    if not is_weekly or weekday not in _WEEKDAYS or ("DAILY" in rule and "BYDAY" in names):
        return None
    moved = _WEEKDAYS[(_WEEKDAYS.index(weekday) + days) % len(_WEEKDAYS)]
    return ";".join(f"{name}={moved if name == 'BYDAY' else value}" for name, value in parts)


def _shifted(start: EventStart, by: timedelta) -> EventStart:
    if isinstance(start, datetime):
        return start + by
    return start + timedelta(days=round(by / _DAY))


def written(start: EventStart) -> str:
    """Return a start as it is written in an entry."""
    return start.isoformat(timespec="minutes") if isinstance(start, datetime) else start.isoformat()


def new_changes(before: Event, after: Event) -> tuple[OccurrenceChange, ...]:
    """Return the changes of single occurrences that were not there before."""
    return tuple(change for change in after.changes if change not in before.changes)
