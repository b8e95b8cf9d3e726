"""``members.csv``: the members as a table, as any spreadsheet saves it. Pure.

It is read by lines, so that each value has its line and column: a cell cannot hold a line break, and no member's
name has one. Separators, a byte order mark, quotation marks, the order of the columns: whatever the spreadsheet of
the reader's country writes will do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from community.core.errors import Problem, SourcePosition
from community.core.messages import Message, msg
from community.core.text_file import CONTROL, control_character, text_of
from community.description.findings import unknown_name
from community.description.model import Described, Member
from community.description.yaml_text import Parsed, Path

COLUMNS = ("username", "name", "role", "city", "themes", "languages", "status", "successor")
REQUIRED = ("username", "name", "role", "languages")
_LISTS = ("themes", "languages")
_SEPARATORS = (";", ",", "\t")
_CELLS = {s: re.compile(rf' *"((?:[^"]|"")*)" *(?={s}|$)|([^{s}]*)') for s in _SEPARATORS}
_ITEM = re.compile(r"[^\s;,]+")


class MemberList(Described):
    """The members of one file."""

    members: tuple[Member, ...] = ()


@dataclass(frozen=True, slots=True)
class _Cell:
    text: str
    column: int
    """Where the text begins, from 1."""


def parse_members(data: bytes, file: str) -> Parsed:
    """Read the table; whatever the bytes are, the answer is a `MemberList` as plain values, or problems."""
    text = text_of(data, file, msg("this is not UTF-8 text: save it from the spreadsheet as “CSV UTF-8”"))
    if isinstance(text, Problem):
        return Parsed(None, (text,), {}, {})
    # Old spreadsheets end lines with a carriage return alone.
    rows = [(number, line) for number, line in enumerate(re.split(r"\r\n|\n|\r", text), start=1)]
    separator, rows = _separator(rows)
    filled = [(number, line) for number, line in rows if line.strip(f" \t\xa0{separator}")]
    if not filled:
        return Parsed(None, (), {}, {})
    return _Table(file, separator).read(filled[0], filled[1:])


def _separator(rows: list[tuple[int, str]]) -> tuple[str, list[tuple[int, str]]]:
    """Return what separates the cells, and the rows without the line ``sep=;`` that Excel may put first."""
    stated = re.fullmatch(r'"?sep=([;,\t])"?[;,\t]*', rows[0][1].strip(" "))
    if stated is not None:
        return stated[1], rows[1:]
    header = next((line for _number, line in rows if line.strip()), "")
    return max(_SEPARATORS, key=header.count), rows


@dataclass
class _Table:
    """Turns lines into members as plain values, noting places and problems."""

    file: str
    separator: str
    problems: list[Problem] = field(default_factory=list)
    places: dict[Path, SourcePosition] = field(default_factory=dict)

    def read(self, header: tuple[int, str], rows: Sequence[tuple[int, str]]) -> Parsed:
        columns = self._columns(*header)
        if columns is None:
            return Parsed(None, tuple(self.problems), {}, {})
        self.places[()] = self.places[("members",)] = SourcePosition(self.file, header[0], 1)
        members = [self._member(index, columns, *row) for index, row in enumerate(rows)]
        return Parsed({"members": members}, tuple(self.problems), self.places, {})

    def _problem(self, line: int, column: int, what: Message, path: str = "") -> None:
        self.problems.append(Problem(SourcePosition(self.file, line, column), path, what))

    def _columns(self, number: int, line: str) -> list[str | None] | None:
        """Return the name of each column, None for one that is not known; None where needed ones are missing."""
        columns: list[str | None] = []
        for cell in self._cells(number, line):
            name = cell.text.lower()
            if name in columns:
                self._problem(number, cell.column, msg("“{key}” stands here twice: keep one", key=name))
            elif name and name not in COLUMNS:
                self._problem(number, cell.column, unknown_name(cell.text, COLUMNS))
            columns.append(name if name in COLUMNS and name not in columns else None)
        missing = [name for name in REQUIRED if name not in columns]
        for name in missing:
            what = msg(
                "the column “{name}” is missing; expected: {columns}", name=name, columns=", ".join(COLUMNS)
            )
            self._problem(number, 1, what)
        return None if missing else columns

    def _member(self, index: int, columns: Sequence[str | None], number: int, line: str) -> dict[str, Any]:
        path: Path = ("members", index)
        self.places[path] = SourcePosition(self.file, number, 1)
        cells = tuple(self._cells(number, line))
        beyond = next((cell for cell in cells[len(columns) :] if cell.text), None)
        if beyond is not None:
            what = msg(
                "this row has more values than there are columns: put a text with “{separator}” in quotation marks",
                separator=self.separator,
            )
            self._problem(number, beyond.column, what)
        named = [(name, cell) for name, cell in zip(columns, cells, strict=False) if name is not None]
        for name, cell in named:
            self.places[*path, name] = SourcePosition(self.file, number, cell.column)
        return {name: self._value((*path, name), cell) for name, cell in named if cell.text}

    def _value(self, path: Path, cell: _Cell) -> str | list[str]:
        if path[-1] not in _LISTS:
            return cell.text
        items = list(_ITEM.finditer(cell.text))
        whole = self.places[path]
        for position, item in enumerate(items):
            self.places[*path, position] = SourcePosition(self.file, whole.line, cell.column + item.start())
        return [item[0] for item in items]

    def _cells(self, number: int, line: str) -> Iterator[_Cell]:
        bad = CONTROL.search(line)
        if bad is not None:
            self._problem(number, bad.start() + 1, control_character(bad))
        for found in _matches(_CELLS[self.separator], line):
            if found[1] is not None:
                text, start = found[1].replace('""', '"'), found.start(1)
            else:
                text, start = found[2], found.start(2)
                if text.lstrip().startswith('"'):
                    what = msg("a quotation mark is opened and not closed on this line")
                    self._problem(number, start + 1, what)
            yield _Cell(text.strip(), start + len(text) - len(text.lstrip()) + 1)


def _matches(cell: re.Pattern[str], line: str) -> Iterable[re.Match[str]]:
    position = 0
    while position <= len(line):
        found = cell.match(line, position)
        assert found is not None  # noqa: S101 - the pattern matches nothing, too
        yield found
        position = found.end() + 1
