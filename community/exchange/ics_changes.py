"""What an event of another calendar leaves out, adds and changes of its own times, as the calendar has it. Pure.

What names no time of the event leaves nothing out; what is changed and left out is changed, as elsewhere; what is
changed of a time that the rule does not give is added.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from community.core.zones import ZoneInfo
from community.description.calendar_model import Event, is_day
from community.description.calendar_times import is_named, named_by
from community.description.times import EventStart, offset_text

Change = Mapping[str, object]
"""The values of an `OccurrenceChange` as its file has them."""


@dataclass(frozen=True, slots=True)
class Altered:
    """``also``: added starts, with how long each lasts if not as usual; ``others``: occurrences of their own."""

    also: tuple[Change, ...]
    left_out: tuple[EventStart, ...]
    others: tuple[Change, ...]


def with_changes(event: Event, altered: Altered, zone: ZoneInfo) -> dict[str, object]:
    """Return the fields ``also``, ``except`` and ``changes`` of an event that has none yet."""
    named = [_of(change) for change in (*altered.also, *altered.others)]
    fit = [start for start in named if is_day(start) is event.is_all_day]
    also = [start for start in dict.fromkeys(fit) if not named_by(start, event, zone)]
    whole = event.model_copy(update={"also": tuple(also)})
    others = tuple(_as_starts(whole, altered.others, zone))
    changed = [_of(change) for change in others]
    out = [start for start in dict.fromkeys(altered.left_out) if _is_left_out(start, whole, changed, zone)]
    longer = [change for change in altered.also if "lasts" in change and _of(change) not in changed]
    changes = [change for change in _each_once((*others, *longer), event) if len(change) > 1]
    return {
        "also": [start.isoformat() for start in also],
        "except": [start.isoformat() for start in out],
        "changes": changes,
    }


def _of(change: Change) -> EventStart:
    return _start(str(change["of"]))


def _start(text: str) -> EventStart:
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


def _as_starts(event: Event, changes: Sequence[Change], zone: ZoneInfo) -> Iterator[Change]:
    """Yield the changes, each named as the event names its own starts: by the day where that is all that is known."""
    for change in changes:
        start = _of(change)
        if is_day(start) is not event.is_all_day and not named_by(start, event, zone) and event.is_all_day:
            start = start.date() if isinstance(start, datetime) else start
        if named_by(start, event, zone):
            yield {**change, "of": start.isoformat()}


def _is_left_out(start: EventStart, event: Event, changed: Sequence[EventStart], zone: ZoneInfo) -> bool:
    named = named_by(start, event, zone)
    return bool(named) and not any(is_named(other, each) for other in changed for each in named)


def _each_once(changes: Sequence[Change], event: Event) -> Iterator[dict[str, object]]:
    """Yield each change once, without what is as usual."""
    seen: set[EventStart] = set()
    for change in changes:
        of = _of(change)
        if of in seen:
            continue
        seen.add(of)
        kept = dict(change)
        start = kept.get("start")
        is_other_form = start is not None and is_day(_start(str(start))) is not event.is_all_day
        if start == kept["of"]:
            del kept["start"]
        if kept.get("lasts") == offset_text(event.lasts) and not is_other_form:
            del kept["lasts"]
        yield kept
