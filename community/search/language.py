"""In which of the languages that have a folder a question was asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from community.core.language_folders import LANGUAGE, LANGUAGES, languages_of_letters
from community.core.words import fold, words
from community.search import word_tables
from community.search.everyday import said_in

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

_LATIN = tuple(code for code, one in LANGUAGE.items() if one.letters == "LATIN")


def language_of(text: str, default: str) -> str:
    """Return the code of a language; ``default`` where the text does not tell."""
    found = words(text)
    among = _of_letters(found) or _LATIN
    if len(among) == 1:
        return among[0]
    counts = {code: _count(code, text, found) for code in LANGUAGES}  # Arabic in Latin letters, too
    best = max(counts.values())
    leading = [code for code, count in counts.items() if count == best]
    if default in leading and best > 0:
        return default
    likely = [code for code in leading if LANGUAGE[code].complete] or leading
    if best > 0 and len(likely) == 1:
        return likely[0]
    # The identifier needs some words to go by.
    return str(_identifier().classify(fold(text))[0]) if len(found) >= 4 else default


def _of_letters(found: Sequence[str]) -> tuple[str, ...]:
    """Return the languages in whose letters at least half of the words are written, Latin letters aside."""
    counts = Counter(code for word in found for code in languages_of_letters(word))
    return tuple(code for code in LANGUAGES if 2 * counts[code] >= len(found) > 0)


def _count(code: str, text: str, found: Sequence[str]) -> float:
    """Return how much in a text tells of a language."""
    everyday = _everyday(code)
    plain = sum(word in everyday for word in found)
    of_subjects = sum(_tells(word, code) for word in found if word not in everyday)
    letters = set(text.casefold())
    own = 2 * (not letters.isdisjoint(word_tables.own_phrases_in(code, "common/own_letters")))
    shared = 0.5 * (not letters.isdisjoint(word_tables.own_phrases_in(code, "common/shared_letters")))
    return plain + of_subjects + own + shared


def _tells(word: str, code: str) -> float:
    """Return how much a word tells of a language: less if others have it too."""
    languages = said_in(word)
    return 1 / len(languages) if code in languages else 0


@cache
def _everyday(code: str) -> frozenset[str]:
    """Return the words of a language that everybody uses in a question."""
    tables = ("common/passed_over", "common/telling")
    return frozenset[str]().union(*(word_tables.folded_in(code, table) for table in tables))


@cache
def _identifier() -> LanguageIdentifier:
    # Imported here, with its model of all languages, because the words of a question mostly tell its language.
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages([code for code in _LATIN if code in identifier.nb_classes])
    return identifier
