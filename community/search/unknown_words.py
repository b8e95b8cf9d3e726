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
class UnknownWords:
    """The words without a known meaning, and the topics of no theme.

    ``scores``: what they add to the score of each entry. The others say which entries certainly have each of them;
    ``beside``: of those words that stand beside what is asked for. ``unheard`` has the words that no entry has, and
    ``beside_unheard`` those of them that stand beside what is asked for.
    """

    unheard: tuple[str, ...]
    beside_unheard: tuple[str, ...]
    scores: Scores
    words: Sequence[Marks]
    beside: Sequence[Marks]
    topics: Sequence[Marks]

    @classmethod
    def of(cls, index: EntryIndex, question: Question) -> UnknownWords:
        """Look the words up."""
        # A word of two letters that no entry has is a slip, not a subject.
        words = [word for word in question.rest if len(word) > 2 or is_arabic(word) or index.knows(word)]
        found = [index.found(word) for word in words]
        topics = [index.topic(topic) for topic in sorted(question.loose)]
        scores = np.zeros(len(index), np.float32)
        for each in (*(one.scores for one in found), *topics):
            scores += each + _COVERED * (each > 0)
        beside = [each.sure for word, each in zip(words, found, strict=True) if word in question.beside]
        unheard = tuple(
            word
            for word, each in zip(words, found, strict=True)
            if not each.sure.any() and word not in word_tables.word_stems("common/everyday")
        )
        beside_unheard = tuple(word for word in unheard if word in question.beside)
        return cls(
            unheard,
            beside_unheard,
            scores,
            [each.sure for each in found],
            beside,
            [each > 0 for each in topics],
        )

    def had(self) -> Marks:
        """Return which entries have one of them."""
        none = np.zeros(len(self.scores), np.bool_)
        found: Marks = np.logical_or.reduce([none, *self.words, *self.topics])
        return found

    def with_theme_and_place(self, fits: Marks, rivals: Marks) -> Marks:
        """Return which entries may be asserted where a theme and a place were named.

        ``fits``: the entries that have all else that was asked for; ``rivals``: those of the place.
        """
        known = [marks for marks in (*self.words, *self.topics) if marks.any()]
        if not known:
            return self._all()
        every: Marks = _count(known) == len(known)
        others = rivals & ~fits & (_count(known) > 0)
        return every if (fits & every).any() or others.any() else self._all()

    def with_theme(self) -> Marks:
        """Return which entries may be asserted where a theme or role was named, but no place."""
        words = [marks for marks in self.words if marks.any()]
        needed = [*words, *self.topics, *(marks for marks in self.beside if not marks.any())]
        every: Marks = _count(needed) == len(needed) if needed else self._all()
        return every

    def alone(self) -> Marks:
        """Return which entries may be asserted where nothing but these words says what is asked for."""
        needed = [*self.words, *self.topics]
        most: Marks = _count(needed) * 2 > len(needed) if needed else self._all()
        return most

    def _all(self) -> Marks:
        return np.ones(len(self.scores), np.bool_)


def _count(marks: Sequence[Marks]) -> NDArray[np.int16]:
    count: NDArray[np.int16] = np.add.reduce([mark.astype(np.int16) for mark in marks])
    return count
