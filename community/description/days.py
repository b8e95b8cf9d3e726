"""Days as they are written in files and tables, and whether they can be meant. Pure: today is an argument."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Annotated
from unicodedata import decimal

from pydantic import BeforeValidator

from community.core.messages import Message, msg
from community.core.unseen import named
from community.description.field_forms import refused

EARLIEST, LATEST = date(1990, 1, 1), date(2099, 12, 31)
"""No day of a community's life is outside: whoever writes one means another year."""
EARLIEST_PUBLISHED = date(1900, 1, 1)
"""A resource may be older than any community."""
FARTHEST_YEARS = 30
"""How many years ahead a period, an event or a deadline may be."""
_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_HYPHENS = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63\uff0d"), "-")
_HYPHENED = re.compile(r"[0-9]{1,4}-[0-9]{1,2}-[0-9]{1,4}(?![0-9-])")
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
    example, *others = _written_out(found) or ("2026-10-14",)
    if others:
        return msg(
            "“{value}” has a year of two digits: write all four of it, such as {example} or {other}",
            value=found[0],
            example=example,
            other=others[0],
        )
    return msg(
        "“{value}” has a year of two digits: write all four of it, such as {example}",
        value=found[0],
        example=example,
    )


def _can_be_day(found: re.Match[str]) -> bool:
    """Whether the parts can be day, month and year, or year, month and day."""
    first, month, last = int(found["day"]), int(found["month"]), int(found["year"])
    return any(1 <= a <= 31 and 1 <= b <= 12 for a, b in ((first, month), (month, first), (last, month)))


def _written_out(found: re.Match[str]) -> tuple[str, ...]:
    """Return the days that it may be, the latest first: with hyphens the year may stand first, as in ISO 8601."""
    first, month, last = int(found["day"]), int(found["month"]), int(found["year"])
    orders = {(last, first), (first, last)} if found["mark"] == "-" else {(last, first)}
    days = {_iso_day(2000 + year, month, day) for year, day in orders}
    return tuple(sorted((day for day in days if day is not None), reverse=True))


def _iso_day(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def odd_hyphen(text: str) -> Message | None:
    """Return which character of a day only looks like a hyphen, None where ``text`` is no such day."""
    plain = _ascii_digits(text).translate(_HYPHENS)
    if plain == text or _HYPHENED.match(plain.strip()) is None:
        return None
    position, character = next(
        ((i, char) for i, char in enumerate(text, 1) if ord(char) in _HYPHENS), (0, "")
    )
    if not character:
        return None
    return msg(
        "“{value}” has a character that cannot stand here: number {position} is {character}",
        value=text,
        position=position,
        character=named(character),
    )


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
    what = short_year(value) or odd_hyphen(value)
    if what is not None:
        raise refused("day", what)
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
