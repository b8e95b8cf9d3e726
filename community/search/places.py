"""Names of places in the languages that questions come in: countries, their people, towns all over the world.

Most are those of the CLDR; what it lacks stands in each language's `places.yaml` and in `languages/world`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from community.core.compiled import compiled
from community.core.language_folders import LANGUAGES
from community.core.languages import SOURCE_LANGUAGE
from community.core.locale_texts import babel_release, cldr_of
from community.core.words import words
from community.core.zones import zone_names
from community.search import word_files, word_tables

_Names = dict[str, tuple[str, ...]]


@cache
def _from_cldr() -> tuple[_Names, _Names, _Names]:
    """Return the names of each country by its code, of each town that a time zone is named for, and of each zone."""
    # Babel reads whole languages for them.
    return compiled("places", [Path(__file__)], f"{word_files.digest()} {outside()}", _named)


def _named() -> tuple[_Names, _Names, _Names]:
    names_of_zones = _names_of_zones()
    return (
        {code: _country_names(code) for code in all_countries()},
        _town_names(names_of_zones),
        names_of_zones,
    )


def country_names(code: str) -> tuple[str, ...]:
    """Return a country's names in the languages that questions come in, and what its people are called."""
    return _from_cldr()[0].get(code) or _country_names(code)


def all_country_names() -> Iterator[str]:
    """Give the names of all countries."""
    yield from (name for names in _from_cldr()[0].values() for name in names)


def _country_names(code: str) -> tuple[str, ...]:
    names = [cldr_of(lang).territories.get(code) for lang in LANGUAGES]
    further = word_tables.groups("places/countries").get(code, ())
    return tuple(dict.fromkeys(name for name in (*names, *further) if name))


@cache
def regions_of(code: str) -> tuple[str, ...]:
    """Return the names of the parts of the world that a country is in."""
    regions = word_tables.groups("places/regions")
    return tuple(
        name
        for region, names in regions.items()
        if code in word_tables.world(f"regions/{region}")
        for name in names
    )


def all_countries() -> Iterator[str]:
    """Give the codes of all countries."""
    yield from (
        code for code in map(str, cldr_of(SOURCE_LANGUAGE).territories) if len(code) == 2 and code.isalpha()
    )


def towns() -> Mapping[str, tuple[str, ...]]:
    """Return the towns that time zones are named for: English name to its names in all our languages."""
    return _from_cldr()[1]


def outside() -> str:
    """Return what names of places depend on beside our own files: Babel, which has the CLDR, and the time zones."""
    return " ".join((babel_release(), *sorted(zone_names())))


def zone_towns() -> Mapping[str, tuple[str, ...]]:
    """Return the names of the town that each time zone is named for, in all our languages, the English one first."""
    return _from_cldr()[2]


def _names_of_zones() -> _Names:
    known = [cldr_of(lang).time_zones for lang in (SOURCE_LANGUAGE, *LANGUAGES)]
    found: _Names = {}
    for zone in sorted(zone_names()):
        if "/" in zone and not zone.startswith(("Etc/", "SystemV/", "US/", "Canada/", "Antarctica/")):
            plain = zone.rsplit("/", 1)[1].replace("_", " ")
            names = (str(zones.get(zone, {}).get("city", plain)) for zones in known)
            found[zone] = tuple(dict.fromkeys(names))
    return found


def _town_names(names_of_zones: _Names) -> _Names:
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for names in names_of_zones.values():
        found[names[0]].update(dict.fromkeys(names))
    return {english: tuple(names) for english, names in found.items()}


@cache
def first_words_elsewhere() -> frozenset[str]:
    """Return the folded words with which names of places all over the world begin."""
    return frozenset(said[0] for said in map(words, elsewhere()) if said)


def elsewhere() -> Iterator[str]:
    """Give the names of places all over the world."""
    for code in all_countries():
        yield from country_names(code)
    for names in towns().values():
        yield from names
    yield from word_tables.world("towns/towns")
