"""Parses a keeper's request in four languages, such as "remove Peter from Speaking freely". Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice

from bots.context.phrases import Folded
from bots.context.phrases import folded as folded_text
from community.core.language_folders import LANGUAGES
from community.core.patterns import pattern_of
from community.core.sentence_patterns import any_of, leading
from community.search.word_tables import expanded_in, folded_phrases, phrases_in


@dataclass(frozen=True, slots=True)
class RemovalReading:
    """One way to read a request: remove ``who`` from ``where``, both as they were written in ``language``."""

    language: str
    who: str
    where: str


@dataclass(frozen=True, slots=True)
class _Grammar:
    """The form of a request in one language: its start, what is between person and room, an article before a name."""

    start: re.Pattern[str]
    between: re.Pattern[str]
    article: re.Pattern[str]


VERBS = frozenset(phrase[0] for phrase in folded_phrases("commands/expel"))
"""One of these is in every such wish, as `community.core.words.words` has it."""
MOST_READINGS = 8
"""How many places are tried, in each language, where a name may end and that of a room begin."""
_QUOTES = " \t\"'“”„«»‹›.!"
_LETTERS = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ة": "ه", "ى": "ي"})


@cache
def _grammar(language: str) -> _Grammar:
    verbs, articles = phrases_in(language, "commands/expel"), phrases_in(language, "commands/expel_articles")
    polite, between = (
        any_of(expanded_in(language, f"commands/{name}")) for name in ("expel_polite", "expel_from")
    )
    return _Grammar(
        _plain(rf"(?:{polite},? )?{any_of(verbs)} "),
        _plain(rf" {between}"),
        _plain(rf"{leading(articles)}?"),
    )


def _plain(expression: str) -> re.Pattern[str]:
    return pattern_of(expression.translate(_LETTERS))


def readings(text: str, preferred: str) -> tuple[RemovalReading, ...]:
    """Return the possible readings of a text, those in the language ``preferred`` first; none if it is no request."""
    order, said = sorted(LANGUAGES, key=lambda language: language != preferred), folded_text(text)
    return tuple(reading for language in order for reading in islice(_of(said, language), MOST_READINGS))


def _of(said: Folded, language: str) -> Iterator[RemovalReading]:
    grammar = _grammar(language)
    # Variants of a letter are replaced one by one, so that positions in the text stay valid.
    plain = said.text.translate(_LETTERS)
    start = grammar.start.match(plain)
    if start is None:
        return
    article = grammar.article.match(plain, start.end())
    begin = start.end() if article is None else article.end()
    for between in grammar.between.finditer(plain, begin):
        who = said.between(begin, between.start()).strip(_QUOTES)
        where = said.between(between.end(), len(said.text)).strip(_QUOTES)
        if who and where:
            yield RemovalReading(language, who, where)
