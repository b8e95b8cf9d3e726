"""Contacts, resources and projects read from a table into plain values with their places. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, NamedTuple, assert_never

from community.core.csv_text import Cell, Row, column_name, misfit, rows_of, small, width
from community.core.errors import Problem, SourcePosition
from community.core.language_folders import LANGUAGE, LANGUAGES
from community.core.messages import Message, msg
from community.core.problems import unknown_name
from community.core.text_file import text_of
from community.core.unseen import formal_text
from community.description.fields import ANY_LANGUAGE
from community.description.yaml_text import Parsed, Path
from community.directory.changes import new_key
from community.directory.entry import DirectoryEntry, EntryKey, EntryKind, name_of
from community.exchange.columns import (
    BY_LANGUAGE,
    DAYS,
    FIELDS,
    FILE_PARTS,
    GUARDED,
    LIST_OF,
    NO,
    NOBODY,
    YES,
    Shape,
    columns_of,
    items,
)
from community.exchange.table_days import DayOrder

_DISTINCTIVE: dict[EntryKind, frozenset[str]] = {
    "contact": frozenset(("function", "phone", "email", "hours", "deputy", "member", "visible", "vacant")),
    "resource": frozenset(("title", "link", "file", "added_by", "date")),
    "project": frozenset(("stage", "lead", "partners", "links", "results", "updated")),
}
"""The fields that no other kind has."""
_FLAGS = {
    **dict.fromkeys((YES, *(word for one in LANGUAGE.values() for word in one.table_yes)), True),
    **dict.fromkeys((NO, *(word for one in LANGUAGE.values() for word in one.table_no)), False),
}
"""Yes and no as spreadsheets and people write them."""
_SMALL = frozenset(("key", "kind", "role", "member", "deputy", "added_by", "stage", "lead"))
"""Fields whose values have small letters alone: a spreadsheet likes to begin them with a capital."""
_COMMENT = "#"


@dataclass(frozen=True, slots=True)
class ReadTable:
    """A table as plain values: ``{"version": 1, "contacts": […]}``. ``kind`` is None where it is not known."""

    kind: EntryKind | None
    parsed: Parsed


class _Column(NamedTuple):
    """What a column holds: a field, or a part of it (a language, a guarded field, a part of a file)."""

    name: str
    shape: Shape
    part: str
    alone: bool
    """A plain column of texts per language, with none for a language: it is the whole field."""


def read_table(data: bytes, file: str, current: Mapping[EntryKey, DirectoryEntry]) -> ReadTable:
    """Read a table over the entries that there are.

    A column that is absent leaves the field as it is, an empty cell takes it away. A row without a key is the entry of
    that name, else a new one. Whatever the bytes are, the answer is values or problems, never an exception.
    """
    if data.startswith(_SPREADSHEETS):
        return _nothing(Problem(SourcePosition(file, 1, 1), "", _NOT_CSV))
    text = text_of(data, file, msg("this is not UTF-8 text: save it from the spreadsheet as “CSV UTF-8”"))
    if isinstance(text, Problem):
        return _nothing(text)
    rows, separator, problems = rows_of(text, file)
    if not rows:
        return _nothing(*problems, Problem(SourcePosition(file, 1, 1), "", msg("the file is empty")))
    kind = _kind(rows[0], file)
    if kind is None:
        return _nothing(*problems, Problem(SourcePosition(file, rows[0][0].line, 1), "", _NO_TABLE))
    return ReadTable(kind, TableReader(file, kind, current, separator, problems).read(rows[0], rows[1:]))


_SPREADSHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How .xlsx, .ods and .xls begin."""
_NOT_CSV = msg("this is a spreadsheet's own file: save it from the spreadsheet as “CSV UTF-8”")
_NO_TABLE = msg(
    "the first row does not tell whether these are contacts, resources or projects: begin with the names of the "
    "columns, as “palabre directory template” writes them"
)


def _nothing(*problems: Problem) -> ReadTable:
    return ReadTable(None, Parsed(None, problems, {}, {}))


