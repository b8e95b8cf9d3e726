"""Codes of countries and languages that have the form of one, and are none: ZZ, UK, zz. Pure.

They are valid to the models, so that what was stored before is still read; where they are written anew, these faults
refuse them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from community.core.messages import Message, msg
from community.description.calendar_model import Calendar
from community.description.code_names import code_meant
from community.description.described import Described
from community.description.directory_model import Directory
from community.description.faults import CALENDAR, COMMUNITY, DIRECTORY, Fault
from community.description.fields import Localized
from community.description.iso_codes import COUNTRIES, LANGUAGES_OF_TWO_LETTERS
from community.description.model import Community
from community.description.yaml_text import Path


def code_faults(community: Community, directory: Directory, calendar: Calendar) -> Iterator[Fault]:
    """Yield the faults of the countries and languages in all parts of a description."""
    for i, city in enumerate(community.cities):
        if city.country not in COUNTRIES:
            yield Fault(COMMUNITY, ("cities", i, "country"), _no_country(city.country))
    yield from _languages(COMMUNITY, (), community)
    for name in ("cities", "cohorts", "themes", "roles", "rooms", "members"):
        yield from _of_entries(COMMUNITY, name, getattr(community, name))
    yield from directory_code_faults(directory)
    yield from calendar_code_faults(calendar)


def calendar_code_faults(calendar: Calendar) -> Iterator[Fault]:
    """Yield the faults of the languages of events and deadlines."""
    for name in ("events", "deadlines"):
        yield from _of_entries(CALENDAR, name, getattr(calendar, name))


def directory_code_faults(directory: Directory) -> Iterator[Fault]:
    """Yield the faults of the languages of contacts, resources and projects."""
    for name in ("contacts", "resources", "projects"):
        yield from _of_entries(DIRECTORY, name, getattr(directory, name))


def _of_entries(file: str, name: str, entries: Iterable[Described]) -> Iterator[Fault]:
    for i, entry in enumerate(entries):
        yield from _languages(file, (name, i), entry)


def _languages(file: str, path: Path, entry: Described) -> Iterator[Fault]:
    """Yield the faults of the languages of an entry, and of those that its texts and words are in."""
    for field, value in entry:
        if field == "languages":
            codes: Iterable[tuple[int | str, str]] = enumerate(value)
        elif isinstance(value, Localized) or field == "words":
            codes = ((code, code) for code, _ in (value if isinstance(value, Localized) else value.items()))
        else:
            continue
        for part, code in codes:
            if len(code) == len("fr") and code not in LANGUAGES_OF_TWO_LETTERS:
                yield Fault(
                    file, (*path, field, part), msg("“{value}” is no language's code (ISO 639)", value=code)
                )


def _no_country(code: str) -> Message:
    what = msg("“{value}” is no country's code (ISO 3166)", value=code)
    likely = code_meant("country", code)
    return what if likely is None else msg("{what}; did you mean “{likely}”?", what=what, likely=likely)
