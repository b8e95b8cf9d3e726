"""Words as they are compared: without case, accents, punctuation and plurals."""

from __future__ import annotations

import re
import unicodedata

_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ɔ": "o", "ɛ": "e", "’": "'"})
_ELISION = re.compile(r"\b(?:[cdjlmnst]|qu|jusqu|lorsqu)'(?=\w)")
_WORD = re.compile(r"[^\W_]+")
_LONGEST = 2000


def fold(text: str) -> str:
    """Return ``text`` in lower case, without accents, with ligatures undone."""
    decomposed = unicodedata.normalize("NFKD", text[:_LONGEST].casefold().translate(_LIGATURES))
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def words(text: str) -> tuple[str, ...]:
    """Return the folded words of ``text`` in order; French elisions (l', d', qu') are dropped."""
    return tuple(_WORD.findall(_ELISION.sub("", fold(text))))


def stem(word: str) -> str:
    """Return a folded word without a French or English plural ending."""
    if len(word) > 4 and word.endswith("ies"):
        return f"{word[:-3]}y"
    if len(word) > 4 and word.endswith("eaux"):
        return word[:-1]
    if len(word) > 4 and word.endswith("aux"):
        return f"{word[:-3]}al"
    if len(word) > 3 and word[-1] in "sx" and not word.endswith("ss"):
        return word[:-1]
    return word


def stems(text: str) -> tuple[str, ...]:
    """Return the stems of the words of ``text``."""
    return tuple(stem(word) for word in words(text))
