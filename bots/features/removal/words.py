"""Parses a keeper's request in four languages, such as "remove Peter from Speaking freely". Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from bots.context.phrases import Folded, folded
from community.core.words import words


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


_VERBS = {
    "en": "remove|take|kick|throw|expel|exclude",
    "fr": (
        "retire|retirer|retirez|retires|enleve|enlever|enlevez|exclure|exclus|excluez|expulse|expulser|expulsez|sors|"
        "sortez|sortir"
    ),
    "pt": (
        "remova|remove|remover|retira|retire|retirar|tira|tire|tirar|exclua|exclui|excluir|expulsa|expulse|expulsar"
    ),
    "ar": "ازل|ازيلوا|ازيلي|ازاله|احذف|احذفوا|احذفي|اخرج|اخرجوا|اخرجي|استبعد|اطرد",
}
VERBS = frozenset(word for verbs in _VERBS.values() for word in words(verbs))
"""One of these is in every such wish, as `community.core.words.words` has it."""


def _grammar(polite: str, verbs: str, between: str, article: str) -> _Grammar:
    return _Grammar(
        re.compile(rf"(?:{polite}\s+)?(?:{verbs})\s+"),
        re.compile(rf"\s+(?:{between})"),
        re.compile(rf"(?:{article})"),
    )


_GRAMMARS: Mapping[str, _Grammar] = {
    "en": _grammar(
        r"please,?",
        _VERBS["en"],
        r"(?:out\s+of|from)\s+(?:the\s+)?(?:safe\s+)?(?:(?:room|space)\s+)?",
        r"",
    ),
    "fr": _grammar(
        r"(?:merci\s+de|s'il\s+te\s+plait,?|s'il\s+vous\s+plait,?)",
        _VERBS["fr"],
        r"(?:de\s+l'|de\s+la\s+|du\s+|des\s+|de\s+|d')(?:(?:salon|espace)\s+)?(?:sur\s+|protege\s+)?",
        r"",
    ),
    "pt": _grammar(
        r"por\s+favor,?",
        _VERBS["pt"],
        r"(?:da|do|das|dos|de)\s+(?:(?:sala|espaco)\s+)?(?:segur[ao]\s+)?",
        r"(?:o|a)\s+",
    ),
    "ar": _grammar(
        r"من\s+فضلك[,،]?",
        _VERBS["ar"],
        r"(?:من)\s+(?:(?:ال)?(?:غرفه|مساحه)\s+)?",
        r"",
    ),
}
MOST_READINGS = 8
"""How many places are tried, in each language, where a name may end and that of a room begin."""
_QUOTES = " \t\"'“”„«»‹›.!"
_LETTERS = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ة": "ه", "ى": "ي"})


def readings(text: str, preferred: str) -> tuple[RemovalReading, ...]:
    """Return the possible readings of a text, those in the language ``preferred`` first; none if it is no request."""
    order, said = sorted(_GRAMMARS, key=lambda language: language != preferred), folded(text)
    return tuple(reading for language in order for reading in islice(_of(said, language), MOST_READINGS))


def _of(said: Folded, language: str) -> Iterator[RemovalReading]:
    grammar = _GRAMMARS[language]
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