def _kind(header: Row, file: str) -> EntryKind | None:
    """Return the kind that a table is of: by the fields that no other has, else by the file's name."""
    names = {column_name(cell).partition(":")[0] for cell in header}
    found = [kind for kind, telling in _DISTINCTIVE.items() if names & telling]
    if len(found) == 1:
        return found[0]
    stem = re.sub(r".*[/\\]|\.[^.]*$", "", file).lower()
    return next(
        (kind for kind, name in LIST_OF.items() if name in stem and names & FIELDS[kind].keys()), None
    )


@dataclass
class TableReader:
    """Turns rows into entries as plain values, and notes the place of each value and the problems."""

    file: str
    kind: EntryKind
    current: Mapping[EntryKey, DirectoryEntry]
    separator: str
    problems: list[Problem]
    places: dict[Path, SourcePosition] = field(default_factory=dict)
    keys: set[str] = field(default_factory=set)
    keys_by_name: dict[str, set[str]] = field(default_factory=dict)
    """The keys of the existing entries by each of their names."""

    def __post_init__(self) -> None:
        for (kind, key), entry in self.current.items():
            for _language, text in name_of(entry) if kind == self.kind else ():
                self.keys_by_name.setdefault(text, set()).add(key)

    def read(self, header: Row, rows: Sequence[Row]) -> Parsed:
        """Return the entries as plain values; problems and places are those of the whole table."""
        columns = self._header(header)
        days = DayOrder.of(
            cell.text for row in rows for column, cell in _named(columns, row) if column.name in DAYS
        )
        place = SourcePosition(self.file, header[0].line, header[0].column)
        self.places[()] = self.places[(LIST_OF[self.kind],)] = place
        entries: list[dict[str, Any]] = []
        for row in rows:
            named = _named(columns, row)
            if any(column.name == "key" and cell.text.startswith(_COMMENT) for column, cell in named):
                continue
            wrong = misfit(row, width(header), self.separator)
            if wrong is not None:
                self._problem(*wrong)
            entries.append(self._entry((LIST_OF[self.kind], len(entries)), named, row[0], days))
        return Parsed({"version": 1, LIST_OF[self.kind]: entries}, tuple(self.problems), self.places, {})

    def _header(self, header: Row) -> list[_Column | None]:
        """Return what each column is, None for one that is not known."""
        seen: set[str] = set()
        columns: list[_Column | None] = []
        texts = [column_name(cell) for cell in header]
        for cell, text in zip(header, texts, strict=True):
            column = _column(self.kind, text, texts)
            if column is None and text:
                self._problem(cell, unknown_name(cell.text, columns_of(self.kind, _usual(self.kind))))
            elif text and text in seen:
                self._problem(cell, msg("“{key}” stands here twice: keep one", key=text))
                column = None
            seen.add(text)
            columns.append(column)
        return columns

    def _problem(self, cell: Cell, what: Message) -> None:
        self.problems.append(Problem(SourcePosition(self.file, cell.line, cell.column), "", what))

    def _entry(
        self, path: Path, named: Sequence[tuple[_Column, Cell]], first: Cell, days: DayOrder
    ) -> dict[str, Any]:
        self.places[path] = SourcePosition(self.file, first.line, 1)
        key = next((small(cell.text) for column, cell in named if column.name == "key"), "") or self._new_key(
            named
        )
        there = self.current.get((self.kind, key))
        values = {} if there is None else there.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        cleared = {column.name for column, _ in named if column.alone}
        values = {name: value for name, value in values.items() if name not in cleared}
        for column, cell in named:
            self._take(values, path, column, cell, days)
        if key:
            values["key"] = key
            self.keys.add(key)
        return values

    def _new_key(self, named: Sequence[tuple[_Column, Cell]]) -> str:
        """Return the key of a row that has none: that of an entry with the same name, else one made of the name."""
        names = [cell.text for column, cell in named if column.name in ("name", "title") and cell.text]
        called = {key for name in names for key in self.keys_by_name.get(name, ())} - self.keys
        if called:
            return min(called)
        base = new_key(self.kind, names[0], ()) if names else ""
        key = base
        for number in count(2):
            if key not in self.keys and (self.kind, key) not in self.current:
                break
            key = f"{base}-{number}"
        return key

    def _take(self, values: dict[str, Any], path: Path, column: _Column, cell: Cell, days: DayOrder) -> None:
        """Put a cell into an entry's values, and note where it stands."""
        at: Path = (*path, column.name)
        self.places.setdefault(at, SourcePosition(self.file, cell.line, cell.column))
        if not column.part:
            self._put(values, column.name, self._value(at, column, cell, days))
            return
        inner = dict(values.get(column.name, {}))
        self.places[*at, column.part] = SourcePosition(self.file, cell.line, cell.column)
        self._put(inner, column.part, self._value((*at, column.part), column, cell, days))
        self._put(values, column.name, inner or None)

    def _put(self, values: dict[str, Any], name: str, value: Any) -> None:
        if value is None:
            values.pop(name, None)
        else:
            values[name] = value

    def _value(self, at: Path, column: _Column, cell: Cell, days: DayOrder) -> Any:
        """Return the cell's value as JSON has it, None for an empty one."""
        if not cell.text:
            return None
        match column.shape:
            case Shape.TEXT if column.name in DAYS:
                return days.iso(cell.text)
            case Shape.TEXT if column.name in _SMALL:
                return small(cell.text)
            case Shape.TEXT | Shape.LOCALIZED:
                return cell.text
            case Shape.FLAG:
                return _FLAGS.get(cell.text.lower(), cell.text)
            case Shape.FILE:
                return int(cell.text) if column.part == "size" and cell.text.isdecimal() else cell.text
            case Shape.KEYS | Shape.LINKS | Shape.TEXTS | Shape.WORDS | Shape.VISIBLE:
                return self._several(at, column.shape, cell)
            case _:
                assert_never(column.shape)

    def _several(self, at: Path, shape: Shape, cell: Cell) -> list[str]:
        if shape is Shape.VISIBLE and cell.text == NOBODY:
            return []
        found = items(shape, cell.text)
        for index, (start, _) in enumerate(found):
            # In a cell of several lines only the first has its columns.
            column = cell.column + (0 if "\n" in cell.text[:start] else start)
            self.places[*at, index] = SourcePosition(
                self.file, cell.line + cell.text.count("\n", 0, start), column
            )
        plain = [formal_text(text) for _, text in found]
        return [small(text) for text in plain] if shape in (Shape.KEYS, Shape.VISIBLE) else plain


