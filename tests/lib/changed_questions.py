"""Questions to the calendar with something put in place of what they name: what nothing has, another city."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from bots.features.ask.calendar_findables import Findables
from community.search.calendar_match import Findable
from community.search.calendar_names import CalendarNames
from community.search.calendar_question import CalendarQuestion
from community.search.calendar_reading import CalendarReader
from community.search.language import language_of
from community.search.written_out import written_out
from tests.lib.calendar_asking import calendar_skills, description_of

TODAY = date(2026, 11, 30)
NOWHERE = {
    "en": ("beekeeping", "zorblin", "kitchens"),
    "fr": ("apiculture", "zorblin", "cuisines"),
    "pt": ("apicultura", "zorblim", "cozinhas"),
    "ar": ("النحل", "الزربلين", "المطابخ"),
}
"""What no entry of any network of the tests has: a word of the dictionary, an invented one, a common one."""


@dataclass(frozen=True)
class ReadText:
    """A question as it was read, with its words written out."""

    text: str
    language: str
    question: CalendarQuestion

    def with_words(self, words: str, others: str) -> str:
        """Return the text with other words in place of some."""
        return re.sub(rf"\b{re.escape(words)}\b", others, self.text, flags=re.IGNORECASE)


@cache
def _reader(network: str) -> CalendarReader:
    knowledge = calendar_skills(network).knowledge
    return CalendarReader(knowledge.lexicon, CalendarNames.of(knowledge.community))


@cache
def findables(network: str) -> dict[str, Findable]:
    """Return the entries of a network's calendar as they are found, with all their details."""
    knowledge = calendar_skills(network).knowledge
    names = tuple(knowledge.calendar.names)
    return {name.split("/")[-1]: one for name, one in Findables(knowledge).of(names, names).items()}


def read_text(question: dict[str, Any]) -> ReadText | None:
    """Return a question as it is read by itself; None where it asks nothing of the calendar."""
    network = question.get("as", {}).get("network", "")
    language = language_of(question["say"], "en")
    text = written_out(question["say"], language).lower()
    read = _reader(network).read(text, "en", TODAY)
    return None if read is None or language not in NOWHERE else ReadText(text, language, read)


def without_subject(read: ReadText) -> Iterator[str]:
    """Yield the question with each of the words that say which entries are meant as what nothing in a calendar has."""
    for word in dict.fromkeys(word for part in read.question.about for word in part.words.split()):
        for other in NOWHERE[read.language]:
            changed = read.with_words(word, other)
            if changed != read.text:
                yield changed


def in_other_cities(read: ReadText, network: str) -> Iterator[tuple[str, str]]:
    """Yield the key of each other city, and the question with it in place of the one it names."""
    if len(read.question.cities) != 1:
        return
    cities = description_of(network).community.city
    named = cities[next(iter(read.question.cities))].name.text(read.language)
    for key, city in cities.items():
        changed = read.with_words(named, city.name.text(read.language))
        if changed != read.text:
            yield key, changed
