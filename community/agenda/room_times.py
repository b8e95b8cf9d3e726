"""When reminders go out in each room of a community, by the quiet hours and weekends of its cities. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from community.agenda.entry_scope import EntryScopes
from community.agenda.sensible_times import CityTimes, RoomTimes
from community.core.weekends import week_days
from community.core.zones import ZoneInfo
from community.description.model import City, Community
from community.description.reminder_times import hour_of, hours_of, weekend_of

_WEEK = range(7)


class TimesOfRooms:
    """The times of the rooms of one community: rooms of the same cities have the same."""

    def __init__(self, community: Community) -> None:
        self._community = community
        self._scopes = EntryScopes(community)
        self._digest = hour_of(community.reminders.digest)
        self._cities = {city.key: city_times(city, community) for city in community.cities}
        self._begins = {city.key: _week_begins(city, self._cities[city.key]) for city in community.cities}
        self._known: dict[tuple[str, ...], RoomTimes] = {}
        self._rooms: dict[str, RoomTimes] = {}

    def of_room(self, room_key: str) -> RoomTimes:
        """Return the times of a room; of one that is not described those of all cities."""
        if room_key not in self._rooms:
            cities = self._scopes.cities_of_room(room_key)
            if cities not in self._known:
                self._known[cities] = self._of_cities(cities)
            self._rooms[room_key] = self._known[cities]
        return self._rooms[room_key]

    def _of_cities(self, cities: Sequence[str]) -> RoomTimes:
        there = Counter(self._cities[key] for key in cities if key in self._cities)
        zones = Counter(self._community.city[key].timezone for key in cities if key in self._cities)
        own = self._community.timezone
        zone = min(zones, key=lambda name: (-zones[name], name != own, name), default=own)
        begins = Counter(self._begins[key] for key in cities if key in self._begins)
        first = min(begins, key=lambda day: (-begins[day], day), default=0)
        return RoomTimes(there, ZoneInfo(zone), self._digest, first)


def city_times(city: City, community: Community) -> CityTimes:
    """Return when reminders wait in a city."""
    quiet = community.reminders.quiet if city.quiet is None else city.quiet
    weekend = community.reminders.weekend if city.weekend is None else city.weekend
    rest, week = weekend_of(weekend), week_days(city.country)
    if rest is None:
        length = (week.weekend_last - week.weekend_first) % 7
        rest = frozenset(day for day in _WEEK if (day - week.weekend_first) % 7 <= length)
    return CityTimes(ZoneInfo(city.timezone), hours_of(quiet), rest)


def _week_begins(city: City, times: CityTimes) -> int:
    """Return the first working day after days of rest there, or the country's first day of the week without any."""
    first = week_days(city.country).first
    days = (day % 7 for day in range(first, first + 7))
    return next((day for day in days if day not in times.rest and (day - 1) % 7 in times.rest), first)
