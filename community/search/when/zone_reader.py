"""Reading in whose time something is out of a message in one language. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from community.core.zones import country_zones, zone_names
from community.description.model import Community
from community.search import word_tables
from community.search.network_words import city_names
from community.search.places import all_countries, country_names, zone_towns
from community.search.when.doubts import Doubt
from community.search.when.when_parts import DoubtSaid, ZoneSaid
from community.search.when.when_tokens import DASH, when_tokens
from community.search.when.when_words import WhenWords

_Name = tuple[str, ...]
_LONGEST_NAME = 5
"""Words of the longest name of a place that is looked for."""
_FARTHEST = 14
"""Hours between UTC and the zone farthest from it."""
_UTC = ("utc", "gmt", "tu")


@dataclass(frozen=True)
class WhenPlaces:
    """What must be known of a community to read its times: the zones of its cities by their names.

    ``zones``: those of its cities, in their order. ``month_first``: whether some of its people write the month before
    the day.
    """

    named: Mapping[_Name, _Name]
    zones: _Name
    month_first: bool

    @classmethod
    def of(cls, community: Community) -> WhenPlaces:
        """Return what is to be known of a community."""
        named = _by_name((name, city.timezone) for city in community.cities for name in city_names(city))
        zones = tuple(dict.fromkeys(city.timezone for city in community.cities))
        month_first = word_tables.world("zones/month_first")
        return cls(named, zones, any(city.country in month_first for city in community.cities))


def _by_name(pairs: Iterable[tuple[str, str]]) -> Mapping[_Name, _Name]:
    found: dict[_Name, _Name] = {}
    for name, zone in pairs:
        key = tuple(token.text for token in when_tokens(name))
        if key and zone not in found.get(key, ()):
            found[key] = (*found.get(key, ()), zone)
    return found


@cache
def _world() -> Mapping[_Name, _Name]:
    """Return the zones of countries, and of the towns that a zone is named for, by their names."""
    return _by_name(_names_in_the_world())


def _names_in_the_world() -> Iterator[tuple[str, str]]:
    listed = country_zones()
    current = {zone for zones in listed.values() for zone in zones}
    for zone, names in zone_towns().items():
        if zone in current:
            yield from ((name, zone) for name in names)
    for code in all_countries():
        for name in country_names(code):
            yield from ((name, zone) for zone in listed.get(code, ()))


@cache
def _iana() -> Mapping[_Name, _Name]:
    return _by_name((zone, zone) for zone in zone_names() if "/" in zone and not zone.startswith("Etc/"))


def zone(words: WhenWords, at: int, places: WhenPlaces) -> tuple[ZoneSaid | DoubtSaid, int] | None:
    """Read “Kigali time”, “heure de Bamako”, “GMT”, “UTC+2”, “Africa/Kigali”, “local time”."""
    return (
        _time_of(words, at, places)
        or _before_time(words, at, places)
        or _named(words, at, _iana())
        or _universal(words, at)
        or _abbreviation(words, at)
        or _own(words, at)
    )


def behind_clock(words: WhenWords, at: int, places: WhenPlaces) -> tuple[ZoneSaid, int] | None:
    """Read a city straight behind a time of day: “15h Kigali”, “15h à Kigali”."""
    opened = words.end(at, "in_place")
    return _named(words, at if opened is None else opened, places.named)


def place(words: WhenWords, at: int, places: WhenPlaces) -> tuple[ZoneSaid, int] | None:
    """Read in which city something happens: “in Kigali”. Its words stay in what is told of it."""
    opened = words.end(at, "in_place")
    found = None if opened is None else _named(words, opened, places.named)
    return None if found is None else (ZoneSaid(found[0].zones, is_place=True), found[1])


def _named(words: WhenWords, at: int, named: Mapping[_Name, _Name]) -> tuple[ZoneSaid, int] | None:
    texts = tuple(token.text for token in words.tokens[at : at + _LONGEST_NAME])
    for length in range(len(texts), 0, -1):
        zones = named.get(texts[:length])
        if zones is not None:
            return ZoneSaid(zones), at + length
    return None


def _anywhere(words: WhenWords, at: int, places: WhenPlaces) -> tuple[ZoneSaid, int] | None:
    return _named(words, at, places.named) or _named(words, at, _iana()) or _named(words, at, _world())


def _time_of(words: WhenWords, at: int, places: WhenPlaces) -> tuple[ZoneSaid | DoubtSaid, int] | None:
    end = words.end(at, "time_of")
    if end is None:
        return None
    return _anywhere(words, end, places) or _anywhere(words, words.past(end, "small"), places)


def _before_time(words: WhenWords, at: int, places: WhenPlaces) -> tuple[ZoneSaid, int] | None:
    if not any(words.end(at + step, "time_behind") for step in range(1, _LONGEST_NAME + 1)):
        return None
    found = _anywhere(words, at, places)
    end = None if found is None else words.end(found[1], "time_behind")
    return None if found is None or end is None else (found[0], end)


def _universal(words: WhenWords, at: int) -> tuple[ZoneSaid, int] | None:
    """Read UTC+2, GMT-3:30."""
    if not words.sign(at, _UTC) or not words.sign(at + 1, ("+", DASH)):
        return None
    hours = words.digits(at + 2, most=2, glued=True)
    if hours is None or hours > _FARTHEST:
        return None
    minutes, end = 0, at + 3
    if words.sign(end, ":", glued=True) and (further := words.digits(end + 1, most=2, glued=True)) is not None:
        minutes, end = further, end + 2
    east = hours * 60 + minutes
    return ZoneSaid((), -east if words.sign(at + 1, (DASH,)) else east), end


def _abbreviation(words: WhenWords, at: int) -> tuple[ZoneSaid, int] | None:
    if not 0 <= at < len(words.tokens) or not words.tokens[at].is_capital:
        return None
    zones = word_tables.world_groups("zones/abbreviations").get(words.tokens[at].text.upper())
    return None if zones is None else (ZoneSaid(tuple(zones)), at + 1)


def _own(words: WhenWords, at: int) -> tuple[ZoneSaid | DoubtSaid, int] | None:
    mine = words.end(at, "my_time")
    if mine is not None:
        return ZoneSaid(()), mine
    local = words.end(at, "local_time")
    return None if local is None else (DoubtSaid(Doubt.WHOSE_TIME), local)
