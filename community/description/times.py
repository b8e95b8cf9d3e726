"""The kinds of value that say when: time zones, lengths of time, dates and times of day.

Each is a pydantic type, and refuses like those of `community.description.fields`.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Annotated

from pydantic import (
    AfterValidator,
    BeforeValidator,
    PlainSerializer,
    PlainValidator,
    StringConstraints,
    WithJsonSchema,
)

from community.core.messages import Message, msg
from community.core.patterns import pattern_of
from community.core.zones import ZoneInfo, zone_names
from community.description.days import odd_hyphen, short_year
from community.description.field_forms import form, matching, refused

_DAY_AND_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2}(?::\d{2})?))?")
_FIXED = re.compile(r"(?:Etc/)?GMT([+-])([1-9]\d?)")
"""A zone of a fixed offset, whose sign is the reverse of what everybody else writes (POSIX)."""
_CITIES = {
    "-1": "Atlantic/Cape_Verde",
    "+1": "Africa/Lagos",
    "+2": "Africa/Kigali",
    "+3": "Africa/Nairobi",
    "+4": "Indian/Mauritius",
}
"""A city for the offsets of Africa and its islands."""


def reversed_zone(value: str) -> Message | None:
    """Return what is to be said of a zone whose sign is the reverse of what it seems, None of any other.

    It is a valid name, so that what was stored before is still read; `palabre check` refuses it.
    """
    fixed = _FIXED.fullmatch(value)
    if fixed is None:
        return None
    sign, hours = fixed.groups()
    return msg(
        "“{value}” means UTC{really}, its sign is reversed: name the zone of a city, such as “{city}”",
        value=value,
        really=("−" if sign == "+" else "+") + hours,
        city=_CITIES.get(sign + hours, "Africa/Bamako"),
    )


def _zone(value: str) -> str:
    if value not in zone_names():
        raise refused(
            "timezone",
            msg("“{value}” is not a time zone: expected a name such as “Africa/Bamako”", value=value),
        )
    return value


ZoneName = Annotated[
    str,
    AfterValidator(_zone),
    # Not the list of zones: it differs from machine to machine. `palabre check` knows them.
    form(
        r"^[A-Za-z0-9_+/-]+$",
        "A time zone by its IANA name.",
        "a time zone such as Africa/Bamako",
        examples=["Africa/Abidjan", "Africa/Kigali"],
    ),
]
"""An IANA time zone name; `zone` gives the zone."""


def zone(name: str) -> ZoneInfo:
    """Return the zone of a validated name."""
    return ZoneInfo(name)


_UNITS = {
    "min": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}


_LENGTH = r"\d{1,4}\s*(min|h|d|w)"


def _length(text: str) -> timedelta:
    """Return the length of time that a text of the form `_LENGTH` says."""
    number = text.rstrip("minhdw")
    return int(number) * _UNITS[text.removeprefix(number)]


def _offset(value: object) -> object:
    if isinstance(value, timedelta):
        return value
    is_length = isinstance(value, str) and pattern_of(_LENGTH).fullmatch(value) is not None
    if not is_length and (value != 0 or isinstance(value, bool)):
        raise refused(
            "offset",
            msg(
                "“{value}” is not a length of time: expected a number and min, h, d or w, such as “14d”",
                value=str(value),
            ),
        )
    return _length(value) if isinstance(value, str) else timedelta()


def _some_time(value: timedelta) -> timedelta:
    if not value:
        raise refused(
            "duration",
            msg("0 is no length of time here: expected a number and min, h, d or w, such as “14d”"),
        )
    return value


def offset_text(value: timedelta) -> str:
    """Return a length of time as it is written: ``2w``, ``90min``."""
    unit = next(unit for unit in ("w", "d", "h", "min") if value % _UNITS[unit] == timedelta(0))
    return f"{value // _UNITS[unit]}{unit}"


Offset = Annotated[
    timedelta,
    BeforeValidator(_offset),
    PlainSerializer(offset_text, return_type=str, when_used="json"),
    WithJsonSchema(
        {
            "description": "A length of time: 90min, 2h, 14d (days), 1w (weeks), or 0.",
            "anyOf": [
                {
                    "type": "string",
                    "pattern": rf"^{_LENGTH}$",
                    "patternErrorMessage": "Expected a number and min, h, d or w, such as 14d.",
                },
                {"const": 0},
            ],
        }
    ),
]
"""A length of time in elapsed units: ``90min``, ``2h``, ``14d``, ``1w``, or 0."""

Duration = Annotated[
    timedelta,
    BeforeValidator(_offset),
    AfterValidator(_some_time),
    PlainSerializer(offset_text, return_type=str, when_used="json"),
    form(
        r"^(?=\d{1,4}\D)0*[1-9]\d*\s*(min|h|d|w)$",
        "A length of time: 90min, 2h, 14d (days), 1w (weeks).",
        "a number and min, h, d or w, such as 14d",
    ),
]
"""A length of time as `Offset` has it, and never 0."""


def _reminder(value: object) -> object:
    if not isinstance(value, str) or not value.startswith("-"):
        return _offset(value)
    if pattern_of(_LENGTH).fullmatch(value[1:]) is None:
        raise refused(
            "reminder",
            msg(
                "“{value}” is no time of a reminder: expected a number and min, h, d or w, such as “1d” for a day "
                "before, “-1d” for a day after",
                value=value,
            ),
        )
    return -_length(value[1:])


Reminder = Annotated[
    timedelta,
    BeforeValidator(_reminder),
    PlainSerializer(offset_text, return_type=str, when_used="json"),
    WithJsonSchema(
        {
            "description": "A length of time before: 90min, 2h, 14d (days), 1w (weeks), or 0; with a minus after: -1d.",
            "anyOf": [
                {
                    "type": "string",
                    "pattern": rf"^-?{_LENGTH}$",
                    "patternErrorMessage": "Expected a number and min, h, d or w, such as 14d, or -1d.",
                },
                {"const": 0},
            ],
        }
    ),
]
"""How long before something a message is posted, as `Offset` has it; with a minus how long after: ``-1d``."""


def _local(value: object) -> object:
    if isinstance(value, datetime):
        return value
    if isinstance(value, str):
        match = _DAY_AND_TIME.fullmatch(value)
        if match is not None:
            try:
                moment = datetime.fromisoformat(match[1])
                clock = time.fromisoformat(match[2]) if match[2] else END_OF_DAY
            except ValueError:
                pass
            else:
                # Elsewhere in the calendar, zones and reminders would leave what datetime can hold.
                if MINIMUM_YEAR <= moment.year <= MAXIMUM_YEAR:
                    return datetime.combine(moment.date(), clock)
    raise refused(
        "moment",
        short_year(str(value))
        or odd_hyphen(str(value))
        or msg(
            "“{value}” is not a date and time: expected such as “2026-12-02 18:00”, or “2026-12-02”",
            value=str(value),
        ),
    )


def _start(value: object) -> date | datetime:
    if isinstance(value, date):
        return value
    moment = _local(value)
    assert isinstance(moment, datetime)  # noqa: S101 - it returns nothing else for what is no date
    return moment.date() if isinstance(value, str) and len(value) == len("2026-12-02") else moment


MINIMUM_YEAR, MAXIMUM_YEAR = 1900, 2199

END_OF_DAY = time(23, 59)
"""What a deadline given as a date alone means."""

_MOMENT = r"^(19|2[01])\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])([ T]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?)?$"

LocalMoment = Annotated[
    datetime,
    BeforeValidator(_local),
    form(
        _MOMENT,
        "A day and time on the clock of the entry's time zone; the day alone is its last minute.",
        "a day and time such as 2026-12-02 18:00, or a day such as 2026-12-02",
    ),
]
"""A wall-clock date and time with no zone of its own; the entry's time zone gives it one."""

