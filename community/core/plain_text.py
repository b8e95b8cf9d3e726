"""Makes other people's text safe to show: without control and direction characters, mentions and pills.

Text of both directions in one line keeps its order by Unicode's isolates (Unicode Standard Annex #9, "Explicit
Directional Isolates"): neither ``dir`` nor ``bdi`` is in Matrix's subset of HTML (spec, "m.room.message msgtypes").
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from community.core.language_folders import LANGUAGE
from community.core.language_folders import language as known

RIGHT_TO_LEFT = frozenset(code for code, one in LANGUAGE.items() if one.right_to_left)
"""Languages that are written from right to left."""
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Characters that are letters, marks or signs to Unicode and that nobody sees."""
_LONGEST = 2000
_WORD_JOINER = "\u2060"
_MARKS_AT_MOST = 4
"""Accents on one letter; more of them run over the lines above and below."""
# What clients turn into a mention or a pill although it is only text. The push rule for @room ignores case.
_MENTION = re.compile(r"(?<![^\W_])@(?=\w)|(?<![^\W_])#(?=\w[^\s:]*:\w)")
_MATRIX_LINK = re.compile(r"matrix(?=\.to|:(?:u|r|roomid)/)", re.IGNORECASE)
_RTL = frozenset({"R", "AL"})
_STRONG = _RTL | {"L"}
_FOREIGN_IN_RTL = frozenset({"L", "EN", "AN"})
_LRM, _RLM, _LRI, _FSI, _PDI = "\u200e", "\u200f", "\u2066", "\u2068", "\u2069"


def clean(text: str, *, longest: int = _LONGEST) -> str:
    """Return ``text`` as `one_line` does, and safe to post.

    ``@room``, ``@user:server``, ``#room:server`` and links to matrix.to are broken by an invisible character, so that
    no client takes them for a mention or shows them as a person.
    """
    line = _MENTION.sub(lambda found: found[0] + _WORD_JOINER, one_line(text, longest=longest))
    return _MATRIX_LINK.sub(lambda found: found[0] + _WORD_JOINER, line)


def one_line(text: str, *, longest: int = _LONGEST) -> str:
    """Return ``text`` on one line, without control, direction and unseen characters, shortened to ``longest``."""
    text = text[: 4 * longest]  # what is left of more than that is not worth the work
    if not text.isascii() or not text.isprintable():
        text = "".join(" " if char.isspace() else char for char in text if _is_harmless(char))
        text = _with_few_marks(text)
    line = " ".join(text.split())
    if len(line) > longest:
        line = line[: longest - 1].rstrip() + "…"
    return line


def shortened(line: str, longest: int) -> str:
    """Return a line that is safe to show, cut to ``longest`` characters; what was isolated in it stays so."""
    if len(line) <= longest:
        return line
    kept = line[: longest - 1].rstrip()
    return f"{kept}…{_PDI * (sum(map(kept.count, (_LRI, _FSI))) - kept.count(_PDI))}"


def isolated(text: str, language: str) -> str:
    """Return ``text``, as a value in a line of ``language``, apart from its surroundings where the direction differs.

    What begins with neither direction (a telephone number) keeps the order in which it is written, left to right. What
    has isolated parts already, such as a list of names, stays as it is.
    """
    if language not in RIGHT_TO_LEFT and text.isascii():
        return text
    foreign = _FOREIGN_IN_RTL if language in RIGHT_TO_LEFT else _RTL
    if _FSI in text or _LRI in text or not any(unicodedata.bidirectional(char) in foreign for char in text):
        return text
    return f"{_FSI}{text}{_PDI}"


def listed(texts: Iterable[str], language: str, *, apart: bool = False) -> str:
    """Return texts one after the other, each isolated, with the comma of ``language`` between them.

    ``apart``: with a dot between blanks, for texts that may have commas of their own.
    """
    return (" · " if apart else known(language).comma).join(isolated(text, language) for text in texts)


def left_to_right(text: str, language: str) -> str:
    """Return ``text`` (a number, an address) in left-to-right order whatever is around it."""
    return f"{_LRI}{text}{_PDI}" if language in RIGHT_TO_LEFT else text


def direction_mark(line: str, language: str) -> str:
    """Return what to put before a line or paragraph so that it runs in the direction of ``language``.

    Clients go by the first letter: a line of Arabic that begins with a Latin name would run from left to right.
    """
    is_rtl = language in RIGHT_TO_LEFT
    first = next((kind for char in line if (kind := unicodedata.bidirectional(char)) in _STRONG), "L")
    if (first in _RTL) == is_rtl:
        return ""
    return _RLM if is_rtl else _LRM


def _is_harmless(char: str) -> bool:
    if char in _BIDI or char in _UNSEEN:
        return False
    return char.isspace() or unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn")


def _with_few_marks(text: str) -> str:
    kept: list[str] = []
    marks = 0
    for char in text:
        marks = marks + 1 if unicodedata.category(char) in ("Mn", "Me") else 0
        if marks <= _MARKS_AT_MOST:
            kept.append(char)
    return "".join(kept)
