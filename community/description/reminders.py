"""How long before an event or a deadline its messages are posted, where the entry does not say it itself. Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import assert_never

from community.description.calendar_model import Deadline, Event
from community.description.repetition import is_weekly, read_repetition

_HOUR, _DAY, _WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)
EVENT_REMINDERS = (_WEEK, _DAY, _HOUR, timedelta())
"""A week, a day and an hour before, and at the start, with the link."""
ALL_DAY_REMINDERS = (_WEEK, _DAY, timedelta())
"""The same for what lasts all day: an hour before nine in the morning would say nothing new."""
DEADLINE_REMINDERS = (4 * _WEEK, _WEEK, _DAY, _HOUR, -_DAY)
"""Four weeks, a week, a day and an hour before, and a day after: then it asks for what is missing.

Of a deadline of a day the hour before is nine in the morning of that day (`Occurrence.reminded_at`).
"""


def reminders_of(entry: Event | Deadline) -> tuple[timedelta, ...]:
    """Return how long before an entry its messages are posted, the longest first; less than nothing: after it.

    Of an event that is repeated, only those usual ones are that come after the time before: a weekly meeting is not
    announced a week ahead.
    """
    if entry.remind is not None:
        return tuple(sorted(set(entry.remind), reverse=True))
    match entry:
        case Deadline():
            return DEADLINE_REMINDERS
        case Event():
            usual = ALL_DAY_REMINDERS if entry.is_all_day else EVENT_REMINDERS
            apart = None if entry.repeat is None else _apart(entry.repeat)
            return tuple(before for before in usual if apart is None or before < apart)
        case _:
            assert_never(entry)


def _apart(repeat: str) -> timedelta | None:
    """Return how long there is at least from one time of a rule to the next; None where that is more than a week."""
    rule = read_repetition(repeat)
    if rule is None:
        return None
    frequency, is_each = rule.parts["FREQ"], rule.parts.get("INTERVAL", "1") == "1"
    if frequency == "DAILY":
        return int(rule.parts.get("INTERVAL", "1")) * _DAY
    several = "," in rule.parts.get("BYDAY", "")
    if frequency == "WEEKLY" or is_weekly(rule):
        return _DAY if several else _WEEK if is_each or frequency != "WEEKLY" else None
    return None
