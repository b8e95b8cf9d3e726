"""When the calendar's reminders are posted and when not, as a community says it: quiet hours, weekend, hour of day."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Annotated

from pydantic import Field

from community.core.messages import Message, msg
from community.core.patterns import pattern_of
from community.description.described import Described
from community.description.field_forms import form, matching
from community.description.week_time import DAYS, OFF

BY_COUNTRY = "country"
LONGEST_QUIET = timedelta(hours=16)
"""How long quiet hours may be by the clock: with more, what can wait would hardly come at all."""
_DAY = 24 * 60
"""Minutes of a day."""
_CLOCK = "([01][0-9]|2[0-3]):[0-5][0-9]"
_HOURS = rf"^({OFF}|(?!({_CLOCK})-\2$){_CLOCK}-{_CLOCK})$"
_A_DAY = f"({'|'.join(DAYS)})"
_WEEKEND = rf"^({BY_COUNTRY}|{OFF}|{_A_DAY}( {_A_DAY}){{0,3}})$"
_HOUR = rf"^({OFF}|{_CLOCK})$"


def _no_hours(value: str) -> Message:
    return msg("“{value}” are no hours of a night: expected such as “20:00-07:00”, or “off”", value=value)


def _no_weekend(value: str) -> Message:
    return msg(
        "“{value}” is no weekend: expected one to four days in English such as “friday saturday”, “country”, or “off”",
        value=value,
    )


def _no_hour(value: str) -> Message:
    return msg("“{value}” is no time of a day: expected such as “09:00”, or “off”", value=value)


QuietHours = Annotated[
    str,
    matching(_HOURS, "quiet_hours", _no_hours),
    form(
        _HOURS,
        "From when to when, on the clock of each city, nothing is posted that can wait; or off.",
        "hours such as 20:00-07:00, or off",
    ),
]
"""The quiet hours as they are written; `hours_of` reads them."""

Weekend = Annotated[
    str,
    matching(_WEEKEND, "weekend", _no_weekend),
    form(
        _WEEKEND,
        "The days on which nothing is posted that can wait: in English, or country for those of each city's country.",
        "days such as friday saturday, country, or off",
    ),
]
"""The days of the weekend as they are written; `weekend_of` reads them."""

HourOfDay = Annotated[
    str,
    matching(_HOUR, "hour_of_day", _no_hour),
    form(_HOUR, "A time of each day, or off.", "a time such as 09:00, or off"),
]
"""A time of day as it is written; `hour_of` reads it."""


class ReminderTimes(Described):
    """When the calendar's reminders are posted. All times are those of the clocks in the cities of each room.

    ``quiet``: hours in which none is posted that can wait; ``weekend``: days on which none is. Both can be otherwise
    for a city. ``digest``: when several that come on the same day are told in one message; ``off`` for each its own.
    ``this_week``: whether each room is told once a week what comes in that week.
    """

    quiet: QuietHours = Field(default="20:00-07:00", validate_default=True)
    weekend: Weekend = Field(default=BY_COUNTRY, validate_default=True)
    digest: HourOfDay = Field(default="09:00", validate_default=True)
    this_week: bool = False


USUAL_TIMES = ReminderTimes()


def hours_of(quiet: str) -> tuple[time, time] | None:
    """Return when valid `QuietHours` begin and end, None for none."""
    if quiet == OFF:
        return None
    begin, _, end = quiet.partition("-")
    return time.fromisoformat(begin), time.fromisoformat(end)


def lasts(begin: time, end: time) -> timedelta:
    """Return how long it is from one time of day to another by the clock; from one to the same is a whole day."""
    minutes = (end.hour - begin.hour) * 60 + end.minute - begin.minute
    return timedelta(minutes=minutes % _DAY or _DAY)


def weekend_of(weekend: str) -> frozenset[int] | None:
    """Return the days (Monday is 0) that a valid `Weekend` names, None for those of the country."""
    if weekend == BY_COUNTRY:
        return None
    return frozenset(DAYS.index(day) for day in pattern_of(_A_DAY).findall(weekend))


def hour_of(written: str) -> time | None:
    """Return the time that a valid `HourOfDay` says, None for ``off``."""
    return None if written == OFF else time.fromisoformat(written)
