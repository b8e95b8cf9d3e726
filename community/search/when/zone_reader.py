"""Reading in whose time something is out of a message in one language. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from community.core.zones import country_zones, zone_names
from community.description.model import Community
from community.search import word_tables
from community.search.network_words import city_names
from community.search.places import all_countries, country_names, zone_towns
from community.search.when.doubts import Doubt
from community.search.when.when_parts import DoubtSaid, WhenPart, ZoneSaid
from community.search.when.when_tokens import DASH, when_tokens
from community.search.when.when_words import WhenWords

_Name = tuple[str, ...]
_LONGEST_NAME = 9
"""Words and signs of the longest name of a place that is looked for: America/Argentina/Buenos_Aires has seven."""
_LONGEST_UNKNOWN = 2
"""Words between an hour and “time” of which one may be the name of a place that is not known."""
_FARTHEST = 14
"""Hours between UTC and the zone farthest from it."""
_UTC = ("utc", "gmt", "tu")
_BEHIND_T = (4, 6, 8)
"""Figures and signs of a time behind its T: 10:00, 10:00:00, 10:00:00.000; and the T."""
_BESIDE = "()[],،/;.-"
"""Signs between a time and a place that is said beside it."""


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
    for zone, further in word_tables.world_groups("zones/towns").items():
        yield from ((name, zone) for name in further)
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


def behind_clock(words: WhenWords, at: int, places: WhenPlaces) -> tuple[ZoneSaid | DoubtSaid, int] | None:
    """Read a city straight behind a time of day: “15h à Kigali”. An unknown one in “15h Nowhere time” is asked."""
    written_on = _written_on(words, at)
    if written_on is not None:
        return written_on
    at += words.sign(at, "(")
    opened = words.end(at, "in_place")
    there = _named(words, at, places.named) if opened is None else _anywhere(words, opened, places)
    known = zone(words, at, places) or there or _in_written_on(words, at, places)
    if known is not None or not (at < len(words.tokens) and words.tokens[at].is_word):
        return known
    ends = (words.end(at + step, "time_behind") for step in range(1, _LONGEST_UNKNOWN + 1))
    unknown = next((end for end in ends if end is not None), None)
    return None if unknown is None else (DoubtSaid(Doubt.WHOSE_TIME), unknown)


def _written_on(words: WhenWords, at: int) -> tuple[ZoneSaid, int] | None:
    """Read the Z or +02:00 that ISO 8601 writes on to a time: 10:00Z, 10:00+02:00."""
    if words.sign(at, ("z",), glued=True):
        return ZoneSaid(("UTC",)), at + 1
    # “15:00-16:30” is from one to the other, but behind a T the dash belongs to the zone.
    signs = ("+", DASH) if any(words.sign(at - back, ("t",), glued=True) for back in _BEHIND_T) else ("+",)
    is_whole = (
        words.sign(at, signs, glued=True)
        and at + 1 < len(words.tokens)
        and len(words.tokens[at + 1].text) == 2
    )
    return _offset(words, at) if is_whole else None


def bare_places(words: WhenWords, parts: Sequence[WhenPart], places: WhenPlaces) -> Iterator[WhenPart]:
    """Yield the places that stand beside a time without a word that leads to them: “10:00 tomorrow, Paris”.

    Whether they say in whose time it is is asked where it matters.
    """
    read = {at for part in parts for at in range(part.first, part.end)}
    for at in range(len(words.tokens)) if read else ():
        if not words.tokens[at].is_word:
            continue
        found = None if at in read or _is_planned(words, at) else _anywhere(words, at, places)
        if found is None or not read.isdisjoint(range(at, found[1])):
            continue
        behind = at - 1
        while words.sign(behind, _BESIDE):
            behind -= 1
        before = found[1]
        while words.sign(before, _BESIDE):
            before += 1
        opens = at == 0 or not (words.tokens[at - 1].is_word or words.tokens[at - 1].is_number)
        if behind not in read and not (opens and before in read):
            continue
        other = next((part.said for part in parts if part.first <= behind < part.end), None)
        is_second = isinstance(other, ZoneSaid) and other.zones != found[0].zones
        said = DoubtSaid(Doubt.WHOSE_TIME) if is_second else ZoneSaid(found[0].zones, is_place=True)
        yield WhenPart(said, at, found[1])


def _is_planned(words: WhenWords, at: int) -> bool:
    """Whether a word names what is planned in some language, and a place only by chance: “réunion”."""
    return words.tokens[at].text in _beside()


@cache
def _beside() -> frozenset[str]:
    phrases = (when_tokens(text) for text in word_tables.phrases("when/beside"))
    return frozenset(said[0].text for said in phrases if len(said) == 1)


def place(words: WhenWords, at: int, places: WhenPlaces) -> tuple[ZoneSaid, int] | None:
    """Read in which city something happens: “in Kigali”. Its words stay in what is told of it."""
    opened = words.end(at, "in_place")
    found = _in_written_on(words, at, places) if opened is None else _anywhere(words, opened, places)
    return None if found is None else (ZoneSaid(found[0].zones, is_place=True), found[1])


def _in_written_on(words: WhenWords, at: int, places: WhenPlaces) -> tuple[ZoneSaid, int] | None:
    """Read a place to which “in” is written on, as in Arabic: “ببنزرت”."""
    prefixes = word_tables.own_phrases_in(words.language, "common/inside_prefixes")
    token = words.tokens[at]
    if not prefixes or not token.is_word or not token.text.startswith(prefixes):
        return None
    texts = (token.text[1:], *(each.text for each in words.tokens[at + 1 : at + _LONGEST_NAME]))
    for length in range(len(texts), 0, -1):
        zones = next(
            (named[name] for named in (places.named, _world()) if (name := texts[:length]) in named), None
        )
        if zones is not None:
            return ZoneSaid(zones), at + length
    return None


def _named(words: WhenWords, at: int, named: Mapping[_Name, _Name]) -> tuple[ZoneSaid, int] | None:
    texts = tuple(token.text for token in words.tokens[at : at + _LONGEST_NAME])
    for length in range(len(texts), 0, -1):
        zones = named.get(texts[:length])
        if zones is not None:
            return ZoneSaid(zones), at + length
    return None


def _anywhere(words: WhenWords, at: int, places: WhenPlaces) -> tuple[ZoneSaid, int] | None:
    universal = words.end(at, "universal")
    if universal is not None:
        return ZoneSaid(("UTC",)), universal
    known = _universal(words, at) or _abbreviation(words, at)
    return known or next(
        filter(None, (_named(words, at, named) for named in (places.named, _iana(), _world()))), None
    )


def _time_of(words: WhenWords, at: int, places: WhenPlaces) -> tuple[ZoneSaid | DoubtSaid, int] | None:
    end = words.end(at, "time_of")
    if end is None:
        return None
    found = _anywhere(words, end, places) or _anywhere(words, words.past(end, "small"), places)
    return found or (DoubtSaid(Doubt.WHOSE_TIME), end)


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
    return _offset(words, at + 1)


def _offset(words: WhenWords, at: int) -> tuple[ZoneSaid, int] | None:
    """Read +2, -3:30 from its sign on."""
    hours = words.digits(at + 1, most=2, glued=True)
    if hours is None or hours > _FARTHEST:
        return None
    minutes, end = 0, at + 2
    if (
        words.sign(end, ":", glued=True)
        and (further := words.digits(end + 1, most=2, glued=True)) is not None
    ):
        minutes, end = further, end + 2
    east = hours * 60 + minutes
    return ZoneSaid((), -east if words.sign(at, (DASH,)) else east), end


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
