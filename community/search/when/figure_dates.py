"""Reading dates that are written in figures alone out of a message in one language. Pure."""

from __future__ import annotations

from community.search.when.when_parts import DateSaid, FiguresSaid
from community.search.when.when_tokens import DASH
from community.search.when.when_words import WhenWords

_FIRST_YEAR = 1990


def iso(words: WhenWords, at: int) -> tuple[DateSaid, int] | None:
    """Read 2027-01-05, 2027/01/05, 2027.01.05: with the year before it the month is never behind the day."""
    year, month, number = (words.digits(at + step) for step in (0, 2, 4))
    parted = any(
        words.sign(at + 1, sign, glued=True) and words.sign(at + 3, sign, glued=True)
        for sign in (DASH, "/", ".")
    )
    if year is None or month is None or number is None or not parted or year < _FIRST_YEAR:
        return None
    # The T between day and time of ISO 8601 is no word.
    behind = at + 5
    return DateSaid(number, month, year), behind + words.sign(behind, ("t",), glued=True)


def figures(words: WhenWords, at: int) -> tuple[FiguresSaid, int] | None:
    """Read 3/4, 3/4/2027, 3.4.2027, 3-4-2027; with dots or dashes only where a year follows."""
    first, second = words.digits(at, most=2), words.digits(at + 2, most=2)
    mark = words.tokens[at + 1].text if at + 1 < len(words.tokens) else ""
    if first is None or second is None or mark not in ("/", ".", DASH) or not words.tokens[at + 1].is_glued:
        return None
    end = at + 3
    if words.sign(end, (mark,), glued=True):
        year = words.digits(end + 1, most=4, glued=True)
        return None if year is None else (FiguresSaid(first, second, year), end + 2)
    return (FiguresSaid(first, second), end) if mark == "/" else None