def _named(columns: Sequence[_Column | None], row: Row) -> list[tuple[_Column, Cell]]:
    return [(column, cell) for column, cell in zip(columns, row, strict=False) if column is not None]


def _column(kind: EntryKind, text: str, all_texts: Sequence[str]) -> _Column | None:
    name, colon, part = text.partition(":")
    shape = FIELDS[kind].get(name)
    if shape is None:
        return None
    if shape in BY_LANGUAGE:
        if colon and not re.fullmatch("[a-z]{2,3}", part):
            return None
        alone = not colon and not any(other.startswith(f"{name}:") for other in all_texts)
        return _Column(name, shape, part or ANY_LANGUAGE, alone)
    wanted = {Shape.VISIBLE: GUARDED, Shape.FILE: FILE_PARTS}.get(shape, ("",))
    return _Column(name, shape, part, alone=False) if part in wanted and bool(part) == bool(colon) else None


def _usual(kind: EntryKind) -> Iterator[str]:
    """Give names of columns to suggest in place of one that is not known."""
    for name, shape in FIELDS[kind].items():
        parts = {Shape.VISIBLE: GUARDED, Shape.FILE: FILE_PARTS}.get(shape, ())
        if shape in BY_LANGUAGE:
            parts = LANGUAGES
            yield name
        yield from (f"{name}:{part}" for part in parts)
