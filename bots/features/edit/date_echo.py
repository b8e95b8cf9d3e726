"""Shows an event or a deadline before it stands: when, in which cities at what time, for whom, in which rooms. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from bots.features.edit.date_fields import when_of
from bots.features.edit.date_shift import new_changes
from bots.features.edit.turn_context import TurnContext
from community.core.messages import msg
from community.description.calendar_model import Audience, Event
from community.description.model import City
from community.description.when import When
from community.description.when_text import WhenWriter
from community.directory.changes import as_values
from community.directory.entry import CalendarEntry

_SHOWN = ("kind", "audience", "remind", "hand_in", "place", "where", "link", "note")


def echo(context: TurnContext, entry: CalendarEntry) -> list[str]:
    """Return all that will be known of a date, as lines."""
    values = as_values(entry)
    said = context.reading.said({name: values[name] for name in _SHOWN if name in values})
    return [*_when(context, when_of(entry, context), entry.audience), *said, _told_in(context, entry)]


def echo_change(context: TurnContext, before: CalendarEntry, after: CalendarEntry) -> list[str]:
    """Return when what was moved takes place, and in which rooms it is known; only these of what is called off."""
    told, when = _told_in(context, after), when_of(after, context)
    new = new_changes(before, after) if isinstance(before, Event) and isinstance(after, Event) else ()
    if is_called_off(before, after):
        return [told]
    if new and new[0].start is not None:
        when = When(new[0].start, when.zone, new[0].lasts or when.lasts)
    return [*_when(context, when, after.audience), told]


def is_called_off(before: CalendarEntry, after: CalendarEntry) -> bool:
    """Whether a change calls off all of an entry, or one occurrence."""
    if not isinstance(before, Event) or not isinstance(after, Event):
        return after.cancelled and not before.cancelled
    whole = after.cancelled and not before.cancelled
    return whole or any(each.cancelled for each in new_changes(before, after))


def _when(context: TurnContext, when: When, audience: Audience) -> Iterator[str]:
    """Yield the lines of a time: with the zones named by any city, and the local times of those whom it is for."""
    lines = writer(context).lines(when)
    if when.is_all_day:
        yield from lines
        return
    yield from lines[:-1]
    yield WhenWriter(context.translate, _cities(context, audience)).local_times(when.moment)


def writer(context: TurnContext) -> WhenWriter:
    """Return what writes times for those who read."""
    return WhenWriter(context.translate, context.knowledge.community.cities)


def _cities(context: TurnContext, audience: Audience) -> tuple[City, ...]:
    """Return the cities whose local times are told: those named, those of the cohorts named, else all."""
    community = context.knowledge.community
    keys = set(audience.cities)
    for key in audience.cohorts:
        keys |= set(community.cohort[key].cities)
    return tuple(city for city in community.cities if city.key in keys or not keys)


def _told_in(context: TurnContext, entry: CalendarEntry) -> str:
    rooms = context.knowledge.rooms.rooms_of(entry)
    if not rooms:
        return context.translate(msg("There is no room of just these people: it is posted nowhere."))
    names = context.reading.value("rooms", rooms)
    return context.translate(msg("I remind people of it in: {rooms}", rooms=context.reading.apart(names)))
