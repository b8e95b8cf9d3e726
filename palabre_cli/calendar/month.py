"""A month drawn with lines of text: a cell for each day, with what takes place and what is due. Pure."""

from __future__ import annotations

from calendar import Calendar as Weeks
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from textwrap import wrap

from babel.dates import format_date, get_day_names
from rich.cells import cell_len, set_cell_size

from community.agenda.shown_dates import ShownDate
from community.core.locale_texts import locale_texts
from community.core.messages import Translator, locale_of
from community.description.calendar_model import Deadline
from community.exchange.plan import shown as safe

_NARROWEST, _WIDEST = 9, 26
_LINES_EACH, _MOST = 3, 4
DUE, CANCELLED = "!", "×"


@dataclass(frozen=True, slots=True)
class MonthDrawing:
    """A month to draw for a reader: how many columns their terminal has, and which day is today."""

    year: int
    month: int
    columns: int
    today: date
    translate: Translator

    @property
    def _cell(self) -> int:
        return max(_NARROWEST, min(_WIDEST, (self.columns - 8) // 7))

    def lines(self, found: Sequence[ShownDate]) -> Iterator[str]:
        """Yield the lines; ``found`` is what there is in that month."""
        locale = locale_of(self.translate.language)
        heading = format_date(date(self.year, self.month, 1), "LLLL y", locale=locale)
        yield f"{heading[:1].upper()}{heading[1:]}".center(self._cell * 7 + 8).rstrip()
        names = get_day_names("abbreviated", locale=locale)
        yield self._border("┌", "┬", "┐")
        yield self._row([f" {names[day]}" for day in range(7)])
        for week in Weeks().monthdatescalendar(self.year, self.month):
            yield self._border("├", "┼", "┤")
            cells = [self._day(day, found) for day in week]
            height = max(2, *map(len, cells))
            for number in range(height):
                yield self._row([cell[number] if number < len(cell) else "" for cell in cells])
        yield self._border("└", "┴", "┘")

    def _border(self, left: str, middle: str, right: str) -> str:
        return f"{left}{middle.join(['─' * self._cell] * 7)}{right}"

    def _row(self, cells: Sequence[str]) -> str:
        return f"│{'│'.join(set_cell_size(cell, self._cell) for cell in cells)}│"

    def _day(self, day: date, found: Sequence[ShownDate]) -> list[str]:
        """Return the lines of a day's cell; none for a day of another month."""
        if day.month != self.month:
            return [""]
        dates = [one for one in found if one.first <= day <= one.last]
        number = f"[{day.day}]" if day == self.today else f" {day.day}"
        lines = [line for one in dates[:_MOST] for line in self._said(one, day)]
        more = [f"+{len(dates) - _MOST}"] if len(dates) > _MOST else []
        return [number, *lines, *more]

    def _said(self, one: ShownDate, day: date) -> list[str]:
        sign = CANCELLED if one.occurrence.is_cancelled else DUE if _is_due(one) else ""
        starts = one.start is not None and one.first == day
        clock = locale_texts(self.translate.language).clock(one.start) if one.start and starts else ""
        title = safe(one.occurrence.entry.title.text(self.translate.language))
        lines = wrap(" ".join(part for part in (sign + clock, title) if part), self._cell)
        if len(lines) > _LINES_EACH:
            last = " ".join(lines[_LINES_EACH - 1 :])
            lines = [*lines[: _LINES_EACH - 1], f"{set_cell_size(last, self._cell - 1).rstrip()}…"]
        return [line for line in lines if cell_len(line)]


def _is_due(one: ShownDate) -> bool:
    return isinstance(one.occurrence.entry, Deadline)
