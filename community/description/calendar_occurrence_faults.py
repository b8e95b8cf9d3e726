"""Checks the starts that an event leaves out or adds, and what it changes of single occurrences. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from community.core.messages import Message, msg
from community.core.zones import ZoneInfo
from community.description.calendar_model import Event, OccurrenceChange, is_day, local_start
from community.description.calendar_times import DAY, is_named, local_starts, named_by, nearest_start
from community.description.faults import CALENDAR, Fault
from community.description.repetition import LONGEST, moments_of, read_repetition
from community.description.times import EventStart
from community.description.yaml_text import Path


def occurrence_faults(event: Event, zone: ZoneInfo, path: Path) -> Iterator[Fault]:
    """Yield the faults of an event at ``path`` whose rule has none."""
    given = ((*path, "start"), (*path, "repeat"), (*path, "also"))
    said = (*_originally(event, zone), *_also(event), *_except(event, zone), *_changes(event, zone))
    for where, what in said:
        yield Fault(CALENDAR, (*path, *where), what, given=given)


def _originally(event: Event, zone: ZoneInfo) -> Iterator[tuple[Path, Message]]:
    """Refuse a series that was moved so far that one of its times would be taken for another."""
    rule = None if event.repeat is None else read_repetition(event.repeat)
    first = [] if rule is None else moments_of(rule, event.local_start, zone, 2)
    if len(first) == 2 and abs(event.shift) >= first[1] - first[0]:
        what = msg("it was moved by as much as one time is from the next: take “originally” out")
        yield ("originally",), what


def _also(event: Event) -> Iterator[tuple[Path, Message]]:
    """Yield what is wrong with the starts that are added, and where."""
    for n, start in enumerate(event.also):
        if start in event.also[:n]:
            yield ("also", n), _twice(start)
        elif is_day(start) is not event.is_all_day:
            yield ("also", n), _other_form(event, start)


def _except(event: Event, zone: ZoneInfo) -> Iterator[tuple[Path, Message]]:
    for n, start in enumerate(event.except_):
        if start in event.except_[:n]:
            yield ("except", n), _twice(start)
        elif not named_by(start, event, zone):
            yield ("except", n), _no_start(start, event, zone)
    if event.except_ and _is_nothing_left(event, zone):
        what = msg(
            "nothing is left of the event: take it out, or write “cancelled: true” in place of “except”"
        )
        yield ("except",), what


def _changes(event: Event, zone: ZoneInfo) -> Iterator[tuple[Path, Message]]:
    changed = [change.of for change in event.changes]
    for n, change in enumerate(event.changes):
        yield from (
            (("changes", n, *where), what) for where, what in _change(event, change, changed[:n], zone)
        )


def _change(
    event: Event, change: OccurrenceChange, before: Sequence[EventStart], zone: ZoneInfo
) -> Iterator[tuple[Path, Message]]:
    """Yield what is wrong with a change, and where in it; ``before``: what the changes before it are of."""
    named = named_by(change.of, event, zone)
    if not named:
        yield ("of",), _no_start(change.of, event, zone)
    elif any(is_named(out, start) for out in event.except_ for start in named):
        what = msg(
            "“{start}” is left out by “except” already: take one of the two out", start=written(change.of)
        )
        yield ("of",), what
    elif any(is_named(other, start) for other in before for start in named):
        yield ("of",), _twice(change.of)
    if not _changes_anything(change):
        what = msg("nothing is changed of it: add “cancelled: true”, or what is otherwise, such as “start”")
        yield (), what
    if change.start is not None and change.lasts is None and is_day(change.start) is not event.is_all_day:
        yield ("start",), _other_form(event, change.start)
    elif change.start is not None and [local_start(change.start)] == named and change.lasts is None:
        yield ("start",), msg("it takes place then already: take out “start”, or write the new one")


def _changes_anything(change: OccurrenceChange) -> bool:
    others = (change.start, change.lasts, change.place, change.link, change.note)
    return change.cancelled or any(other is not None for other in others)


def _no_start(start: EventStart, event: Event, zone: ZoneInfo) -> Message:
    nearest = nearest_start(start, event, zone)
    if nearest is None:
        return msg("the event does not take place on {start}", start=written(start))
    return msg(
        "the event does not take place on {start}: did you mean {nearest}?",
        start=written(start),
        nearest=written(nearest.date() if event.is_all_day else nearest),
    )


def _other_form(event: Event, start: EventStart) -> Message:
    day = f"{start:%Y-%m-%d}"
    if event.is_all_day:
        return msg("the event lasts all day: write {day} without a time", day=day)
    return msg("say the time of day too, such as {start}", start=f"{day} {event.local_start:%H:%M}")


def _twice(start: EventStart) -> Message:
    return msg("“{key}” stands here twice: keep one", key=written(start))


def written(start: EventStart) -> str:
    """Return a start as it is written in the file."""
    return str(start) if is_day(start) else f"{start:%Y-%m-%d %H:%M}"


def _is_nothing_left(event: Event, zone: ZoneInfo) -> bool:
    first = min((event.local_start, *(local_start(start) for start in event.also)))
    return not local_starts(event, zone, first - DAY, event.local_start + LONGEST)
