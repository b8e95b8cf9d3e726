"""Codes of countries and languages that have the form of one, and are none: ZZ, UK, zz. Pure.

They are valid to the models, so that what was stored before is still read; where they are written anew, these faults
refuse them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from community.core.messages import Message, msg
from community.description.code_names import code_meant
from community.description.directory_model import Directory
from community.description.faults import COMMUNITY, DIRECTORY, Fault
from community.description.iso_codes import COUNTRIES, LANGUAGES_OF_TWO_LETTERS
from community.description.model import Community
from community.description.yaml_text import Path


def community_code_faults(community: Community) -> Iterator[Fault]:
    """Yield the faults of the countries and languages of a community, its cities and its members."""
    for i, city in enumerate(community.cities):
        if city.country not in COUNTRIES:
            yield Fault(COMMUNITY, ("cities", i, "country"), _no_country(city.country))
    yield from _languages(COMMUNITY, (), community.languages)
    for name in ("cities", "members"):
        for i, entry in enumerate(getattr(community, name)):
            yield from _languages(COMMUNITY, (name, i), entry.languages)


def directory_code_faults(directory: Directory) -> Iterator[Fault]:
    """Yield the faults of the languages of contacts and resources."""
    for name in ("contacts", "resources"):
        for i, entry in enumerate(getattr(directory, name)):
            yield from _languages(DIRECTORY, (name, i), entry.languages)


def _languages(file: str, path: Path, codes: Iterable[str]) -> Iterator[Fault]:
    for index, code in enumerate(codes):
        if len(code) == len("fr") and code not in LANGUAGES_OF_TWO_LETTERS:
            what = msg("“{value}” is no language's code (ISO 639)", value=code)
            yield Fault(file, (*path, "languages", index), what)


def _no_country(code: str) -> Message:
    what = msg("“{value}” is no country's code (ISO 3166)", value=code)
    likely = code_meant("country", code)
    return what if likely is None else msg("{what}; did you mean “{likely}”?", what=what, likely=likely)
