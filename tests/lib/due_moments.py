"""Moments as the calendar's file has those of deadlines that are due at a moment, whatever moment that is."""

from __future__ import annotations

from datetime import datetime, timedelta

from community.description.times import END_OF_DAY

_SECOND = timedelta(seconds=1)


def due_at(moment: datetime) -> str:
    """Return a moment on its own clock, to the second, as a deadline's ``due`` or ``originally``.

    What is due at 23:59 has a whole day left, and its reminders count from nine in the morning: instead of that it is
    a second later.
    """
    to_the_second = moment.replace(microsecond=0)
    is_day = to_the_second.time() == END_OF_DAY
    return f"{to_the_second + _SECOND if is_day else to_the_second:%Y-%m-%d %H:%M:%S}"
