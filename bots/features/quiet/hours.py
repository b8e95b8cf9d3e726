"""Which hours somebody means who says from when to when it is to be quiet. Pure.

Whoever writes “10 to 6” means the night: of an hour that may be of either half of the day that one is taken with which
the hours are of the night and not too long. What was understood is said in the reply. Hours that are longer than quiet
hours may be are given all the same where nothing else is meant; `written_hours` refuses them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time, timedelta
from itertools import product

from community.description.reminder_times import LONGEST_QUIET, lasts
from community.search.when.clock_options import of_clock
from community.search.when.when_parts import ClockRange, ClockSaid, ClockStyle

_DAY, _HALF, _HOUR = 24 * 60, 12 * 60, 60
_NIGHT = range(23 * 60, 30 * 60)
"""Minutes from midnight on: what reaches into this is of the night."""
_USUAL, _MOST = 14 * 60, LONGEST_QUIET // timedelta(minutes=1)
"""How many minutes quiet hours last as a rule, and how many at most if that is how they are written."""

_Hours = tuple[int, int]


def quiet_hours(said: ClockRange, language: str) -> tuple[time, time] | None:
    """Return when the hours begin and end, which may be too long; None where they are none or may be two."""
    found = _meant(said, language)
    if found is None:
        return None
    begin, end = found
    return time(*divmod(begin, 60)), time(*divmod(end, 60))


def written_hours(begin: time, end: time) -> str | None:
    """Return hours as a city's are written (21:00-07:00), None for those that are too long."""
    return None if lasts(begin, end) > LONGEST_QUIET else f"{begin:%H:%M}-{end:%H:%M}"


def _meant(said: ClockRange, language: str) -> _Hours | None:
    begins, ends = _candidates(said.first, language), _candidates(said.last, language)
    if len(begins) == len(ends) == 1:
        return begins[0], ends[0]
    possible = [(begin, end) for begin, end in product(begins, ends) if begin != end]
    if len(possible) == 1:
        return possible[0]
    is_exact = ClockStyle.BARE not in (said.first.style, said.last.style)
    if is_exact and said.first.minutes == said.last.minutes:
        return None
    written = (said.first.minutes % _DAY, said.last.minutes % _DAY)
    is_written = written in possible and ClockStyle.FROM_SIX not in (said.first.style, said.last.style)
    if is_written and _is_as_written(said, written, is_exact=is_exact):
        return written
    at_night = [one for one in possible if _length(one) <= _USUAL and _is_of_night(one)]
    if at_night:
        return min(at_night, key=_length)
    is_meant = is_written and (_length(written) <= _MOST or (is_exact and _is_plain(said)))
    return written if is_meant else min(possible, key=_length, default=None)


def _is_as_written(said: ClockRange, written: _Hours, *, is_exact: bool) -> bool:
    """Whether the hours are those that are written, whatever else they could be."""
    if not is_exact:
        return _length(written) <= _USUAL and _is_of_night(written)
    # Whoever writes 23:30 does not mean the evening by 5:30.
    has_24_hours = any(
        one.style is ClockStyle.EXACT and not _HOUR <= one.minutes < _HALF + _HOUR
        for one in (said.first, said.last)
    )
    return _length(written) <= _MOST or (has_24_hours and _is_plain(said))


def _is_plain(said: ClockRange) -> bool:
    """Whether nothing beside the figures says which half of the day is meant."""
    return all(one.half is None and one.part is None for one in (said.first, said.last))


def _candidates(said: ClockSaid, language: str) -> tuple[int, ...]:
    """Return the minutes from midnight that may be meant."""
    is_doubtful = (
        said.half is None and said.part is None and said.style in (ClockStyle.BARE, ClockStyle.SIGNED)
    )
    if is_doubtful and said.minutes < _HALF + _HOUR:
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
