"""How the days of a table are written. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

_DAY = re.compile(r"(\d{1,4})([./-])(\d{1,2})\2(\d{1,4})")


@dataclass(frozen=True, slots=True)
class DayOrder:
    """Whether a table writes the day or the month first.

    A spreadsheet turns 2026-10-14 into 14/10/2026, or in American English into 10/14/2026. All dates of the table
    together show which: a number above 12 cannot be a month. Where they do not, a date that can be read both ways
    is left as it is, and the loader refuses it. So is one with a year of two digits.
    """

    day_first: bool
    month_first: bool

    @classmethod
    def of(cls, texts: Iterable[str]) -> DayOrder:
        """Return the order that the dates among ``texts`` show."""
        found = [match for text in texts if (match := _DAY.fullmatch(text)) and len(match[4]) == 4]
        return cls(any(int(m[1]) > 12 for m in found), any(int(m[3]) > 12 for m in found))

    def iso(self, text: str) -> str:
        """Return a date as ISO 8601 has it; ``text`` itself where it is no date, or could be two."""
        match = _DAY.fullmatch(text)
        if match is None:
            return text
        first, mark, second, third = match.groups()
        if len(first) == 4:
            return _iso(first, second, third, text)
        if len(third) != 4:
            return text
        if first == second or mark == "." or (self.day_first and not self.month_first):
            return _iso(third, second, first, text)
        if self.month_first and not self.day_first:
            return _iso(third, first, second, text)
        return text


def _iso(year: str, month: str, day: str, text: str) -> str:
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return text
