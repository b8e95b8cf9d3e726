"""Whether the words of a question whose meaning is unknown make an answer uncertain. Pure.

A word that no entry has says nothing against an answer that has the theme and the place asked for: people write words
of politeness, of other languages and with slips that no list has. A word that some entry has may name a narrower
subject. It makes the answer uncertain only if another entry of the place has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from community.search.entry_index import Marks


@dataclass(frozen=True, slots=True)
class Evidence:
    """Which entries certainly have each of the words and topics that are of no theme.

    ``beside`` are those of the words that stand beside what is asked for. ``fits``: the entries that have everything else asked for. ``there``: those in the place asked for, if one is.
    ``rivals``: those of the kind asked for that may be meant instead of one that fits.
    """

    words: Sequence[Marks]
    beside: Sequence[Marks]
    topics: Sequence[Marks]
    fits: Marks
    rivals: Marks

    def with_theme_and_place(self) -> Marks:
        """Return which entries may be asserted where a theme and a place were named."""
        had = self._known
        if not had:
            return np.ones(len(self.fits), np.bool_)
        count = _count(had)
        if (self.fits & (count == len(had))).any():
            return count == len(had)
        others = self.rivals & ~self.fits & (count > 0)
        return count == len(had) if others.any() else np.ones(len(self.fits), np.bool_)

    def with_theme(self) -> Marks:
        """Return which entries may be asserted where a theme or role was named, but no place."""
        words = [marks for marks in self.words if marks.any()]
        had = [*words, *self.topics, *(marks for marks in self.beside if not marks.any())]
        return _count(had) == len(had) if had else np.ones(len(self.fits), np.bool_)

    def alone(self) -> Marks:
        """Return which entries may be asserted where nothing but these words says what is asked for."""
        had = [*self.words, *self.topics]
        return _count(had) * 2 > len(had) if had else np.ones(len(self.fits), np.bool_)

    @property
    def _known(self) -> list[Marks]:
        """The words and topics that some entry has."""
        return [marks for marks in (*self.words, *self.topics) if marks.any()]


def _count(marks: Sequence[Marks]) -> np.ndarray[tuple[int, ...], np.dtype[np.int16]]:
    return np.add.reduce([mark.astype(np.int16) for mark in marks])
