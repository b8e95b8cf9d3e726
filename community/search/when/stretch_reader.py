"""Reading weeks, months and years out of a message in one language. Pure."""

from __future__ import annotations

from community.search.when.day_reader import MONTH, WEEK, YEAR
from community.search.when.when_parts import StretchSaid
from community.search.when.when_words import WhenWords


def stretch(words: WhenWords, at: int) -> tuple[StretchSaid, int] | None:
    """Read a week or month: “next week”, “le mois prochain”, “in March”, “cette semaine”."""
    opened = words.end(at, "in_stretch") or at
    places = dict.fromkeys((at, opened, words.past(opened, "small")))
    found = (_unit_ahead(words, place) for place in places)
    return next((each for each in found if each is not None), None) or _month(words, at)


def _unit_ahead(words: WhenWords, place: int) -> tuple[StretchSaid, int] | None:
    for table, ahead in (("next", 1), ("nearest", 1), ("this", 0)):
        before = words.end(place, table)
        unit = words.number(place if before is None else before, "units")
        if unit is None or unit[0] not in (WEEK, MONTH, YEAR):
            continue
        if before is not None:
            return StretchSaid(unit[0], ahead), unit[1]
        behind = words.end(unit[1], table)
        if behind is not None:
            return StretchSaid(unit[0], ahead), behind
    return None


def _month(words: WhenWords, at: int) -> tuple[StretchSaid, int] | None:
    """Read a month that “in” introduces, or that has its year."""
    opened = words.end(at, "in_stretch")
    found = words.number(words.past(opened or at, "small"), "months")
    if found is None:
        return None
    year, end = words.year_behind(found[1])
    if opened is None and year is None:
        return None
    return StretchSaid(MONTH, month=found[0], year=year), end
