"""People as a table, as any spreadsheet saves it: one line for each. Pure.

A cell cannot hold a line break: nobody's name has one. Separators, a byte order mark, quotation marks, the order of
the columns, capitals in names of columns and in keys: whatever the spreadsheet of the reader's country writes will do
(`community.core.csv_text`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from community.core.csv_text import Cell, Row, column_name, misfit, rows_of, small, width
from community.core.errors import Problem, SourcePosition
from community.core.messages import Message, msg
from community.core.problems import unknown_name
from community.core.text_file import text_of
from community.core.unseen import formal_text
from community.description.yaml_text import Parsed, Path

_ITEM = re.compile(r"[^\s;,]+")


@dataclass(frozen=True, slots=True)
class PeopleTable:
    """A kind of table: the name of the list that it is, its columns, which of them must be there, which hold lists."""

    name: str
    columns: tuple[str, ...]
    required: tuple[str, ...]
    lists: tuple[str, ...]

    def parse(self, data: bytes, file: str) -> Parsed:
        """Read a table; whatever the bytes are, the answer is ``{name: people}`` as plain values, or problems."""
        text = text_of(data, file, msg("this is not UTF-8 text: save it from the spreadsheet as “CSV UTF-8”"))
        if isinstance(text, Problem):
            return Parsed(None, (text,), {}, {})
        rows, separator, problems = rows_of(text, file, by_line=True)
        if not rows:
            return Parsed(None, tuple(problems), {}, {})
        return _PeopleReader(self, file, separator, problems, width(rows[0])).read(rows[0], rows[1:])


@dataclass
class _PeopleReader:
    """Turns lines into people as plain values, and notes positions and problems."""

    table: PeopleTable
    file: str
    separator: str
    problems: list[Problem]
    width: int
    places: dict[Path, SourcePosition] = field(default_factory=dict)

    def read(self, header: Row, rows: Sequence[Row]) -> Parsed:
        columns = self._columns(header)
        if columns is None:
            return Parsed(None, tuple(self.problems), {}, {})
        self.places[()] = self.places[(self.table.name,)] = SourcePosition(self.file, header[0].line, 1)
        people = [self._person(index, columns, row) for index, row in enumerate(rows)]
        return Parsed({self.table.name: people}, tuple(self.problems), self.places, {})

    def _problem(self, line: int, column: int, what: Message, path: str = "") -> None:
        self.problems.append(Problem(SourcePosition(self.file, line, column), path, what))

    def _columns(self, header: Row) -> list[str | None] | None:
        """Return the name of each column, None for one that is not known; None where needed ones are missing."""
        columns: list[str | None] = []
        for cell in header:
            name = column_name(cell)
            if name in columns:
                self._problem(cell.line, cell.column, msg("“{key}” stands here twice: keep one", key=name))
            elif name and name not in self.table.columns:
                self._problem(cell.line, cell.column, unknown_name(cell.text, self.table.columns))
            columns.append(name if name in self.table.columns and name not in columns else None)
        missing = [name for name in self.table.required if name not in columns]
        for name in missing:
            what = msg(
                "the column “{name}” is missing; expected: {columns}",
                name=name,
                columns=", ".join(self.table.columns),
            )
            self._problem(header[0].line, 1, what)
        return None if missing else columns

    def _person(self, index: int, columns: Sequence[str | None], row: Row) -> dict[str, Any]:
        path: Path = (self.table.name, index)
        self.places[path] = SourcePosition(self.file, row[0].line, 1)
        wrong = misfit(row, self.width, self.separator)
        if wrong is not None:
            cell, what = wrong
            self._problem(cell.line, cell.column, what)
        named = [(name, cell) for name, cell in zip(columns, row, strict=False) if name is not None]
        for name, cell in named:
            self.places[*path, name] = SourcePosition(self.file, cell.line, cell.column)
        return {name: self._value((*path, name), cell) for name, cell in named if cell.text}

    def _value(self, path: Path, cell: Cell) -> str | list[str]:
        if path[-1] not in self.table.lists:
            return cell.text if path[-1] == "name" else small(cell.text)
        items = list(_ITEM.finditer(cell.text))
        whole = self.places[path]
        for position, item in enumerate(items):
            self.places[*path, position] = SourcePosition(self.file, whole.line, cell.column + item.start())
        return [small(formal_text(item[0])) for item in items]
