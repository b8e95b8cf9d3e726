"""A moment of each week, such as ``monday 09:00``, or ``off``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Annotated

from pydantic import AfterValidator

from community.core.messages import msg
from community.core.patterns import pattern_of
from community.core.zones import ZoneInfo
from community.description.field_forms import form, refused

OFF = "off"
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_FORM = rf"({'|'.join(DAYS)}) ([01][0-9]|2[0-3]):([0-5][0-9])"


def _checked(value: str) -> str:
    if value != OFF and not pattern_of(_FORM).fullmatch(value):
        raise refused(
            "week_time",
            msg("“{value}” is no moment of a week: expected such as “monday 09:00”, or “off”", value=value),
        )
    return value


WeekMoment = Annotated[
    str,
    AfterValidator(_checked),
    form(
        rf"^({OFF}|{_FORM})$",
        "A day of the week in English and a time of day, or off.",
        "a moment such as monday 09:00, or off",
    ),
]
"""A moment of each week as it is written in a file; `WeekTime.read` gives it."""


@dataclass(frozen=True, slots=True)
class WeekTime:
    """A day of the week, Monday is 0, and a time of day there."""

    weekday: int
    at: time

    @classmethod
    def read(cls, moment: str) -> WeekTime | None:
        """Return what a valid `WeekMoment` says, None for ``off``."""
        if moment == OFF:
            return None
        day, _, at = moment.partition(" ")
        return cls(DAYS.index(day), time.fromisoformat(at))

    def last(self, now: datetime, zone: ZoneInfo) -> datetime:
        """Return the last such moment in ``zone`` that is not after ``now``, in UTC."""
        there = now.astimezone(zone)
        day = there.date() - timedelta(days=(there.weekday() - self.weekday) % 7)
        moment = datetime.combine(day, self.at, zone).astimezone(UTC)
        if moment <= now:
            return moment
        return datetime.combine(day - timedelta(days=7), self.at, zone).astimezone(UTC)
