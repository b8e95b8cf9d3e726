"""The columns of tables, and an entry as one row of cells. Pure.

The column ``name`` has the text for all languages, ``name:fr`` the French one. Several values in a cell are separated
by ``|`` (when reading also by ``;``, keys and links also by blanks). In free texts, ``|``, ``;`` and ``\\`` are
escaped by ``\\``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from enum import Enum, auto
from typing import Any, assert_never

from community.description.directory_model import Attachment
from community.description.fields import ANY_LANGUAGE
from community.directory.entry import CalendarEntry, Entry, EntryKind, kind_of
from community.exchange.canonical import SECTIONS, plain_entry


class Shape(Enum):
    """The kind of a field's value, which decides its columns and cells."""

    TEXT = auto()
    FLAG = auto()
    KEYS = auto()
    """A list of keys or language codes."""
    LINKS = auto()
    TEXTS = auto()
    LOCALIZED = auto()
    """A column for each language."""
    WORDS = auto()
    """A column of texts for each language."""
    VISIBLE = auto()
    """A column of roles for each field that may be guarded."""
    FILE = auto()
    """A column for each part of an attachment."""


FIELDS: dict[EntryKind, dict[str, Shape]] = {
    "contact": {
        "key": Shape.TEXT,
        "kind": Shape.TEXT,
        "name": Shape.LOCALIZED,
        "function": Shape.LOCALIZED,
        "cities": Shape.KEYS,
        "themes": Shape.KEYS,
        "languages": Shape.KEYS,
        "role": Shape.TEXT,
        "member": Shape.TEXT,
        "email": Shape.TEXT,
        "phone": Shape.TEXT,
        "hours": Shape.LOCALIZED,
        "deputy": Shape.TEXT,
        "visible": Shape.VISIBLE,
        "vacant": Shape.FLAG,
        "words": Shape.WORDS,
        "confirmed": Shape.TEXT,
    },
    "resource": {
        "key": Shape.TEXT,
        "kind": Shape.TEXT,
        "title": Shape.LOCALIZED,
        "summary": Shape.LOCALIZED,
        "link": Shape.TEXT,
        "file": Shape.FILE,
        "cities": Shape.KEYS,
        "themes": Shape.KEYS,
        "languages": Shape.KEYS,
        "words": Shape.WORDS,
        "added_by": Shape.TEXT,
        "date": Shape.TEXT,
        "confirmed": Shape.TEXT,
    },
    "project": {
        "key": Shape.TEXT,
        "name": Shape.LOCALIZED,
        "summary": Shape.LOCALIZED,
        "cities": Shape.KEYS,
        "themes": Shape.KEYS,
        "stage": Shape.TEXT,
        "lead": Shape.TEXT,
        "partners": Shape.TEXTS,
        "links": Shape.LINKS,
        "results": Shape.LOCALIZED,
        "words": Shape.WORDS,
        "updated": Shape.TEXT,
    },
}
"""The fields of each kind in the order of the model (a test compares them)."""

LIST_OF: dict[EntryKind, str] = {section.kind: section.name for section in SECTIONS}
"""The name of each kind's list in ``directory.yaml``, and of its table without ``.csv``."""

GUARDED = ("member", "email", "phone", "hours", "deputy")
FILE_PARTS = tuple(Attachment.model_fields)
BY_LANGUAGE = (Shape.LOCALIZED, Shape.WORDS)
DAYS = frozenset(("confirmed", "date", "updated"))
NOBODY = "(nobody)"
"""The content of a cell of roles where no role may see the field."""
YES, NO = "true", "false"
_BETWEEN = " | "
_MARKED = re.compile(r"[\\|;]")
_UNMARKED = re.compile(r"\\([\\|;])")
_ITEM = re.compile(r"(?:\\[\\|;]|[^|;])+")
_NAME = re.compile(r"[^\s|;,]+")
_LINK = re.compile(r"(?![|;,](?:\s|$))\S+")


