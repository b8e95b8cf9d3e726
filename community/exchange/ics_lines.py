"""Looks through the lines of an iCalendar file before anything else does, and keeps those that are used. Pure.

Nothing of the file is believed: parts within parts, events without number and lines without end are refused, and what
nobody uses (attachments, pictures, guests, a text once more in HTML) goes no further. A time zone of the file's own is
kept apart, since its rules could go on for hours: `ics_zones` reads it where it is needed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from community.core.messages import Message, msg

MOST_ITEMS = 5000
"""Events and tasks, with single occurrences."""
_MOST_LINES = 300
"""Lines of one event or task that are used."""
_LONGEST_LINE, _LONGEST_LINE_OF_ZONE = 64_000, 400
_LONGEST_OWN_ZONE, _MOST_OWN_ZONES = 600, 40
_ITEM = re.compile(r"^BEGIN:(VEVENT|VTODO)[ \t\r]*$", re.IGNORECASE | re.MULTILINE)
_NAME = re.compile(r"[A-Za-z0-9-]+")
_OF_A_ZONE = re.compile(r"(DTSTART|DTEND|DUE|RECURRENCE-ID|EXDATE|RDATE)[^:]{0,40};TZID=", re.IGNORECASE)
_TIMES = re.compile(r"[0-9TZ,/PDHMSW]+", re.IGNORECASE)
_OWN_ZONE = "VTIMEZONE"
_NESTED = {"VCALENDAR": "", "VEVENT": "VCALENDAR", "VTODO": "VCALENDAR", "VALARM": "VEVENT VTODO"}
"""What is read, and in what it may stand."""
LINKS = (
    "CONFERENCE", "X-GOOGLE-CONFERENCE", "X-MICROSOFT-SKYPETEAMSMEETINGURL", "X-MICROSOFT-ONLINEMEETINGCONFLINK",
    "X-MICROSOFT-ONLINEMEETINGEXTERNALLINK", "X-PM-CONFERENCE-URL", "URL",
)  # fmt: skip
"""The properties that have a link to join, the surest first."""
_USED = frozenset((
    "BEGIN", "END", "PRODID", "METHOD", "NAME", "X-WR-CALNAME", "X-WR-TIMEZONE", "VERSION", "CALSCALE",
    "UID", "RECURRENCE-ID", "SEQUENCE", "DTSTAMP", "DTSTART", "DTEND", "DUE", "DURATION", "RRULE", "EXRULE", "RDATE",
    "EXDATE", "STATUS", "CLASS", "CATEGORIES", "SUMMARY", "LOCATION", "DESCRIPTION", "ACTION", "TRIGGER", *LINKS,
))  # fmt: skip


@dataclass(frozen=True, slots=True)
class IcsHalt:
    """Where a file cannot be read on, and why."""

    line: int
    what: Message


@dataclass(frozen=True, slots=True)
class IcsLines:
    """The lines that are used, and those of each zone that the file describes itself, by the name it has there."""

    lines: list[str]
    own_zones: Mapping[str, tuple[str, ...]]


def _quoted(line: str) -> str:
    """Return a line whose time zone has a colon in its name with quotation marks around it, which Exchange forgets."""
    head, _, value = line.rpartition(":")
    found = _OF_A_ZONE.match(head)
    zone = "" if found is None else head[found.end() :]
    if found is None or ":" not in zone or '"' in head or ";" in zone or _TIMES.fullmatch(value) is None:
        return line
    return f'{found[0]}"{zone}":{value}'


def items_begin(text: str) -> list[int]:
    """Return the numbers of the lines at which events and tasks begin."""
    numbers, number, seen = [], 1, 0
    for found in _ITEM.finditer(text):
        number += text.count("\n", seen, found.start())
        seen = found.start()
        numbers.append(number)
    return numbers


def looked_through(lines: Sequence[str], begun: Sequence[int]) -> IcsLines | IcsHalt:
    """Return what is used of unfolded lines; ``begun``: at which lines events and tasks begin."""
    reader = _Lines(begun)
    for line in lines:
        what = reader.take(str(line)) if line.strip() else None
        if what is not None:
            return IcsHalt(reader.line, what)
    if not reader.is_whole:
        return IcsHalt(reader.line, msg("the file ends in the middle of a calendar: get it again"))
    return IcsLines(reader.kept, reader.own_zones)


class _Lines:
    """Takes the lines of a file one by one, and keeps those that are used."""

    def __init__(self, begun: Sequence[int]) -> None:
        self._begun = begun
        self._within: list[str] = []
        self._number = 0
        self._counted = 0
        self._zone: list[str] = []
        self.kept: list[str] = []
        self.own_zones: dict[str, tuple[str, ...]] = {}

    @property
    def line(self) -> int:
        """The line at which the event or task begins that is read now."""
        return self._begun[min(self._number, len(self._begun)) - 1] if self._number and self._begun else 1

    @property
    def is_whole(self) -> bool:
        return not self._within

    def take(self, line: str) -> Message | None:
        """Take a line, and return what is to be said where the file cannot be read on."""
        name = found[0].upper() if (found := _NAME.match(line)) else ""
        what = line[len(name) + 1 :].strip().upper()
        if name == "BEGIN":
            return self._begin(what, line)
        if name == "END":
            return self._end(what, line)
        if _OWN_ZONE in self._within:
            self._zone.append(line[:_LONGEST_LINE_OF_ZONE])
            return None
        if self._is_read and name in _USED:
            self._counted += 1
            if self._counted > _MOST_LINES:
                return msg(
                    "this event has more than {most} lines: it is no event of people", most=_MOST_LINES
                )
            self.kept.append(_quoted(line[:_LONGEST_LINE]))
        return None

    @property
    def _is_read(self) -> bool:
        return all(part in _NESTED for part in self._within)

    def _begin(self, what: str, line: str) -> Message | None:
        outer = self._within[-1] if self._within else ""
        if len(self._within) > len(_NESTED):
            return msg("its parts stand within each other more often than in any calendar")
        if _OWN_ZONE in self._within:
            self._zone.append(line)
        elif what in _NESTED and self._is_read:
            if outer not in _NESTED[what].split(" "):
                return msg(
                    "{what} stands within {outer}, where it means nothing", what=what, outer=outer or "–"
                )
            self.kept.append(line)
        self._within.append(what)
        if what in ("VEVENT", "VTODO"):
            self._number, self._counted = self._number + 1, 0
            if self._number > MOST_ITEMS:
                return msg(
                    "the calendar has more than {most} events: export a shorter time of it", most=MOST_ITEMS
                )
        return None

    def _end(self, what: str, line: str) -> Message | None:
        if not self._within or self._within[-1] != what:
            return msg("“END:{what}” ends nothing: the file is damaged, export it again", what=what[:40])
        is_read = self._is_read
        self._within.pop()
        if _OWN_ZONE in self._within:
            self._zone.append(line)
        elif what == _OWN_ZONE:
            self._keep_zone()
        elif is_read:
            self.kept.append(line)
        return None

    def _keep_zone(self) -> None:
        lines, self._zone = self._zone, []
        named = next((line for line in lines if re.match(r"TZID[;:]", line, re.IGNORECASE)), "")
        if len(lines) <= _LONGEST_OWN_ZONE and len(self.own_zones) < _MOST_OWN_ZONES:
            self.own_zones.setdefault(named.partition(":")[2].strip(), tuple(lines))
