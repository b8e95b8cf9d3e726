"""Says which part of a rule of repetition is wrong, and what may stand there. Pure."""

from __future__ import annotations

import re
from collections import Counter

from community.core.messages import Message, msg
from community.core.problems import nearest, unknown_name
from community.core.unseen import without_unseen
from community.description.repetition import PARTS, parts_with, until_of, written_parts

_WEEKDAYS = "MO, TU, WE, TH, FR, SA, SU"
_EXPECTED = {
    "FREQ": msg("DAILY, WEEKLY, MONTHLY or YEARLY, such as FREQ=MONTHLY"),
    "INTERVAL": msg("a whole number from 1 to 999, such as INTERVAL=2"),
    "COUNT": msg("a whole number from 1 to 9999, such as COUNT=10"),
    "UNTIL": msg("a day, such as UNTIL=20271231"),
    "WKST": msg("one of {days}, such as WKST=MO", days=_WEEKDAYS),
    "BYDAY": msg(
        "weekdays ({days}), in a month also the first or last one, such as BYDAY=1TH or BYDAY=-1FR",
        days=_WEEKDAYS,
    ),
    "BYMONTHDAY": msg("days of the month from 1 to 31, or -1 for the last one, such as BYMONTHDAY=1,15"),
    "BYMONTH": msg("months from 1 to 12, such as BYMONTH=6"),
    "BYSETPOS": msg("which ones of those that the other parts name, such as BYSETPOS=-1 for the last one"),
    "BYWEEKNO": msg("weeks of the year from 1 to 53, such as BYWEEKNO=20"),
    "BYYEARDAY": msg("days of the year from 1 to 366, such as BYYEARDAY=100"),
}
"""What may stand in each part."""
_OFTENER = ("HOURLY", "MINUTELY", "SECONDLY")
_TIMES_OF_DAY = ("BYHOUR", "BYMINUTE", "BYSECOND")
_FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_OTHER_LINE = re.compile(r"\b(?:DTSTART|DTEND|EXDATE|RDATE|EXRULE|BEGIN|SUMMARY)\s*[:;=]", re.IGNORECASE)
_RULE_LINE = re.compile(r"RRULE\s*:\s*(\S+)", re.IGNORECASE)


def part_fault(text: str) -> Message | None:
    """Return which part keeps `read_repetition` from reading a rule, None where it reads it."""
    pasted = _pasted(text)
    if pasted is not None:
        return pasted
    pairs = written_parts(text)
    values = dict(pairs)
    again = next((name for name, count in Counter(name for name, _ in pairs).items() if count > 1), None)
    if again is not None:
        return msg("“{name}” stands twice in the rule: keep one", name=again)
    for name, value in pairs:
        fault = _fault_of(name, value, values.get("FREQ", ""))
        if fault is not None:
            return fault
    if "FREQ" not in values:
        return msg(
            "the rule does not say how often: add FREQ=DAILY, FREQ=WEEKLY, FREQ=MONTHLY or FREQ=YEARLY"
        )
    if {"COUNT", "UNTIL"} <= values.keys():
        return msg("a rule ends after COUNT times or on the day of UNTIL: take out one of the two")
    return None


def _pasted(text: str) -> Message | None:
    """Recognise several lines of a calendar's file."""
    found = _RULE_LINE.search(without_unseen(text))
    if _OTHER_LINE.search(text) is None:
        return None
    if found is None:
        return msg(
            "a rule alone can stand here, such as FREQ=MONTHLY;BYDAY=1TH: no start, and no days left out or added"
        )
    return msg(
        "these are several lines of a calendar: write its rule alone, {rule}; when it starts is said by “start”",
        rule=found[1],
    )


def _fault_of(name: str, value: str, frequency: str) -> Message | None:
    """Return what is wrong with one part of a rule of that ``FREQ``."""
    if not name or not value:
        return _incomplete(name, value)
    if name in _TIMES_OF_DAY:
        return msg("“{part}” has no place here: the time of day is that of “start”", part=f"{name}={value}")
    if name not in PARTS:
        return unknown_name(name, PARTS)
    if PARTS[name].fullmatch(value) is None:
        return _wrong_value(name, value)
    if name == "UNTIL":
        return _wrong_end(value)
    if frequency in _FREQUENCIES and name not in parts_with(frequency):
        return _wrong_frequency(name, value, frequency)
    return None


def _incomplete(name: str, value: str) -> Message:
    if name in _EXPECTED:
        return msg(
            "“{part}” cannot stand in a rule: expected {expected}", part=f"{name}=", expected=_EXPECTED[name]
        )
    part = name or f"={value}"
    return msg("“{part}” is no part of a rule: expected a name and a value, such as INTERVAL=2", part=part)


def _wrong_value(name: str, value: str) -> Message:
    likely = _likely(name, value)
    if likely is not None:
        return msg(
            "“{part}” cannot stand in a rule: did you mean {likely}?", part=f"{name}={value}", likely=likely
        )
    several = value.split(",") if PARTS[name].fullmatch(_several(name)) else [value]
    wrong = next((one for one in several if PARTS[name].fullmatch(one) is None), value)
    return msg(
        "“{part}” cannot stand in a rule: expected {expected}",
        part=f"{name}={wrong}",
        expected=_EXPECTED[name],
    )


def _several(name: str) -> str:
    """Return two values, which only a part takes that may have several."""
    return "MO,TU" if name == "BYDAY" else "1,2"


def _likely(name: str, value: str) -> str | None:
    """Return the part that somebody means who writes a day with hyphens, or a word of a rule with a slip."""
    if name == "UNTIL":
        plain = re.sub(r"[-/.:\s]", "", value)
        return f"UNTIL={plain}" if _is_end(plain) else None
    if name == "FREQ" and value not in _OFTENER:
        near = nearest(value, _FREQUENCIES)
        return None if near is None else f"FREQ={near}"
    return None


def _is_end(value: str) -> bool:
    return PARTS["UNTIL"].fullmatch(value) is not None and _wrong_end(value) is None


def _wrong_end(value: str) -> Message | None:
    try:
        until_of(value)
    except ValueError:
        return msg(
            "“{part}” is no day that a rule can end on: expected {expected}",
            part=f"UNTIL={value}",
            expected=_EXPECTED["UNTIL"],
        )
    return None


def _wrong_frequency(name: str, value: str, frequency: str) -> Message:
    if name in ("BYWEEKNO", "BYYEARDAY"):
        return counts_in_year(name)
    return msg(
        "“{part}” does not go with FREQ={frequency}: write FREQ=MONTHLY, or take it out",
        part=f"{name}={value}",
        frequency=frequency,
    )


def counts_in_year(name: str) -> Message:
    """Say that a part counts the weeks or days of a year."""
    return msg("“{part}” counts within a year: write it with FREQ=YEARLY", part=name)