def cells(entry: Entry) -> dict[str, str]:
    """Return an entry's cells that are not empty, by column, in the order of the columns.

    Events and deadlines have no tables; their cells tell two states of one apart.
    """
    said = plain_entry(entry)
    if isinstance(entry, CalendarEntry):
        return dict(cell for name, value in said.items() for cell in _plain_cells(name, value))
    fields = FIELDS[kind_of(entry)]
    return {
        column: cell for name, value in said.items() for column, cell in _cells(name, fields[name], value)
    }


def _cells(name: str, shape: Shape, value: Any) -> Iterable[tuple[str, str]]:
    match shape:
        case Shape.TEXT:
            return [(name, value)]
        case Shape.FLAG:
            return [(name, YES if value else NO)]
        case Shape.KEYS | Shape.LINKS:
            return [(name, _BETWEEN.join(value))]
        case Shape.TEXTS:
            return [(name, _joined(value))]
        case Shape.LOCALIZED:
            return [(by_language(name, language), text) for language, text in value.items()]
        case Shape.WORDS:
            return [(by_language(name, language), _joined(some)) for language, some in value.items() if some]
        case Shape.VISIBLE:
            return [(f"{name}:{field}", _BETWEEN.join(roles) or NOBODY) for field, roles in value.items()]
        case Shape.FILE:
            return [(f"{name}:{part}", str(each)) for part, each in value.items()]
        case _:
            assert_never(shape)


def _plain_cells(name: str, value: Any) -> Iterator[tuple[str, str]]:
    """Give the cells of a value of any shape: one for each text, list and part that has a name of its own."""
    match value:
        case dict():
            for part, inner in value.items():
                yield from _plain_cells(by_language(name, part), inner)
        case [dict(), *_]:
            for number, inner in enumerate(value, 1):
                yield from _plain_cells(f"{name}:{number}", inner)
        case list():
            yield name, _joined(value)
        case bool():
            yield name, YES if value else NO
        case _:
            yield name, str(value)


def by_language(name: str, language: str) -> str:
    """Return the column of a field in one language."""
    return name if language == ANY_LANGUAGE else f"{name}:{language}"


def _joined(texts: Iterable[str]) -> str:
    return _BETWEEN.join(_MARKED.sub(r"\\\g<0>", text) for text in texts)


def items(shape: Shape, cell: str) -> list[tuple[int, str]]:
    """Return the values in a cell that may hold several, each with where it begins in the cell (from 0)."""
    match shape:
        case Shape.KEYS | Shape.VISIBLE:
            return [(found.start(), found[0]) for found in _NAME.finditer(cell)]
        case Shape.LINKS:
            return [(found.start(), found[0]) for found in _LINK.finditer(cell)]
        case _:
            found_texts = [(found.start(), found[0]) for found in _ITEM.finditer(cell)]
            return [
                (start, _UNMARKED.sub(r"\1", text.strip())) for start, text in found_texts if text.strip()
            ]


def columns_of(kind: EntryKind, used: Iterable[str]) -> list[str]:
    """Return the columns of a table in the order of the model: those in ``used``, and the plain one of each field."""
    parts: dict[str, list[str]] = {name: [] for name in FIELDS[kind]}
    for column in sorted(used):
        parts[column.partition(":")[0]].append(column)
    columns = []
    for name, shape in FIELDS[kind].items():
        some = parts[name]
        if not some and shape not in (Shape.VISIBLE, Shape.FILE):
            some = [name]
        columns += sorted(some, key=lambda column, shape=shape: _position(column, shape))  # type: ignore[misc]
    return columns


def _position(column: str, shape: Shape) -> tuple[int, str]:
    part = column.partition(":")[2]
    match shape:
        case Shape.VISIBLE:
            return GUARDED.index(part), ""
        case Shape.FILE:
            return FILE_PARTS.index(part), ""
        case _:
            return 0, part
