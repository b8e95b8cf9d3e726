"""What is wrong, or not what it seems, with the repetition of an event: sentences for `palabre check`. Pure.

A rule that `community.description.repetition` can read may still mean something else than its author thinks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import islice

from community.core.messages import Message, msg
from community.core.zones import ZoneInfo
from community.description.repetition import IMPOSSIBLE, Repetition, read_repetition


def repetition_fault(text: str, start: datetime, zone: ZoneInfo) -> Message | None:
    """Return what is wrong with the rule ``text`` of an event that begins at ``start`` (local time of ``zone``)."""
    rule = read_repetition(text)
    if rule is None:
        return _not_a_rule(text)
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
    first = next(iter(_moments(rule, start, zone, 1)), None)
    return _not_a_rule(text) if first is None else None


def first_moment(text: str, start: datetime, zone: ZoneInfo) -> datetime | None:
    """Return the first moment of a rule without faults, which ought to be ``start``."""
    rule = read_repetition(text)
    return None if rule is None else next(iter(_moments(rule, start, zone, 1)), None)


def repetition_notes(text: str, start: datetime, zone: ZoneInfo) -> Iterator[Message]:
    """Yield what a rule without faults means that its author may not expect."""
    rule = read_repetition(text)
    if rule is None:
        return
    skipped = _skipped(rule, start, zone)
    if skipped is not None:
        yield skipped
    if rule.parts["FREQ"] == "MONTHLY" and _is_weekly(rule):
        yield msg(
            "this is each {days} of the month: for the first one alone write BYDAY=1{first}",
            days=rule.parts["BYDAY"],
            first=rule.parts["BYDAY"][:2],
        )
    lost = _lost_last_day(rule, start, zone)
    if lost is not None:
        yield lost


def _not_a_rule(text: str) -> Message:
    return msg(
        "“{rule}” is not a rule of repetition (RFC 5545): expected such as FREQ=MONTHLY;BYDAY=1TH", rule=text
    )


def _misused(rule: Repetition) -> Message | None:
    """Return what is wrong where dateutil or the RFC understand the parts otherwise than they read."""
    parts, frequency = rule.parts, rule.parts["FREQ"]
    counted = re.search(r"[-+]?[1-5](MO|TU|WE|TH|FR|SA|SU)", parts.get("BYDAY", ""))
    if counted is not None and (frequency not in ("MONTHLY", "YEARLY") or "BYWEEKNO" in parts):
        return msg(
            "“{day}” counts the weeks of a month: write it with FREQ=MONTHLY, or the weekday without a number",
            day=counted[0],
        )
    for name in ("BYWEEKNO", "BYYEARDAY"):
        if name in parts and frequency != "YEARLY":
            return msg("“{part}” counts within a year: write it with FREQ=YEARLY", part=name)
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
    if "BYMONTH" not in parts and _is_weekly(rule):
        return msg(
            "this would be every week: say which one of which month, such as "
            "FREQ=YEARLY;BYMONTH=6;BYDAY=1TH, or write FREQ=WEEKLY"
        )
    if "BYWEEKNO" in parts and "BYDAY" not in parts:
        return msg("this would be each day of the week: say the weekday too, such as BYDAY=TH")
    return None


def _is_weekly(rule: Repetition) -> bool:
    """Whether a rule by month or year names weekdays and nothing that chooses one of them."""
    choosing = rule.parts.keys() & {"BYMONTHDAY", "BYSETPOS", "BYWEEKNO", "BYYEARDAY"}
    return "BYDAY" in rule.parts and not choosing and not re.search(r"[1-5]", rule.parts["BYDAY"])


def _moments(rule: Repetition, start: datetime, zone: ZoneInfo, most: int) -> list[datetime]:
    """Return the first moments within ten years; none where the parts do not fit together."""
    try:
        rule.rule(start, zone)
        return list(islice(rule.soon(start, zone), min(most, int(rule.parts.get("COUNT", most)))))
    except IMPOSSIBLE:
        return []


_DAYS_OF_JUNE = 30
_MOST = 4000
"""More than the days of ten years."""


def _skipped(rule: Repetition, start: datetime, zone: ZoneInfo) -> Message | None:
    """Say which month or year has no such day, where the rule is by month or year."""
    parts = rule.parts
    if "BYSETPOS" in parts or {"BYDAY", "BYMONTHDAY"} <= parts.keys():
        return None
    step = int(parts.get("INTERVAL", 1))
    match parts["FREQ"]:
        case "MONTHLY":
            return _skipped_month(parts, _moments(rule, start, zone, _MOST), _number(start), step)
        case "YEARLY":
            years = {moment.year for moment in _moments(rule, start, zone, _MOST)}
            gap = next((y for y in range(start.year, max(years, default=0), step) if y not in years), None)
            if gap is None:
                return None
            return msg("it is left out in {year}, and in each other year that has no such day", year=gap)
        case _:
            return None


def _skipped_month(
    parts: Mapping[str, str], moments: list[datetime], first: int, step: int
) -> Message | None:
    there = {_number(moment) for moment in moments}
    named = [int(month) for month in parts.get("BYMONTH", "").split(",") if month]
    due = (n for n in range(first, max(there, default=0), step) if not named or n % 12 + 1 in named)
    missing = next((n for n in due if n not in there), None)
    if missing is None:
        return None
    month = f"{missing // 12}-{missing % 12 + 1:02}"
    if parts.get("BYDAY", parts.get("BYMONTHDAY", "")).startswith("-"):
        return msg(
            "it is left out in {month}, which has no such day, and wherever else that is so: "
            "the first one of each month is {part}",
            month=month,
            part=f"BYDAY=1{parts['BYDAY'][-2:]}" if "BYDAY" in parts else "BYMONTHDAY=1",
        )
    return msg(
        "it is left out in {month}, which has no such day, and wherever else that is so: "
        "the last one of each month is {part}",
        month=month,
        part=f"BYDAY=-1{parts['BYDAY'][-2:]}" if "BYDAY" in parts else "BYMONTHDAY=-1",
    )


def _number(moment: datetime) -> int:
    """Return the number of the moment's month, counted through the years."""
    return moment.year * 12 + moment.month - 1


def _lost_last_day(rule: Repetition, start: datetime, zone: ZoneInfo) -> Message | None:
    """Say where the time in ``UNTIL`` leaves out the event of that same day."""
    until = rule.local_until(zone)
    if until is None:
        return None
    whole = Repetition(rule.parts, until.replace(hour=23, minute=59, second=59))
    last = next(reversed(_moments(whole, start, zone, _MOST)), None)
    if last is None or last <= until:
        return None
    return msg(
        "the event of {day} is left out, because UNTIL ends earlier on that day: write UNTIL={date} to have it too",
        day=f"{last:%Y-%m-%d}",
        date=f"{last:%Y%m%d}",
    )
