"""How the names of a community's themes, cohorts and countries are meant in a question to its calendar. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from community.description.model import Community
from community.search.everyday import known_phrase
from community.search.meanings import Meanings, Sort, Stems
from community.search.network_words import theme_names


@dataclass(frozen=True, slots=True)
class CalendarNames:
    """The phrases (stems) that are a theme's own name, and the keys of cohorts by their cities."""

    themes: frozenset[Stems]
    cohorts: Mapping[frozenset[str], str]

    @classmethod
    def of(cls, community: Community) -> CalendarNames:
        """Return the names of a community."""
        cohorts = {frozenset(cohort.cities): cohort.key for cohort in community.cohorts}
        return cls(frozenset(map(known_phrase, theme_names(community))), cohorts)

    def cohort(self, meanings: Meanings) -> str | None:
        """Return the cohort whose name has these meanings: all its cities; None where it is no cohort's."""
        cities = frozenset(meaning.key for meaning in meanings if meaning.sort is Sort.CITY)
        return self.cohorts.get(cities) if len(cities) > 1 else None
