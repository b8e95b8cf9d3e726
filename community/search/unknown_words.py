"""What the unknown words of a question say of each entry, and whether they make an answer uncertain. Pure.

A word that no entry has says nothing against an answer that has the theme and the place asked for: people write words
of politeness, of other languages and with slips that no list has. A word that some entry has may name a narrower
subject. There it makes the answer uncertain only if another entry of the place has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from community.core.words import is_arabic
from community.search import word_tables
from community.search.asked import Question
from community.search.entry_index import EntryIndex, Marks, Scores

_COVERED = 2.0
"""Score for each word of the question in an entry, so that two common words count more than one rare one."""


@dataclass(frozen=True, slots=True)
class UnknownWord:
    """A stem, and which entries certainly have it.

    ``heard``: some entry has it; ``near``: it or a word like it. ``beside``: it stands beside what is asked for.
    ``silent``: nothing is said of it where nothing has it, as of a verb. ``everyday``: it says little of what is asked
    ("day", "time"), or nothing.
    """

    stem: str
    entries: Marks
    heard: bool
    near: bool
    beside: bool
    silent: bool
    everyday: bool
    ordinary: bool


@dataclass(frozen=True, slots=True)
class UnknownWords:
    """The words without a known meaning, which entries have each of the topics of no theme, and what both score."""

    words: tuple[UnknownWord, ...]
    topics: tuple[Marks, ...]
    scores: Scores

    @classmethod
    def of(cls, index: EntryIndex, question: Question) -> UnknownWords:
        """Look the words up."""
        # A word of two letters that no entry has is a slip, not a subject.
        stems = [word for word in question.rest if len(word) > 2 or is_arabic(word) or index.knows(word)]
        found = [index.found(word) for word in stems]
        topics = [index.topic(topic) for topic in sorted(question.loose)]
        scores = np.zeros(len(index), np.float32)
        for numbers, each in (
            *((one.numbers, one.scores) for one in found),
            *((np.flatnonzero(each), each) for each in topics),
        ):
            scores[numbers] += each[numbers] + _COVERED
        # What is said of a place outside the network is said elsewhere.
        silent = question.behind_who | set(question.places)
        everyday = word_tables.word_stems("common/everyday")
        words = (
            UnknownWord(
                word,
                one.sure,
                heard=bool(one.sure.any()),
                near=len(one.numbers) > 0,
                beside=word in question.beside,
                silent=word in silent,
                everyday=word in question.ordinary or word in everyday,
                ordinary=word in question.ordinary,
            )
            for word, one in zip(stems, found, strict=True)
        )
        return cls(tuple(words), tuple(each > 0 for each in topics), scores)

    def had(self) -> Marks:
        """Return which entries have one of them."""
        found = np.zeros(len(self.scores), np.bool_)
        for marks in (*(word.entries for word in self.words), *self.topics):
            found |= marks
        return found

    def not_understood(self, *, certain: bool) -> tuple[str, ...]:
        """Return the words that matter and that no entry has, nor one like it.

        Beside an answer that is ``certain`` only a word that narrows what is asked for matters, if no other was found.
        """
        if certain and any(word.near for word in self.words):
            return ()
        unknown = (word for word in self.words if not (word.near or word.everyday or word.silent))
        return tuple(word.stem for word in unknown if word.beside or not certain)

    def with_theme_and_place(self, fits: Marks, rivals: Marks) -> Marks:
        """Return which entries may be asserted where a theme and a place were named.

        ``fits``: the entries that have all else that was asked for; ``rivals``: those of the place.
        """
        topics = [marks for marks in self.topics if marks.any()]
        known = [*(word.entries for word in self.words if word.heard), *topics]
        if not known:
            return self._all()
        every: Marks = self._at_least(known, len(known))
        telling = [*(word.entries for word in self.words if word.heard and not word.everyday), *topics]
        others = rivals & ~fits & self._at_least(telling, 1) if telling else rivals & False
        return every if (fits & every).any() or others.any() else self._all()

    def with_theme(self, *, narrowed: bool) -> Marks:
        """Return which entries may be asserted where a theme or role was named, but no place.

        ``narrowed``: a part of the theme was named, and an entry has it.
        """
        heard = [*(word.entries for word in self.words if word.heard and not word.ordinary), *self.topics]
        needed = heard if narrowed else self._needed()
        return self._at_least(needed, len(needed))

    def alone(self, *, placed: bool) -> Marks:
        """Return which entries may be asserted where these words are all that says what is asked for.

        ``placed``: a place was named too.
        """
        heard = any(word.heard and not word.everyday for word in self.words) or bool(self.topics)
        telling = [*(word.entries for word in self.words if not word.ordinary), *self.topics]
        every = telling or [word.entries for word in self.words]
        needed = self._needed() if placed and heard else every
        return self._at_least(needed, len(needed) // 2 + 1)

    def _needed(self) -> list[Marks]:
        """Return which entries have each word and topic, but for words that no entry has and that narrow nothing."""
        telling = (word for word in self.words if not word.ordinary)
        return [*(word.entries for word in telling if word.heard or word.beside), *self.topics]

    def _at_least(self, marks: Sequence[Marks], count: int) -> Marks:
        """Return which entries have at least so many; all where there are no ``marks``."""
        if not marks:
            return self._all()
        if len(marks) == 1:
            return marks[0]
        counts: NDArray[np.int16] = np.add.reduce([mark.astype(np.int16) for mark in marks])
        return counts >= count

    def _all(self) -> Marks:
        return np.ones(len(self.scores), np.bool_)
