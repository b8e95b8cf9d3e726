"""When what can wait is not told to one person: by their own quiet hours, else those of their city. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time

from community.agenda.room_times import city_times
from community.agenda.sensible_times import CityTimes
from community.core.locale_texts import locale_texts
from community.core.zones import ZoneInfo
from community.description.model import City, Community
from community.description.person import Person
from community.description.reminder_times import hours_of


def shown_hours(quiet: str, language: str) -> tuple[str, str]:
    """Return when valid quiet hours, not off, begin and end, as a language writes the time of day."""
    texts = locale_texts(language)
    begin, _, end = quiet.partition("-")
    return texts.clock(time.fromisoformat(begin)), texts.clock(time.fromisoformat(end))


def usual_hours(person: Person, community: Community) -> str:
    """Return the `QuietHours` of somebody's city, or where they are of none those of the community."""
    city = community.city.get(person.city or "")
    return community.reminders.quiet if city is None or city.quiet is None else city.quiet


def is_own_quiet(person: Person, hours: str | None, community: Community, now: datetime) -> bool:
    """Whether it is in the hours that somebody has set for themselves, by the clock of their city.

    ``hours`` are valid `QuietHours`, None where they have set none. Who is of no city goes by the community's clock.
    """
    if hours is None:
        return False
    city = community.city.get(person.city or "")
    zone = ZoneInfo(community.timezone if city is None else city.timezone)
    return CityTimes(zone, hours_of(hours), frozenset()).is_quiet(now)


def is_quiet_for(person: Person, hours: str | None, community: Community, now: datetime) -> bool:
    """Whether what can wait for days waits: at night, by a person's own ``hours`` if there are any, or on days of rest.

    Whoever is of no city has their own hours, else what is night or rest in each city of the community.
    """
    if is_own_quiet(person, hours, community, now):
        return True
    there = _times(person, community)
    if hours is not None:
        there = [replace(times, quiet=None) for times in there]
    return bool(there) and all(times.is_quiet(now) for times in there)


def _times(person: Person, community: Community) -> list[CityTimes]:
    city = community.city.get(person.city or "")
    cities: Sequence[City] = community.cities if city is None else (city,)
    return [city_times(one, community) for one in cities]
