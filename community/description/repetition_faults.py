"""What is wrong, or not what it seems, with the repetition of an event: sentences for `palabre check`. Pure.

A rule that `community.description.repetition` can read may still mean something else than its author thinks.
"""

from __future__ import annotations

import re
from datetime import datetime

from community.core.messages import Message, msg
from community.core.zones import ZoneInfo
from community.description.repetition import Repetition, each_week, is_weekly, moments_of, read_repetition
from community.description.repetition_parts import counts_in_year, part_fault


def repetition_fault(text: str, start: datetime, zone: ZoneInfo) -> Message | None:
    """Return what is wrong with the rule ``text`` of an event that begins at ``start`` (local time of ``zone``)."""
    rule = read_repetition(text)
    if rule is None:
        return part_fault(text)
    misused = _misused(rule)
    if misused is not None:
        return misused
    until = rule.local_until(zone)
    if until is not None and until < start:
        return msg(
            "the rule ends on {until}, before the event starts on {start}",
            until=f"{until:%Y-%m-%d}",
            start=f"{start:%Y-%m-%d}",
        )
    first = next(iter(moments_of(rule, start, zone, 1)), None)
    if first is not None:
        return None
    return msg(
        "“{rule}” has no day in the ten years after its start: its parts exclude each other, take one out",
        rule=text,
    )


def first_moment(text: str, start: datetime, zone: ZoneInfo) -> datetime | None:
    """Return the first moment of a rule without faults, which ought to be ``start``."""
    rule = read_repetition(text)
    return None if rule is None else next(iter(moments_of(rule, start, zone, 1)), None)


def _misused(rule: Repetition) -> Message | None:
    """Return what is wrong where dateutil or the RFC understand the parts otherwise than they read."""
    parts, frequency = rule.parts, rule.parts["FREQ"]
    counted = re.search(r"[-+]?[1-5](MO|TU|WE|TH|FR|SA|SU)", parts.get("BYDAY", ""))
    if counted is not None and (frequency not in ("MONTHLY", "YEARLY") or "BYWEEKNO" in parts):
        return msg(
            "“{day}” counts the weeks of a month: write it with FREQ=MONTHLY, or the weekday without a number",
            day=counted[0],
        )
    plain = each_week(rule)
    if counted is not None and plain:
        return msg(
            "“{day}” and “{other}” do not go together: write each weekday with a number, or none",
            day=counted[0],
            other=plain[0],
        )
    for name in ("BYWEEKNO", "BYYEARDAY"):
        if name in parts and frequency != "YEARLY":
            return counts_in_year(name)
    if frequency == "YEARLY":
        return _misused_in_year(rule)
    return None


def _misused_in_year(rule: Repetition) -> Message | None:
    parts = rule.parts
    if "BYMONTHDAY" in parts and not parts.keys() & {"BYMONTH", "BYWEEKNO", "BYYEARDAY"}:
        # June has 30 days.
        is_longest = any(abs(int(day)) > _DAYS_OF_JUNE for day in parts["BYMONTHDAY"].split(","))
        return msg(
            "this would be day {day} of every month: say the month too, such as "
            "FREQ=YEARLY;BYMONTH={month};BYMONTHDAY={day}, or write FREQ=MONTHLY",
            day=parts["BYMONTHDAY"],
            month=1 if is_longest else 6,
        )
    if "BYMONTH" not in parts and is_weekly(rule):
        return msg(
            "this would be every week: say which one of which month, such as "
            "FREQ=YEARLY;BYMONTH=6;BYDAY=1TH, or write FREQ=WEEKLY"
        )
    if "BYWEEKNO" in parts and "BYDAY" not in parts:
        return msg("this would be each day of the week: say the weekday too, such as BYDAY=TH")
    return None


_DAYS_OF_JUNE = 30
