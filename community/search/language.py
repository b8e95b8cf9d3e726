"""In which of the languages that have a folder a question was asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

from community.core.language_folders import LANGUAGE, LANGUAGES, languages_of_letters
from community.core.words import fold, words
from community.search import word_tables
from community.search.everyday import said_in

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

_OWN_LETTER = 2
"""How many words of a language one of its letters is worth."""
"""What something tells of the language of a text."""
_LATIN = tuple(code for code, one in LANGUAGE.items() if one.letters == "LATIN")


def language_of(text: str, default: str) -> str:
    """Return the code of a language; ``default`` where the text does not tell."""
    found = words(text)
    among = _of_letters(found) or _LATIN
    if len(among) == 1:
        return among[0]
    counts = _counts(text, found)  # Arabic in Latin letters, too
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
    if all(map(str.isascii, found)):
        return ()
    counts = Counter(code for word in found for code in languages_of_letters(word))
    return tuple(code for code in LANGUAGES if 2 * counts[code] >= len(found) > 0)


def _counts(text: str, found: Sequence[str]) -> dict[str, float]:
    """Return how much in a text tells of each language: a word of a subject tells less if others have it too."""
    plain: dict[str, float] = dict.fromkeys(LANGUAGES, 0)
    of_subjects: dict[str, float] = dict.fromkeys(LANGUAGES, 0)
    everyday = _everyday()
    for word in found:
        using = everyday.get(word, ())
        for code in using:
            plain[code] += 1
        languages = said_in(word)
        for code in languages:
            if code not in using:
                of_subjects[code] += 1 / len(languages)
    letters = _letters()
    for code in {known for letter in set(text.casefold()) for known in letters.get(letter, ())}:
        plain[code] += _OWN_LETTER
    return {code: plain[code] + of_subjects[code] for code in LANGUAGES}


@cache
def _everyday() -> Mapping[str, Sequence[str]]:
    """Return the languages in which everybody uses a word in a question, by the word."""
    return _by_each(
        (word, code)
        for code in LANGUAGES
        for table in ("common/passed_over", "common/telling")
        for word in word_tables.folded_in(code, table)
    )


@cache
def _letters() -> Mapping[str, Sequence[str]]:
    """Return the languages that a letter shows."""
    return _by_each(
        (letter, code)
        for code in LANGUAGES
        for letter in word_tables.own_phrases_in(code, "common/own_letters")
    )


def _by_each(pairs: Iterable[tuple[str, str]]) -> Mapping[str, Sequence[str]]:
    found: dict[str, dict[str, None]] = {}
    for key, code in pairs:
        found.setdefault(key, {})[code] = None
    return {key: tuple(several) for key, several in found.items()}


@cache
def _identifier() -> LanguageIdentifier:
    # Imported here, with its model of all languages, because the words of a question mostly tell its language.
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages([code for code in _LATIN if code in identifier.nb_classes])
    return identifier
