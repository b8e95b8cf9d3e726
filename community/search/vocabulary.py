"""The words of the directory, and which of them are similar to a word of a question."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from community.core.words import sound, stem, without_arabic_prefix
from community.search import word_tables
from community.search.spelling import CLOSEST, Spelling

_MOST_SIMILAR = 6


@dataclass(frozen=True, slots=True)
class SimilarWord:
    """A word of the directory that a word of the question may mean.

    ``closeness`` is 1 for the word itself, less for one that is only similar. ``exact``: it is certainly that word.
    """

    word: str
    closeness: float = 1.0
    exact: bool = True


class Vocabulary:
    """The stems in all entries; of those in names also their sound, by which misheard names are found."""

    def __init__(self) -> None:
        self._spelling = Spelling()
        self._sounds: dict[str, Counter[str]] = {}
        self._sounding = Spelling()
        self._answers: dict[str, list[SimilarWord]] = {}

    def __contains__(self, word: str) -> bool:
        return word in self._spelling

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Vocabulary) and (self._spelling, self._sounds) == (
            other._spelling,
            other._sounds,
        )

    __hash__ = None  # type: ignore[assignment]

    def add(self, name: Iterable[str], further: Iterable[str], *, text: Iterable[str], person: bool) -> None:
        """Take in the stems of an entry."""
        for word in (*name, *further, *text):
            self._spelling.add(word)
        for word in name:
            heard = sound(word)
            if len(heard) >= CLOSEST - person:
                if heard not in self._sounds:
                    self._sounds[heard] = Counter()
                self._sounds[heard][word] += 1
                if person:
                    self._sounding.add(heard)

    def remove(
        self, name: Iterable[str], further: Iterable[str], *, text: Iterable[str], person: bool
    ) -> None:
        """Forget the stems of an entry."""
        for word in (*name, *further, *text):
            self._spelling.remove(word)
        for word in name:
            heard = sound(word)
            if len(heard) >= CLOSEST - person:
                if person:
                    self._sounding.remove(heard)
                self._sounds[heard][word] -= 1
                if not self._sounds[heard][word]:
                    del self._sounds[heard][word]
                if not self._sounds[heard]:
                    del self._sounds[heard]

    def similar_words(self, word: str) -> list[SimilarWord]:
        """Return the stems that ``word`` may mean: itself, those near in spelling or sound, those derived from it."""
        answer = self._answers.get(word)
        if answer is None:
            answer = self._answers[word] = self._similar_words(word)
        return answer

    def forget(self) -> None:
        """Forget the words looked up before: they are kept only while one question is answered."""
        self._answers.clear()

    def _similar_words(self, word: str) -> list[SimilarWord]:
        if word in self._spelling:
            alike = self._sounds.get(sound(word), ())
            return [SimilarWord(word), *(SimilarWord(other, 0.7) for other in alike if other != word)][
                :_MOST_SIMILAR
            ]
        if word in word_tables.word_stems("common/everyday"):
            return []
        near = [SimilarWord(found, 0.8, exact=False) for found in self._spelling.nearest(word)]
        if not near and len(word) == CLOSEST:
            short = self._spelling.nearest(word, lenient=True)
            near = [SimilarWord(found, 0.8, exact=False) for found in short if sound(found) in self._sounding]
        near += [SimilarWord(found, 0.8, exact=False) for found in self._heard(word)]
        near += [
            SimilarWord(found, 0.9)
            for form in without_arabic_prefix(word)
            if (found := stem(form)) in self._spelling
        ]
        near += [SimilarWord(found, 0.7, exact=False) for found in self._spelling.longer_or_shorter(word)]
        return list({each.word: each for each in near}.values())[:_MOST_SIMILAR]

    def _heard(self, word: str) -> list[str]:
        heard = sound(word)
        if len(heard) < CLOSEST - 1:
            return []
        if heard in self._sounds:
            return sorted(self._sounds[heard])
        near = self._sounding.nearest(heard, first_letter=False)[:3] if len(heard) > CLOSEST else ()
        return sorted(found for other in near for found in self._sounds.get(other, ()))
