"""Lengths of time and alarms of a calendar program as the calendar writes them. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from community.description.times import offset_text

MOST_REMINDERS = 5
LONGEST_REMINDER = timedelta(weeks=4)
_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_MORNING = timedelta(hours=9)
"""What lasts all day is reminded of from this hour on (`community.exchange.ics_dates`)."""
_MOST = 9999
"""The greatest number of one unit."""


def duration_text(lasts: timedelta) -> str:
    """Return a length of time as it is written: whole minutes, or where these are too many whole hours or days."""
    for unit in (_MINUTE, _HOUR, _DAY):
        whole = -(-lasts // unit) * unit
        text = offset_text(whole) if whole else "0min"
        if int(text.rstrip("minhdw")) <= _MOST:
            return text
    return f"{_MOST}d"


def rule_of_days(rule: str, start: date) -> str:
    """Return a rule without the time of day of its start, which some programs write into it once more."""
    if not isinstance(start, datetime):
        return rule
    clock = {f"BYHOUR={start.hour}", f"BYMINUTE={start.minute}", f"BYSECOND={start.second}"}
    return ";".join(part for part in rule.split(";") if part not in clock)


def reminders(alarms: Iterable[timedelta], *, is_all_day: bool, after: bool = False) -> list[str] | None:
    """Return when the calendar reminds, the earliest first; None for as usual, where no alarm can be kept.

    ``after``: alarms after the moment are kept too. Those of more than four weeks before, and more than five, are not.
    """
    given = {alarm + _MORNING if is_all_day else alarm for alarm in alarms}
    least = -LONGEST_REMINDER if after else timedelta()
    kept = sorted((each for each in given if least <= each <= LONGEST_REMINDER), reverse=True)
    texts = dict.fromkeys(_reminder(each) for each in kept)
    return list(texts)[-MOST_REMINDERS:] or None


def _reminder(before: timedelta) -> str:
    return f"-{duration_text(-before)}" if before < timedelta() else duration_text(before)
