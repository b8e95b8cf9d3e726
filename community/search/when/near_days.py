"""Reading today, tomorrow and the days beside them out of a message in one language. Pure."""

from __future__ import annotations

from community.search.when.when_parts import AheadSaid, LengthSaid
from community.search.when.when_words import UNITS, WhenWords

_DAY = UNITS.index("day")


def near(words: WhenWords, at: int) -> tuple[AheadSaid, int] | None:
    """Read today, tomorrow, and the days beside them."""
    for table, ahead in (("day_after_tomorrow", 2), ("tomorrow", 1), ("today", 0), ("yesterday", -1)):
        end = words.end(at, table)
        if end is not None:
            return _weeks_from(words, ahead, end) or (AheadSaid(LengthSaid(ahead, _DAY)), end)
    return None


def _weeks_from(words: WhenWords, ahead: int, at: int) -> tuple[AheadSaid, int] | None:
    """Read a week or two behind today or tomorrow: “de hoje a oito”, and “amanhã a quinze”."""
    for table, weeks in (("week_later", 1), ("fortnight_later", 2)):
        end = words.end(at, table)
        if end is not None and words.number(end, "units") is None:
            return AheadSaid(LengthSaid(7 * weeks + ahead, _DAY)), end
    return None
