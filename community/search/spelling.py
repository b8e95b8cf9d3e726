"""Finding the known words nearest to a misspelt one, without looking at all of them.

Each known word is filed under its first letters, and under these with any one letter left out (a deletion
neighbourhood, as in SymSpell): two words that differ by one letter have such a key in common. The distance is computed
only for words that share a key.
"""

from __future__ import annotations

from collections.abc import Iterable

from rapidfuzz import process
from rapidfuzz.distance import OSA

CLOSEST = 4
"""Letters that a word must have to be taken for a misspelt one."""
_BEGINNING = 6
"""How many first letters make the keys; a second slip is found only behind them."""


def slips(word: str) -> int:
    """Return how many slips (letter added, lost, wrong, two swapped) a word of that length may have."""
    return 1 if len(word) < 8 else 2


class Spelling:
    """Known words, which are found by a misspelt form. A word that was added twice must be removed twice."""

    def __init__(self, known: Iterable[str] = ()) -> None:
        self._count: dict[str, int] = {}
        self._by_key: dict[str, list[str]] = {}
        for word in known:
            self.add(word)

    def __contains__(self, word: str) -> bool:
        return word in self._count

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Spelling) and (self._count, self._sets()) == (other._count, other._sets())

    def _sets(self) -> dict[str, frozenset[str]]:
        return {key: frozenset(words) for key, words in self._by_key.items()}

    __hash__ = None  # type: ignore[assignment]

    def __len__(self) -> int:
        return len(self._count)

    def add(self, word: str) -> None:
        """Take in a word."""
        self._count[word] = self._count.get(word, 0) + 1
        if self._count[word] == 1 and len(word) >= CLOSEST - 1:
            for key in _keys(word):
                words = self._by_key.get(key)
                if words is None:
                    self._by_key[key] = [word]
                else:
                    words.append(word)

    def remove(self, word: str) -> None:
        """Forget a word that was added; it stays as long as it was added more often."""
        self._count[word] -= 1
        if self._count[word]:
            return
        del self._count[word]
        for key in _keys(word) if len(word) >= CLOSEST - 1 else ():
            self._by_key[key].remove(word)
            if not self._by_key[key]:
                del self._by_key[key]

    def nearest(self, word: str, *, first_letter: bool = True, lenient: bool = False) -> tuple[str, ...]:
        """Return the known words nearest to ``word``, all equally near; none where none is near.

        Another first letter mostly makes another word (parking, walking), so one that is plainly wrong is
        refused; with ``first_letter`` False it counts as any other letter, as names of places and people need it.
        ``lenient``: a short word too may have any slip behind its first letter.
        """
        # Short words have too many neighbours.
        if len(word) < CLOSEST or word.isdecimal():
            return ()
        neighbours = self._neighbours(word)
        if not neighbours:
            return ()
        near = process.extract(word, neighbours, scorer=OSA.distance, score_cutoff=slips(word), limit=8)
        if not near:
            return ()
        fitting = [
            (found, away)
            for found, away, _ in near
            if (not first_letter or begins_alike(word, found))
            and (_long_enough(word, found) or (lenient and word[0] == found[0]))
        ]
        best = min((away for _found, away in fitting), default=0)
        nearest = [found for found, away in fitting if away == best]
        return tuple(sorted(nearest, key=lambda found: (-_common(word, found), -len(found), found)))

    def longer_or_shorter(self, word: str) -> tuple[str, ...]:
        """Return known words of the same beginning and another ending (translate, translation)."""
        if len(word) < 5 or word.isdecimal():
            return ()
        near = {*self._by_key.get(word[:5], ()), *self._by_key.get(word[:_BEGINNING], ())}
        return tuple(sorted(found for found in near if _is_derived(word, found)))[:8]

    def _neighbours(self, word: str) -> list[str]:
        """Return the words that share a key with ``word``."""
        by_key = self._by_key
        return list(set[str]().union(*[by_key[key] for key in _keys(word) if key in by_key]))


def _keys(word: str) -> set[str]:
    beginning = word[:_BEGINNING]
    return {beginning, *[beginning[:at] + beginning[at + 1 :] for at in range(len(beginning))]}


def _common(word: str, found: str) -> int:
    """Return how many letters two words have in common from the beginning: people slip less there."""
    return next(
        (at for at, (one, other) in enumerate(zip(word, found, strict=False)) if one != other), len(word)
    )


def _long_enough(word: str, found: str) -> bool:
    """Whether a word is long enough for any slip.

    In a short word only swapped or doubled letters count as one: any other change makes another word (lane, land).
    """
    return min(len(word), len(found)) > CLOSEST or sorted(word) == sorted(found) or set(word) == set(found)


def begins_alike(word: str, found: str) -> bool:
    """Whether the first letters are the same, swapped, or one was lost or doubled."""
    if min(len(word), len(found)) < 2:
        return False
    return word[0] == found[0] or word[:2] == found[1::-1] or word[0] == found[1] or word[1] == found[0]


def _is_derived(word: str, found: str) -> bool:
    common, longer = _common(word, found), max(len(word), len(found))
    return word != found and common >= 5 and 2 * common >= longer and common >= min(len(word), len(found)) - 3