EventStart = Annotated[
    date | datetime,
    PlainValidator(_start),
    PlainSerializer(lambda value: value.isoformat(), return_type=str, when_used="json"),
    form(
        _MOMENT,
        "A day and time on the clock of the entry's time zone; the day alone is the whole day.",
        "a day and time such as 2026-12-02 18:00, or a day such as 2026-12-02",
    ),
]
"""A `LocalMoment`, or a day alone for what lasts all day."""


def _no_rule(text: str) -> Message:
    """Say that a text is nothing like a rule."""
    return msg(
        "“{rule}” is not a rule of repetition (RFC 5545): expected such as FREQ=MONTHLY;BYDAY=1TH", rule=text
    )


_RULE = r"^[\s\S]*[Ff][Rr][Ee][Qq][\s\S]*$"
Rule = Annotated[
    str,
    StringConstraints(max_length=200),
    # What is wrong with one that says how often is for `community.description.repetition_faults`.
    matching(_RULE, "rule", _no_rule),
    form(
        _RULE,
        "How it is repeated (RFC 5545): FREQ=WEEKLY;BYDAY=MO, FREQ=MONTHLY;BYDAY=-1FR.",
        "a rule such as FREQ=MONTHLY;BYDAY=1TH",
        maxLength=200,
    ),
]
"""A rule of repetition (RFC 5545); `community.description.repetition` reads it."""
