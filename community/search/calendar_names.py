"""How the names of a community's themes, cohorts and countries are meant in a question to its calendar. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from community.core.words import words
from community.description.model import Community
from community.search import word_tables
from community.search.everyday import known_phrase
from community.search.meanings import Meanings, Sort, Stems
from community.search.network_words import theme_names


@dataclass(frozen=True, slots=True)
class CalendarNames:
    """The phrases (stems) that are a theme's own name, and the keys of cohorts by their cities, and by their number.

    A cohort has a number where its name in any language says so, and no other has the same: “Second cohort”.
    """

    themes: frozenset[Stems]
    cohorts: Mapping[frozenset[str], str]
    numbered: Mapping[str, str]

    @classmethod
    def of(cls, community: Community) -> CalendarNames:
        """Return the names of a community."""
        cohorts = {frozenset(cohort.cities): cohort.key for cohort in community.cohorts}
        return cls(frozenset(map(known_phrase, theme_names(community))), cohorts, _numbered(community))

    def cohort(self, meanings: Meanings) -> str | None:
        """Return the cohort whose name has these meanings: all its cities; None where it is no cohort's."""
        cities = frozenset(meaning.key for meaning in meanings if meaning.sort is Sort.CITY)
        return self.cohorts.get(cities) if len(cities) > 1 else None

    def numbered_cohort(self, said: Sequence[str]) -> NumberedCohort | None:
        """Return the cohort that some words name by its number in any language; None where they name none so."""
        named = [(at, number) for at, numbers in _numbered_at(said) for number in numbers]
        known = ((at, self.numbered[number]) for at, number in named if number in self.numbered)
        at, key = next(known, (named[0][0] if named else None, None))
        return None if at is None else NumberedCohort(key, frozenset((at, at + 1)))


@dataclass(frozen=True, slots=True)
class NumberedCohort:
    """A cohort by its number, and where its words stand; without a ``key`` where the community has none of it."""

    key: str | None
    at: frozenset[int]


def _numbered(community: Community) -> dict[str, str]:
    found: dict[str, set[str]] = {}
    for cohort in community.cohorts:
        for _language, name in cohort.name:
            for _at, numbers in _numbered_at(words(name)):
                for number in numbers:
                    found.setdefault(number, set()).add(cohort.key)
    return {number: next(iter(keys)) for number, keys in found.items() if len(keys) == 1}


def _numbered_at(said: Sequence[str]) -> list[tuple[int, frozenset[str]]]:
    """Return where a word for a cohort and a number stand side by side, and which number that is."""
    called = word_tables.folded("calendar/cohort")
    found = []
    for at in range(len(said) - 1):
        one, other = said[at : at + 2]
        if one in called or other in called:
            found.append((at, _numbers().get(other if one in called else one, frozenset())))
    return found


@cache
def _numbers() -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for number, texts in word_tables.groups("calendar/ordinals").items():
        for text in texts:
            found.setdefault("".join(words(text)), set()).add(number)
    return {word: frozenset(numbers) for word, numbers in found.items()}
