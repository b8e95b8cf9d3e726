"""Which entries have what: sorted numbers of entries per word, theme, city …, as compact arrays."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, KeysView

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int32]
NONE: Numbers = np.empty(0, np.int32)


class Postings:
    """For each key the numbers of the entries that have it, in order."""

    def __init__(self) -> None:
        self._numbers: dict[str, array[int]] = {}

    def __contains__(self, key: str) -> bool:
        return key in self._numbers

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Postings) and self._numbers == other._numbers

    __hash__ = None  # type: ignore[assignment]

    def add(self, key: str, number: int) -> None:
        """Note that the entry with that number has ``key``."""
        numbers = self._numbers.setdefault(key, array("i"))
        if not numbers or numbers[-1] < number:
            numbers.append(number)
            return
        at = bisect_left(numbers, number)
        if numbers[at] != number:
            numbers.insert(at, number)

    def remove(self, key: str, number: int) -> None:
        """Note that the entry with that number has ``key`` no longer."""
        numbers = self._numbers[key]
        del numbers[bisect_left(numbers, number)]
        if not numbers:
            del self._numbers[key]

    def keys(self) -> KeysView[str]:
        """The keys that some entry has."""
        return self._numbers.keys()

    def of(self, key: str) -> Numbers:
        """Return the numbers of the entries that have ``key``; a view, to be let go before anything is added."""
        numbers = self._numbers.get(key)
        return NONE if numbers is None else np.frombuffer(numbers, np.int32)

    def count(self, key: str) -> int:
        """Return how many entries have ``key``."""
        return len(self._numbers.get(key, ()))

    def any_of(self, keys: Iterable[str]) -> list[Numbers]:
        """Return the numbers for each of ``keys`` that some entry has."""
        return [self.of(key) for key in keys if key in self._numbers]
