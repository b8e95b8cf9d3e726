"""Text that is compared without case, accents and vowel signs, and of which the original part can be had. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from community.core.words import fold_letter

LONGEST = 4000
"""Letters of a message that are read, before and after folding; a summary may have 2,000.

One letter may be folded to eighteen (ﷺ), so the folded text has its own bound.
"""


@dataclass(frozen=True, slots=True)
class Folded:
    """A text with its folded form; ``starts`` says for each folded letter where it comes from."""

    original: str
    text: str
    starts: tuple[int, ...]

    def span(self, match: re.Match[str], group: str | int) -> str:
        """Return the original text of a group of a match, without the blanks around it; empty where it is absent."""
        start, end = match.span(group)
        return self.between(start, end) if start >= 0 else ""

    def between(self, start: int, end: int) -> str:
        """Return the original text from one folded position to another, without the blanks around it."""
        last = len(self.original) if end >= len(self.starts) else self.starts[end]
        first = len(self.original) if start >= len(self.starts) else self.starts[start]
        return self.original[first:last].strip()


def folded(text: str) -> Folded:
    """Return ``text``, its blanks and line ends as single spaces, with its folded form."""
    original = unicodedata.normalize("NFC", " ".join(text[:LONGEST].split()))
    letters = ((char, start) for start, old in enumerate(original) for char in _fold(old))
    pairs = list(islice(letters, LONGEST))
    return Folded(original, "".join(char for char, _ in pairs), tuple(start for _, start in pairs))


_fold = lru_cache(4096)(fold_letter)
