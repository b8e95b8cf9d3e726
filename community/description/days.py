"""Days as they are written in files and tables, and whether they can be meant. Pure: today is an argument."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Annotated
from unicodedata import decimal

from pydantic import BeforeValidator

from community.core.messages import Message, msg
from community.description.field_forms import refused

EARLIEST, LATEST = date(1990, 1, 1), date(2099, 12, 31)
"""No day of a community's life is outside: whoever writes one means another year."""
EARLIEST_PUBLISHED = date(1900, 1, 1)
"""A resource may be older than any community."""
FARTHEST_YEARS = 30
"""How many years ahead a period, an event or a deadline may be."""
_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_SHORT = re.compile(
    r"(?<![\w./+-])(?:(?P<day>[0-9]{1,2})(?P<mark>[./-])(?P<month>[0-9]{1,2})(?P=mark)(?P<year>[0-9]{2}))"
    r"(?![\w]|[./-][0-9])"
)


def short_year(text: str) -> Message | None:
    """Return how a day with a year of two digits is to be written, where ``text`` has one; else None.

    Nobody knows which part of 12.11.10 is the year, so it is refused, the same in files, tables and the chat.
    """
    found = _SHORT.search(_ascii_digits(text))
    if found is None or not _can_be_day(found):
        return None
    return msg(
        "“{value}” has a year of two digits: write all four of it, such as {example}",
        value=found[0],
        example=_written_out(found),
    )


def _can_be_day(found: re.Match[str]) -> bool:
    """Whether the parts can be day, month and year, or year, month and day."""
    first, month, last = int(found["day"]), int(found["month"]), int(found["year"])
    return any(1 <= a <= 31 and 1 <= b <= 12 for a, b in ((first, month), (month, first), (last, month)))


def _written_out(found: re.Match[str]) -> str:
    try:
        return date(2000 + int(found["year"]), int(found["month"]), int(found["day"])).isoformat()
    except ValueError:
        return "2026-10-14"


def _ascii_digits(text: str) -> str:
    if text.isascii():
        return text
    return "".join(str(decimal(char)) if char.isdecimal() else char for char in text)


def _day(value: object) -> object:
    if not isinstance(value, str):
        return value
    plain = _ascii_digits(value).strip()
    if _ISO.fullmatch(plain):
        try:
            return date.fromisoformat(plain)
        except ValueError:
            return value
    short = short_year(value)
    if short is not None:
        raise refused("short_year", short)
    return value


Day = Annotated[
    date,
    BeforeValidator(_day),
]
"""A day as ISO 8601 has it. `past_fault` and `period_fault` say whether it can be meant."""


def past_fault(day: date, today: date | None, earliest: date = EARLIEST) -> Message | None:
    """Return what is wrong with a day on which something was said or done; ``today`` is None where no clock counts.

    A day more than today is believed: elsewhere on earth it is tomorrow already.
    """
    if day < earliest:
        return msg(
            "{day} is before {earliest}: is that the right year?", day=str(day), earliest=earliest.year
        )
    if day > LATEST:
        return _too_far(day)
    if today is not None and day > today + timedelta(days=1):
        return msg("{day} is still to come: expected the day on which it was said or done", day=str(day))
    return None


def period_fault(day: date, today: date | None) -> Message | None:
    """Return what is wrong with a day that something lasts until, begins on or is due on."""
    if day < EARLIEST:
        return msg(
            "{day} is before {earliest}: is that the right year?", day=str(day), earliest=EARLIEST.year
        )
    if day > LATEST or (today is not None and day.year > today.year + FARTHEST_YEARS):
        return _too_far(day)
    return None


def _too_far(day: date) -> Message:
    return msg(
        "{day} is more than {years} years away: is that the right year?", day=str(day), years=FARTHEST_YEARS
    )
