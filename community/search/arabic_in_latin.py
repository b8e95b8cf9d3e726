"""Arabic that is written in Latin letters: “nifayat”, “mas2oul”, “3a9ar”. Pure.

Both are taken apart into sounds by `languages/world/letters.yaml`. They are the same word if they have the same
consonants and the Latin one has a vowel wherever the Arabic one writes one; short vowels are in the Latin one only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from functools import cache
from itertools import groupby, islice, product

from community.core.words import fold
from community.search import word_tables

_Sounds = tuple[str, ...]
_Vowels = tuple[_Sounds, ...]
_LEAST = 2
"""Consonants that a word must have: those with fewer are like too many others."""
_MOST_READINGS = 16
"""How many ways to read one word are tried: some letters stand for two sounds."""
_TELLING = 3
"""Consonants after which most words are seen to be no Arabic one."""
_ARTICLE = re.compile(r"^(?:[ae]l|l)(?=[a-z0-9]{3})")
_CONSTRUCT = re.compile(r"[aei]t$")
"""How the ending of a word sounds before another: “nadafet”, of nadafa."""
_FIGURE_IN_WORD = re.compile(r"^(?=.*[a-z].*[a-z])[a-z]*[2356789][a-z0-9]*$")


class LatinArabic:
    """Arabic words, which are found by how they are written in Latin letters."""

    def __init__(self, known: Iterable[str], least: int = _LEAST) -> None:
        """``least``: how many consonants a word must have."""
        self._by_consonants: dict[_Sounds, list[tuple[_Vowels, str]]] = {}
        for word in sorted(known):
            for consonants, vowels in _readings(word.removeprefix("ال")):
                if len(consonants) >= least:
                    self._by_consonants.setdefault(consonants, []).append((vowels, word))
        self._beginnings = frozenset(consonants[:_TELLING] for consonants in self._by_consonants)

    def meant(self, word: str) -> str | None:
        """Return the Arabic word that a Latin one is meant to be, with or without its article; None where none is."""
        forms = dict.fromkeys((word, _ARTICLE.sub("", word), _CONSTRUCT.sub("a", word)))
        found = [each for form in forms for each in self._written_so(form)]
        return min(found)[1] if found else None

    def _written_so(self, form: str) -> Iterator[tuple[int, str]]:
        """Give the words written so, each with how many vowels differ."""
        for consonants, vowels in _readings(form, self._beginnings):
            for written, word in self._by_consonants.get(consonants, ()):
                *between, last = zip(written, vowels, strict=True)
                if all(_fits(*pair) for pair in between) and _fits(*last, at_the_end=True):
                    yield sum(abs(len(one) - len(other)) for one, other in (*between, last)), word


def has_figures_for_letters(word: str) -> bool:
    """Whether a Latin word has figures that stand for Arabic letters, as in “3la”."""
    return bool(_FIGURE_IN_WORD.match(word))


def _fits(written: _Sounds, said: _Sounds, *, at_the_end: bool = False) -> bool:
    """Whether what Latin letters have between two consonants can be said where Arabic ones have ``written``."""
    if not written:
        return len(said) <= (0 if at_the_end else 1)  # a short vowel
    long = [sound for sound, _same in groupby(written) if sound != "stop"]
    left = iter(said)
    return all(sound in left for sound in long)


def _readings(word: str, beginnings: Set[_Sounds] | None = None) -> list[tuple[_Sounds, _Vowels]]:
    """Return the consonants of a word, and the vowels before, between and behind them, in each reading.

    ``beginnings``: the first consonants with which a reading may begin; without it with any.
    """
    letters = list(_letters(word))
    read = islice(product(*letters), _MOST_READINGS) if letters else ()
    found = (_taken_apart(sounds, beginnings) for sounds in read)
    return list(dict.fromkeys(reading for reading in found if reading is not None))


def _taken_apart(sounds: Iterable[str], beginnings: Set[_Sounds] | None) -> tuple[_Sounds, _Vowels] | None:
    among = _vowels()
    consonants: list[str] = []
    vowels: list[list[str]] = [[]]
    for sound in sounds:
        if sound in among:
            vowels[-1].append(sound)
        elif not (consonants and consonants[-1] == sound and not vowels[-1]):  # a doubled letter counts once
            consonants.append(sound)
            vowels.append([])
            if len(consonants) == _TELLING and beginnings is not None and tuple(consonants) not in beginnings:
                return None
    return tuple(consonants), tuple(map(tuple, vowels))


def _letters(word: str) -> Iterator[Sequence[str]]:
    """Give for each letter, or group of letters, of a word which sounds it stands for; nothing where one is unknown."""
    at = 0
    found: list[Sequence[str]] = []
    while at < len(word):
        group = next((word[at : at + n] for n in (2, 1) if word[at : at + n] in _sounds()), None)
        if group is None:
            return
        found.append(_sounds()[group])
        at += len(group)
    yield from found


@cache
def _sounds() -> Mapping[str, Sequence[str]]:
    found: dict[str, list[str]] = {}
    for table in ("consonants", "vowels"):
        for sound, letters in word_tables.world_groups(f"letters/{table}").items():
            for letter in letters:
                found.setdefault(fold(letter), []).append(sound)
    return found


@cache
def _vowels() -> frozenset[str]:
    return frozenset(word_tables.world_groups("letters/vowels"))
