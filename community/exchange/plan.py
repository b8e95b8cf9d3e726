"""Plans an import: what it would add, change and remove. Pure."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass

from community.core.brake import is_too_much
from community.core.messages import Message, Translator, msg
from community.core.plain_text import one_line
from community.core.plan_text import ChangeSign, end_lines
from community.description.directory_model import Directory
from community.directory.entry import ENTRY_KINDS, EntryChange, EntryKind, HistoryRow, name_of
from community.exchange.canonical import KINDS, canonical, entries_by_key, plain_entry
from community.exchange.columns import cells

_LONGEST_SHOWN = 80
"""Characters of a value in a line of the plan."""


def sign(change: EntryChange | HistoryRow) -> ChangeSign:
    """Return what is done to the entry: added, changed, removed."""
    if change.before is None:
        return "+"
    return "-" if change.after is None else "~"


@dataclass(frozen=True, slots=True)
class ColumnChange:
    """One column of an entry, before and after; None for an empty cell."""

    column: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """The changes sorted by kind and key, with notes.

    ``excess`` says how much would be removed, where that is more than is allowed without ``--force``.
    """

    changes: tuple[EntryChange, ...]
    notes: tuple[Message, ...] = ()
    excess: Message | None = None

    @property
    def digest(self) -> str:
        """A digest of the changes and of the entries they are made on: 48 bits of SHA-256 in hexadecimal."""
        whole = hashlib.sha256()
        for change in self.changes:
            sides = [None if e is None else plain_entry(e) for e in (change.before, change.after)]
            line = json.dumps([change.kind, change.key, *sides], ensure_ascii=False, separators=(",", ":"))
            whole.update(line.encode() + b"\n")
        return whole.hexdigest()[:12]

    def count(self, wanted: ChangeSign) -> int:
        """Return how many changes have the sign ``wanted`` (`sign`)."""
        return sum(sign(change) == wanted for change in self.changes)

    def lines(self, translate: Translator) -> Iterator[str]:
        """Give the plan as text: each change, what differs under it, notes, summary, digest."""
        for change in self.changes:
            yield from change_lines(change, translate.language)
        signs = [sign(change) for change in self.changes]
        yield from end_lines(signs, self.notes, self.excess, self.digest, translate)


def change_lines(change: EntryChange | HistoryRow, language: str) -> Iterator[str]:
    """Give a change as text: its sign, kind, key and name, and under it what differs, if it was there and stays."""
    yield f"{sign(change)} {change.kind} {change.key}: {shown(_name(change, language))}"
    if sign(change) == "~":
        yield from (f"    {_line(difference)}" for difference in differences(change))


def change_dict(change: EntryChange | HistoryRow, language: str) -> dict[str, object]:
    """Return a change as plain values, for ``--json``."""
    return {
        "sign": sign(change),
        "kind": change.kind,
        "key": change.key,
        "name": _name(change, language),
        "fields": [asdict(difference) for difference in differences(change)],
    }


def plan_import(
    current: Directory,
    incoming: Directory,
    *,
    remove_missing: bool,
    kinds: Collection[EntryKind] = KINDS,
    notes: tuple[Message, ...] = (),
) -> ImportPlan:
    """Return the plan that changes the entries of ``current`` into those of ``incoming``.

    Entries that are not in ``incoming`` stay, unless ``remove_missing`` is set: then those of ``kinds`` are removed.
    """
    there, wanted = entries_by_key(current), entries_by_key(canonical(incoming))
    changed = [
        EntryChange(*at, there.get(at), entry) for at, entry in wanted.items() if there.get(at) != entry
    ]
    if remove_missing:
        gone = (at for at in there if at not in wanted and at[0] in kinds)
        changed += [EntryChange(*at, there[at], None) for at in gone]
    changes = tuple(sorted(changed, key=lambda change: (ENTRY_KINDS.index(change.kind), change.key)))
    return ImportPlan(changes, notes, _excess(changes, there))


def _excess(changes: Collection[EntryChange], there: Collection[tuple[EntryKind, str]]) -> Message | None:
    """Return a sentence if a large part of all entries or of one kind would be removed, as by an incomplete table."""
    removed = Counter(change.kind for change in changes if change.after is None)
    had = Counter(kind for kind, _key in there)
    parts = ((removed[kind], had[kind]) for kind in KINDS)
    for gone, of in ((removed.total(), had.total()), *parts):
        if is_too_much(gone, of):
            return msg("{removed} of {all} entries would be removed", removed=gone, all=of)
    return None


def differences(change: EntryChange | HistoryRow) -> tuple[ColumnChange, ...]:
    """Return the columns that differ, in their order."""
    before = {} if change.before is None else cells(change.before)
    after = {} if change.after is None else cells(change.after)
    # A column that is only in one of the two keeps its place among those that are in both.
    columns = [*after, *(column for column in before if column not in after)]
    return tuple(
        ColumnChange(column, before.get(column), after.get(column))
        for column in columns
        if before.get(column) != after.get(column)
    )


def _name(change: EntryChange | HistoryRow, language: str) -> str:
    """Return what the entry is called; as it is to be, unless it goes."""
    entry = change.after or change.before
    return change.key if entry is None else name_of(entry).text(language)


def shown(text: str | None) -> str:
    """Return a value on one line, without control and direction characters; “∅” for None."""
    return "∅" if text is None else one_line(text, longest=_LONGEST_SHOWN)


def _line(difference: ColumnChange) -> str:
    return f"{difference.column}: {shown(difference.before)} → {shown(difference.after)}"
