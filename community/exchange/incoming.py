"""Reads files that are imported into the directory, and checks the result against the community. Pure."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import ValidationError

from community.core.errors import Problem, SourcePosition
from community.core.messages import Message, msg, nmsg
from community.description.directory_model import Directory
from community.description.doubts import Doubts, doubts_of
from community.description.faults import Fault
from community.description.findings import shape_problems
from community.description.model import Community
from community.description.names import Names
from community.description.placeholders import UNMENDED, Mending, mended_model
from community.description.references import check_directory
from community.description.yaml_text import Parsed, Path, parse, path_text
from community.directory.entry import (
    DirectoryEntry,
    Entry,
    EntryChange,
    EntryKey,
    EntryKind,
    entries_of,
    key_of,
)
from community.exchange.canonical import SECTIONS, entries_by_key
from community.exchange.columns import LIST_OF
from community.exchange.table_reader import read_table

TABLE_ENDINGS = (".csv", ".tsv", ".txt")
YAML_ENDINGS = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Source:
    """Where an entry was written: its file, and its path in it."""

    file: str
    parsed: Parsed
    path: Path
    mending: Mending = UNMENDED
    """What of the file has placeholders, as what stands there is not valid."""

    def as_written(self, inner: Path) -> Path:
        """Return the path of a part of the entry as it is written, within the entry."""
        return self.mending.as_written((*self.path, *inner))[len(self.path) :]

    def is_replaced(self, inner: Path) -> bool:
        """Whether a part of the entry, as it is written, is a placeholder."""
        return self.mending.is_replaced((*self.path, *inner))

    def place(self, inner: Path = ()) -> SourcePosition:
        """Return the position of a part of the entry, or of the nearest part around it that has one."""
        whole = (*self.path, *inner)
        found = (self.parsed.places.get(whole[:length]) for length in range(len(whole), -1, -1))
        return next((place for place in found if place is not None), SourcePosition(self.file, 1, 1))


@dataclass(frozen=True, slots=True)
class Incoming:
    """The content of the files: entries, the kinds that they list, each entry's source, and every problem.

    ``notes`` name the parts that are ignored. With problems, the entries have placeholders for what is not valid, and
    ``doubts`` are what cannot be known for that reason.
    """

    directory: Directory
    kinds: frozenset[EntryKind]
    sources: Mapping[EntryKey, Source]
    problems: tuple[Problem, ...]
    notes: tuple[Message, ...]
    doubts: Doubts


def read_files(
    files: Sequence[tuple[str, bytes]], current: Directory, community: Community | None = None
) -> Incoming:
    """Read files, given by name and content, over the existing entries.

    A row of a table changes only the columns that it has; an entry of a YAML file replaces the whole entry. An entry
    may be in one of the files only. With the ``community`` a name in place of a key gets the key as a suggestion.
    """
    there = entries_by_key(current)
    trees = [part.model_dump(mode="json") for part in (current, community) if part is not None]
    reading = _FileReader(Names.of(trees), {}, {}, set(), [], [], [])
    for name, data in files:
        reading.take(name, data, there)
    lists = {
        section.name: tuple(entry for (kind, _), entry in reading.entries.items() if kind == section.kind)
        for section in SECTIONS
    }
    directory = Directory(version=1, **lists)
    problems = tuple(sorted(reading.problems, key=lambda problem: (problem.place, problem.path)))
    doubts = doubts_of(reading.invalid)
    return Incoming(
        directory, frozenset(reading.kinds), reading.sources, problems, tuple(reading.notes), doubts
    )


@dataclass
class _FileReader:
    """Collects the entries and problems of one file after the other."""

    names: Names
    entries: dict[EntryKey, DirectoryEntry]
    sources: dict[EntryKey, Source]
    kinds: set[EntryKind]
    problems: list[Problem]
    notes: list[Message]
    invalid: list[tuple[Any, frozenset[Path]]]
    """The plain values of files that are not valid, and the paths that have placeholders."""

    def take(self, name: str, data: bytes, there: Mapping[EntryKey, DirectoryEntry]) -> None:
        is_table = name.lower().endswith(TABLE_ENDINGS)
        if not is_table and not name.lower().endswith(YAML_ENDINGS):
            what = msg("only .yaml and .csv files can be taken in: save it as one of them")
            self.problems.append(Problem(SourcePosition(name, 1, 1), "", what))
            return
        parsed = read_table(data, name, there).parsed if is_table else parse(data, name)
        self.problems += parsed.problems
        if parsed.value is None:
            return
        self.kinds |= {section.kind for section in SECTIONS if section.name in parsed.value}
        if "visible" in parsed.value:
            what = msg(
                "“visible” of {file} is not taken in: it stands in the description's directory.yaml",
                file=name,
            )
            self.notes.append(what)
        directory, mending = self._validated(parsed, name, is_table=is_table)
        if directory is not None:
            self._sort_in(directory, parsed, name, mending)

    def _validated(self, parsed: Parsed, name: str, *, is_table: bool) -> tuple[Directory | None, Mending]:
        try:
            return Directory.model_validate_json(json.dumps(parsed.value), strict=True), UNMENDED
        except ValidationError as error:
            found = shape_problems(error, parsed, Directory, name, self.names)
            self.problems += _table_problems(error, parsed, found) if is_table else found
            mended, mending = mended_model(parsed.value, error, Directory)
            self.invalid.append((parsed.value, mending.replaced))
            return mended, mending

    def _sort_in(self, directory: Directory, parsed: Parsed, name: str, mending: Mending) -> None:
        indexes: dict[EntryKind, int] = {}
        for entry in entries_of(directory):
            kind, key = at = key_of(entry)
            indexes[kind] = index = indexes.get(kind, -1) + 1
            source = Source(name, parsed, (LIST_OF[kind], index), mending)
            first = self.sources.setdefault(at, source)
            if first is not source:
                what = msg(
                    "“{key}” stands already in {place}: keep one of the two",
                    key=key,
                    place=str(first.place()),
                )
                self.problems.append(Problem(source.place(("key",)), "key", what))
            self.entries[at] = entry


def _table_problems(error: ValidationError, parsed: Parsed, found: Iterable[Problem]) -> Iterator[Problem]:
    """Yield the problems of a table: without the entry's number, as the line is known; one for a missing column."""
    details = [detail for detail in error.errors(include_url=False) if detail["type"] == "missing"]
    absent = [detail["loc"] for detail in details if detail["loc"] not in parsed.places]
    said = {path_text(path) for path in absent}
    for problem in found:
        if problem.path not in said:
            yield Problem(problem.place, problem.path.partition("].")[2], problem.what)
    for name, count in sorted(Counter(str(path[-1]) for path in absent).items()):
        what = nmsg(
            "the column “{name}” is missing, and {count} row is new and needs it",
            "the column “{name}” is missing, and {count} rows are new and need it",
            count=count,
            name=name,
        )
        yield Problem(parsed.places[()], name, what)


