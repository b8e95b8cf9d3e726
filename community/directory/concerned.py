"""Which cities an event or a deadline concerns, and whether it is one city's own matter. Pure."""

from __future__ import annotations

from community.description.calendar_audience import EntryRooms
from community.description.model import Community
from community.description.room_lookup import described_rooms, rooms_of_city
from community.description.rooms import DescribedRoom
from community.directory.entry import CalendarEntry


def concerns_only(entry: CalendarEntry, city: str, community: Community) -> bool:
    """Whether it concerns people of that city alone, and is posted in no room but those of the city."""
    audience = entry.audience
    if audience.everyone or not (audience.is_said or entry.rooms):
        return False
    narrows = audience.themes or audience.cohorts or audience.roles
    if audience.cities not in ((), (city,)) or (narrows and not audience.cities):
        return False
    there = {member.username for member in community.members if member.city == city}
    if not there.issuperset(audience.people):
        return False
    posted_in = entry.rooms or EntryRooms(community).rooms_for(audience)
    return rooms_of_city(community, city).issuperset(posted_in)


def concerns_the_same(before: CalendarEntry, after: CalendarEntry) -> bool:
    """Whether a change leaves alone whom it concerns, where it is posted and who has entered it."""
    return all(getattr(before, name) == getattr(after, name) for name in ("audience", "rooms", "added_by"))


def concerns_city(entry: CalendarEntry, city: str, community: Community) -> bool:
    """Whether it concerns people of a city, be it among others."""
    audience = entry.audience
    if not audience.is_said:
        return any(
            _is_for(room, city, community) for room in described_rooms(community) if room.key in entry.rooms
        )
    there = {member.username for member in community.members if member.city == city}
    if audience.everyone or not there.isdisjoint(audience.people):
        return True
    cohorts = (community.cohort[key].cities for key in audience.cohorts if key in community.cohort)
    named = [audience.cities] if audience.cities else []
    named += [tuple(one for cities in cohorts for one in cities)] if audience.cohorts else []
    of_anywhere = bool(audience.themes or audience.roles)
    return all(city in cities for cities in named) if named else of_anywhere


def _is_for(room: DescribedRoom, city: str, community: Community) -> bool:
    cohort = None if room.cohort is None else community.cohort[room.cohort]
    return room.city in (None, city) and (cohort is None or city in cohort.cities)
