"""Reading several of one weekday in a month, in one language: “the first and third Thursday”. Pure."""

from __future__ import annotations

from community.search.when.day_reader import NTH, nth_weekday
from community.search.when.when_words import WhenWords


def nth_weekdays(words: WhenWords, at: int) -> tuple[tuple[int, ...], int, int] | None:
    """Read several of one weekday: “the first and third Thursday”, “les 1er et 3e jeudis”, “الخميس الأول والثالث”."""
    found: list[int] = []
    weekday: int | None = None
    end, place = at, at
    while len(found) < len(NTH):
        one = nth_weekday(words, place)
        start = words.past(place, "small")
        alone = words.number(start, "nth" if weekday is None else "nth_behind")
        if one is not None and weekday in (None, one[1]):
            nth, weekday, end = one
        elif alone is not None:
            nth, end = NTH[alone[0] - 1], alone[1]
        else:
            break
        found.append(nth)
        comma = words.past_comma(end)
        place = words.end(comma, "and") or comma
        if place == end and not words.is_joined(end):
            break
    return None if weekday is None or len(found) < 2 else (tuple(dict.fromkeys(found)), weekday, end)
