"""Which hours somebody means who says from when to when it is to be quiet. Pure.

Whoever writes “10 to 6” means the night: of an hour that may be of either half of the day that one is taken with which
the hours are of the night and not too long. What was understood is said in the reply.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time
from itertools import product

from community.search.when.clock_options import of_clock
from community.search.when.when_parts import ClockRange, ClockSaid, ClockStyle

_DAY, _HALF = 24 * 60, 12 * 60
_NIGHT = range(23 * 60, 30 * 60)
"""Minutes from midnight on: what reaches into this is of the night."""
_USUAL, _MOST = 14 * 60, 16 * 60
"""How long quiet hours are as a rule, and how long at most if that is how they are written."""

_Hours = tuple[int, int]


def quiet_hours(said: ClockRange, language: str) -> str | None:
    """Return the hours as a city's are written (21:00-07:00), None where they are none or may be two."""
    found = _meant(said, language)
    if found is None:
        return None
    begin, end = (time(*divmod(minutes, 60)).strftime("%H:%M") for minutes in found)
    return f"{begin}-{end}"


def _meant(said: ClockRange, language: str) -> _Hours | None:
    firsts, lasts = _candidates(said.first, language), _candidates(said.last, language)
    possible = [(first, last) for first, last in product(firsts, lasts) if first != last]
    if len(possible) == 1:
        return possible[0]
    is_exact = ClockStyle.BARE not in (said.first.style, said.last.style)
    if is_exact and said.first.minutes == said.last.minutes:
        return None
    written = (said.first.minutes % _DAY, said.last.minutes % _DAY)
    is_written = written in possible and ClockStyle.FROM_SIX not in (said.first.style, said.last.style)
    if (
        is_written
        and _length(written) <= (_MOST if is_exact else _USUAL)
        and (is_exact or _is_of_night(written))
    ):
        return written
    at_night = [one for one in possible if _length(one) <= _USUAL and _is_of_night(one)]
    if at_night:
        return min(at_night, key=_length)
    return written if is_written and _length(written) <= _MOST else min(possible, key=_length, default=None)


def _candidates(said: ClockSaid, language: str) -> tuple[int, ...]:
    """Return the minutes from midnight that may be meant."""
    is_doubtful = (
        said.half is None and said.part is None and said.style in (ClockStyle.BARE, ClockStyle.SIGNED)
    )
    if is_doubtful and said.minutes < _HALF + 60:
        return (said.minutes % _HALF, said.minutes % _HALF + _HALF)
    # Behind the two of an hour that is counted from six is what it would be in English.
    values = [span.start % _DAY for span in of_clock(said, None, language).values[:2]]
    return tuple(dict.fromkeys(values))


def _length(hours: _Hours) -> int:
    return (hours[1] - hours[0]) % _DAY


def _is_of_night(hours: _Hours) -> bool:
    begin, end = hours[0], hours[0] + _length(hours)
    return any(max(begin, night) < min(end, night + len(_NIGHT)) for night in _nights())


def _nights() -> Iterator[int]:
    """Yield when the night begins, the day before and on the day."""
    yield from (_NIGHT.start - _DAY, _NIGHT.start)
