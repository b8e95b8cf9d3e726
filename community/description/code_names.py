"""Which code or user name somebody meant who wrote a name in its place: “français”, “Mali”, “Maputo”. Pure.

It is only suggested, never taken, but for the languages that are named in the chat.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from community.core.language_folders import LANGUAGES
from community.core.languages import SOURCE_LANGUAGE
from community.core.locale_texts import locale_texts
from community.core.problems import meant
from community.core.words import fold, words
from community.core.zones import zone_names
from community.description.fields import is_username
from community.description.iso_codes import COUNTRIES

_OFTEN_SAID = {"UK": "GB"}
"""What is written for a country, and is no code of one."""
_ZONE_LIKENESS = 88
"""From which likeness (rapidfuzz, 0 to 100) the name of a zone is a slip: Malabo is no slip of Matola."""


def code_meant(kind: str, text: str) -> str | None:
    """Return what was meant by a text that is no code of a ``kind`` of value, as `fields` name them, if it is known."""
    match kind:
        case "language":
            return _language_meant(text)
        case "country":
            return _OFTEN_SAID.get(text.upper()) or meant(text, _country_names())
        case "timezone":
            return _zone_meant(text)
        case "username":
            return _username_meant(text)
        case _:
            return None


def localpart(text: str) -> str:
    """Return the part of a Matrix ID before the server's name (spec, "User identifiers"); another text as it is."""
    found = re.fullmatch(r"@([^:@]+)(?::[^@]*)?", text)
    return text if found is None else found[1]


@cache
def languages_known() -> frozenset[str]:
    """Return the codes of the languages that have names here."""
    codes = locale_texts(SOURCE_LANGUAGE).languages
    return frozenset(code for code in codes if re.fullmatch(r"[a-z]{2,3}", code))


def language_names(codes: Iterable[str]) -> dict[tuple[str, ...], str]:
    """Return the languages of these codes by their names, as words, in each language of the chat."""
    tables = [locale_texts(language).languages for language in LANGUAGES]
    named = ((table.get(code), code) for table in tables for code in sorted(codes))
    return {phrase: code for name, code in named if name is not None and (phrase := words(name))}


def _language_meant(text: str) -> str | None:
    code = re.split(r"[-_]", text.lower())[0]
    if code in languages_known():
        return code
    return _all_languages().get(words(text))


@cache
def _all_languages() -> dict[tuple[str, ...], str]:
    return language_names(languages_known())


@cache
def _country_names() -> dict[str, tuple[str, ...]]:
    tables = [locale_texts(language).territories for language in LANGUAGES]
    return {code: tuple(table[code] for table in tables if code in table) for code in sorted(COUNTRIES)}


def _zone_meant(text: str) -> str | None:
    """Return the zone of that name without regard to capitals, or of that city; else one that is spelt nearly so."""
    from rapidfuzz import fuzz, process  # noqa: PLC0415 - as in `community.core.problems`

    wanted = fold(text).strip().replace(" ", "_")
    zones = {fold(name): name for name in sorted(zone_names(), reverse=True)}
    cities = {name.rpartition("/")[2]: name for name in zones if "/" in name}
    names = zones if "/" in wanted else cities
    likely = process.extractOne(wanted, sorted(names), scorer=fuzz.ratio, score_cutoff=_ZONE_LIKENESS)
    if likely is None:
        return None
    return zones[likely[0] if names is zones else cities[likely[0]]]


def _username_meant(text: str) -> str | None:
    name = ".".join(fold(localpart(text)).split())
    return name if is_username(name) else None
