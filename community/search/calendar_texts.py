"""What the texts of an entry of the calendar say: its title, what is to be handed in, where. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from community.core.language_folders import LANGUAGES
from community.core.languages import SOURCE_LANGUAGE
from community.core.words import stem, words
from community.description.fields import Localized
from community.search.calendar_words import kind_stems, labels_of
from community.search.language import language_of
from community.search.lexicon import Lexicon
from community.search.meanings import Concept, Meanings, Sort
from community.search.reading import phrases_in, tokens_of
from community.search.word_file_tables import CALENDAR_KINDS


@dataclass(frozen=True, slots=True)
class TextRead:
    """What the texts of an entry say: their stems, what they mean, the labels of `things`, the kinds.

    ``cities`` are those that are named by themselves, and not by the name of a cohort or a part of the world.
    """

    stems: frozenset[str]
    meanings: Meanings
    labels: frozenset[str]
    kinds: frozenset[str]
    cities: frozenset[str]


def text_read(texts: Iterable[Localized], lexicon: Lexicon) -> TextRead:
    """Return what some texts say, in all their languages."""
    stems: set[str] = set()
    meanings: set[Concept] = set()
    labels: set[str] = set()
    kinds: set[str] = set()
    cities: set[str] = set()
    for said_in, text in (pair for localized in texts for pair in localized):
        # What was said in chat is one text for all languages.
        language = said_in if said_in in LANGUAGES else language_of(text, SOURCE_LANGUAGE)
        said = words(text)
        own = tuple(map(stem, said))
        stems.update(own)
        for phrase in phrases_in(tokens_of(said, frozenset(), lexicon), lexicon, language):
            meanings.update(() if phrase.guessed else phrase.meanings)
            named = {meaning.key for meaning in phrase.meanings if meaning.sort is Sort.CITY}
            cities.update(named if len(named) == 1 else ())
        labels.update(label for part in parts_of(own) for label in labels_of(part))
        kinds.update(kind for part in parts_of(own) for kind in kinds_of(part))
    return TextRead(
        frozenset(stems), frozenset(meanings), frozenset(labels), frozenset(kinds), frozenset(cities)
    )


_LONGEST = 3


def parts_of(stems: Sequence[str]) -> Iterable[tuple[str, ...]]:
    """Return all phrases of up to three words in a row."""
    return (
        tuple(stems[at : at + length])
        for length in range(1, _LONGEST + 1)
        for at in range(len(stems) - length + 1)
    )


@cache
def _by_phrase() -> Mapping[tuple[str, ...], frozenset[str]]:
    found: dict[tuple[str, ...], set[str]] = {}
    for kind in CALENDAR_KINDS:
        for phrase in kind_stems(kind):
            found.setdefault(phrase, set()).add(kind)
    return {phrase: frozenset(kinds) for phrase, kinds in found.items()}


def kinds_of(phrase: tuple[str, ...]) -> frozenset[str]:
    """Return the kinds of entries that some stems are a word for."""
    return _by_phrase().get(phrase, frozenset())
