"""Whether one title says another: “Library director” says “Director”. Pure."""

from __future__ import annotations

from community.core.words import stems

_OF_EITHER_GENDER = 6
"""Letters from which on two words may differ by gender alone (directrice, directeur)."""


def says(title: str, other: str) -> bool:
    """Whether a title says another too: it begins with the same word, or has all of its words."""
    said, meant = stems(title), stems(other)
    return bool(said and meant) and (_same(said[0], meant[0]) or _has_all(said, meant))


def says_more(title: str, other: str) -> bool:
    """Whether a title has all words of another, and more."""
    said, meant = stems(title), stems(other)
    return bool(meant) and len(said) > len(meant) and _has_all(said, meant)


def _has_all(said: tuple[str, ...], meant: tuple[str, ...]) -> bool:
    return all(any(_same(word, one) for one in said) for word in meant)


def _same(word: str, other: str) -> bool:
    beginning = word[:_OF_EITHER_GENDER]
    return word == other or (len(beginning) == _OF_EITHER_GENDER and other.startswith(beginning))
