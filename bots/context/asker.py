"""Who asks for something of the calendar: their city, their time, and what of it the readers of the answer may see."""

from __future__ import annotations

from bots.context.knowledge import Knowledge
from bots.context.message import MessageContext
from community.agenda.entry_scope import Viewer
from community.core.messages import msg
from community.core.weekends import WeekDays, week_days, week_days_of_zone
from community.core.zones import ZoneInfo
from community.description.model import City
from community.description.rooms import NO_ROLE

REST_DIRECTLY = msg("Here I show what everybody here may know: for all of yours, ask me in a direct message.")
"""Said below each answer in a room, whatever was left out, so that it tells nobody anything."""


def asker_city(known: Knowledge, context: MessageContext) -> City | None:
    """Return the asker's city, None where they have none."""
    return known.community.city.get(context.person.city or "")


def asker_week(known: Knowledge, context: MessageContext) -> WeekDays:
    """Return the week as the asker has it: of their city's country, or else of that of the community's time zone."""
    city = asker_city(known, context)
    return week_days_of_zone(known.community.timezone) if city is None else week_days(city.country)


def asker_zone(known: Knowledge, context: MessageContext) -> ZoneInfo:
    """Return the asker's time zone: that of their city, or else the community's."""
    return ZoneInfo((asker_city(known, context) or known.community).timezone)


def viewer_of(known: Knowledge, context: MessageContext) -> Viewer:
    """Return who is shown the answer: the asker directly, in a room all who read there."""
    person = context.person
    member = None if person.role == NO_ROLE else known.members.get(person.username)
    room = None if context.is_direct else context.room_key or ""
    return Viewer(person.role, member, context.readers, room)
