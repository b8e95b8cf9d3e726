"""Tables as spreadsheets write and read them: cells with their places in, bytes out. Pure.

A cell that begins with ``=``, ``+``, ``-``, ``@``, a tab or a line's end is a formula to a spreadsheet, and a telephone
number a sum. Such a cell is written after an apostrophe, and on reading exactly one apostrophe is taken away before one
of these signs: nothing is lost, and what somebody typed without an apostrophe is read as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from community.core.errors import Problem, SourcePosition
from community.core.messages import Message, msg
from community.core.patterns import pattern_of
from community.core.text_file import CONTROL, control_character
from community.core.unseen import formal_text

SEPARATORS = (";", ",", "\t")
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_GUARDED = re.compile(r"'+[=+\-@\t\r]")
_TO_QUOTE = re.compile(r'[;,\t"\n\r]')
_QUOTED = re.compile(r'[ ]*"((?:[^"]|"")*+)"[ ]*')
_QUOTED_ON_A_LINE = re.compile(r'[ ]*"((?:[^"\n]|"")*+)"[ ]*')
_STATED = re.compile(r'"?sep=([;,\t])"?[;,\t]*\n')


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell without blanks around it, and where its text begins, from 1."""

    text: str
    line: int
    column: int


Row = tuple[Cell, ...]


def written(rows: Iterable[Sequence[str]], separator: str) -> bytes:
    """Return a table in UTF-8 with a byte order mark, by which Excel knows it, and lines that end as in RFC 4180."""
    lines = (separator.join(map(_written, row)) + "\r\n" for row in rows)
    return "".join(lines).encode("utf-8-sig")


def _written(text: str) -> str:
    if _FORMULA.match(text):
        text = f"'{text}"
    return '"' + text.replace('"', '""') + '"' if _TO_QUOTE.search(text) else text


def rows_of(text: str, file: str, *, by_line: bool = False) -> tuple[list[Row], str, list[Problem]]:
    """Return the rows of a table that are not empty, what separates their cells, and what is wrong with them.

    The separator is the one that the first row has most of; Excel's own line ``sep=;`` goes before that.
    ``by_line``: no cell has a line break, so a quotation mark that is not closed spoils its own row only.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    stated = _STATED.match(text.lstrip(" ") + "\n")
    header = next((line for line in text.split("\n") if line.strip(" \t\xa0;,")), "")
    separator = stated[1] if stated else max(SEPARATORS, key=header.count)
    reader = _RowReader(text, file, separator, _QUOTED_ON_A_LINE if by_line else _QUOTED, [])
    rows = [row for row in reader.rows() if any(cell.text for cell in row)]
    return (rows[1:] if stated else rows), separator, reader.problems


def column_name(cell: Cell) -> str:
    """Return the name in a cell of the first row: capitals and blanks do not matter."""
    return cell.text.lower().replace(" ", "")


def small(text: str) -> str:
    """Return a key in small letters, as a spreadsheet may have given it a capital; another text as it is written."""
    return text.lower() if text.isascii() else text


def misfit(row: Row, columns: int, separator: str) -> tuple[Cell, Message] | None:
    """Return what is wrong with a row that has more values, or fewer cells, than there are columns; and at which cell.

    In a row with too few cells nobody knows which one is missing: its values may stand under another's name.
    """
    beyond = next((cell for cell in row[columns:] if cell.text), None)
    if beyond is not None:
        return beyond, msg(
            "this row has more values than there are columns: put a text with “{separator}” in quotation marks",
            separator=separator,
        )
    if len(row) < columns:
        return row[-1], msg(
            "this row has only {cells} of the {columns} cells that the first row has: write “{separator}” for each "
            "empty cell too",
            cells=len(row),
            columns=columns,
            separator=separator,
        )
    return None


def width(header: Row) -> int:
    """Return how many columns a table has: up to the last one with a name."""
    return max((number for number, cell in enumerate(header, 1) if cell.text), default=0)


@dataclass
class _RowReader:
    text: str
    file: str
    separator: str
    quoted: re.Pattern[str]
    problems: list[Problem]
    position: int = 0
    line: int = 1
    line_start: int = 0

    def rows(self) -> Iterator[Row]:
        plain = pattern_of(rf"[^{self.separator}\n]*")
        row: list[Cell] = []
        while self.position <= len(self.text):
            row.append(self._cell(plain))
            if self.text[self.position : self.position + 1] != self.separator:
                yield tuple(row)
                row = []
            self._pass(self.position + 1)

    def _cell(self, plain: re.Pattern[str]) -> Cell:
        start = self.position
        quoted = self.quoted.match(self.text, start)
        if quoted is not None and self.text[quoted.end() : quoted.end() + 1] in ("", "\n", self.separator):
            cell = self._read(quoted[1].replace('""', '"'), quoted.start(1))
            self._pass(quoted.end())
            return cell
        found = plain.match(self.text, start)
        assert found is not None  # noqa: S101 - the pattern matches nothing, too
        if found[0].lstrip(" ").startswith('"'):
            what = msg("a quotation mark is not closed, or text follows the closing one")
            self.problems.append(Problem(self._place(start), "", what))
        cell = self._read(found[0], start)
        self._pass(found.end())
        return cell

    def _read(self, text: str, start: int) -> Cell:
        bad = CONTROL.search(text)
        if bad is not None:
            self.problems.append(Problem(self._place(start + bad.start()), "", control_character(bad)))
        stripped = text.strip()
        place = self._place(start + len(text) - len(text.lstrip()))
        if _GUARDED.match(stripped):
            stripped = stripped[1:]
        return Cell(formal_text(stripped), place.line, place.column)

    def _place(self, position: int) -> SourcePosition:
        before = self.text.count("\n", self.position, position)
        start = self.text.rfind("\n", self.line_start, position) + 1 if before else self.line_start
        return SourcePosition(self.file, self.line + before, position - start + 1)

    def _pass(self, position: int) -> None:
        passed = self.text.count("\n", self.position, position)
        if passed:
            self.line += passed
            self.line_start = self.text.rfind("\n", self.position, position) + 1
        self.position = position