# --- how it fits ----------------------------------------------------------------------------------------------------


def applied(current: Directory, changes: Sequence[EntryChange]) -> Directory:
    """Return the directory after ``changes``; new entries are last."""
    entries: dict[EntryKey, Entry] = {**entries_by_key(current)}
    for change in changes:
        at = (change.kind, change.key)
        if change.after is None:
            entries.pop(at, None)
        else:
            entries[at] = change.after
    lists = {s.name: tuple(entry for (kind, _), entry in entries.items() if kind == s.kind) for s in SECTIONS}
    return current.model_copy(update=lists)


def misfits(
    community: Community,
    current: Directory,
    changes: Sequence[EntryChange],
    incoming: Incoming,
    today: date,
) -> tuple[Problem, ...]:
    """Return the references that would be broken after ``changes`` and are valid now, and days that cannot be meant."""
    before = {_known(current, fault) for fault in check_directory(community, current, today)}
    after = applied(current, changes)
    found = [
        fault for fault in check_directory(community, after, today) if _known(after, fault) not in before
    ]
    known = [fault for fault in found if not _is_doubtful(fault, community, incoming)]
    return tuple(sorted(_problems(after, known, incoming), key=lambda problem: (problem.place, problem.path)))


def _is_doubtful(fault: Fault, community: Community, incoming: Incoming) -> bool:
    """Whether what seems to be missing may be an entry whose key is not valid."""
    name = str(fault.what.params.get("name", ""))
    return fault.missing is not None and incoming.doubts.may_mean(fault.missing, name, community)


def _known(directory: Directory, fault: Fault) -> tuple[object, ...]:
    """Return a fault with its entry's key in place of its number, which changes."""
    return (_entry(directory, fault), fault.path[2:], str(fault.what))


def _entry(directory: Directory, fault: Fault) -> EntryKey | None:
    match fault.path:
        case (str(name), int(index), *_):
            return key_of(getattr(directory, name)[index])
        case _:
            return None


def _problems(after: Directory, faults: Sequence[Fault], incoming: Incoming) -> Iterator[Problem]:
    for fault in faults:
        at = _entry(after, fault)
        source = None if at is None else incoming.sources.get(at)
        if source is not None:
            inner = source.as_written(fault.path[2:])
            if not source.is_replaced(inner):
                yield Problem(source.place(inner), path_text(inner), fault.what)
        elif at is not None:
            yield Problem(_NOWHERE, path_text((*at, *fault.path[2:])), fault.what)


_NOWHERE = SourcePosition("palabre directory", 1, 1)
"""The position of an entry that is in no file: one of the store whose reference would be broken."""
