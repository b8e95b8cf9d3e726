"""Finds entries by key and by name. Pure; the caller keeps it up to date by `take`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from community.core.language_folders import LANGUAGE
from community.core.words import words
from community.description.calendar_model import Calendar
from community.description.directory_model import Contact, Directory
from community.directory.entry import (
    Entry,
    EntryKey,
    EntryKind,
    calendar_entries,
    entries_of,
    kind_of,
    name_of,
)

_ALIKE = 86.0
"""rapidfuzz's token_sort_ratio (0 to 100) from which a name counts as misspelt."""
_NEAR = 70.0
LONGEST_COMPARED = 250
"""Letters of a name that is compared with every name of the directory; a longer one is only found as it is written."""
_ASIDE = frozenset(found for one in LANGUAGE.values() for word in one.unnamed for found in words(word))
"""Words that are ignored when names are compared: articles and kinds of entry."""


@dataclass(frozen=True, slots=True)
class NamedEntry:
    """The entry that a name means. None where there is none or several could be meant; ``near`` are the nearest."""

    entry: Entry | None
    near: tuple[Entry, ...] = ()


class KnownEntries:
    """The directory's and the calendar's entries by key and by name."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self._entries: dict[EntryKey, Entry] = {}
        self._names: dict[EntryKey, frozenset[str]] = {}
        self._called: dict[str, dict[EntryKey, None]] = {}
        for entry in entries:
            self.take(kind_of(entry), entry.key, entry)

    @classmethod
    def of(cls, directory: Directory, calendar: Calendar | None = None) -> KnownEntries:
        """Return the entries of a directory, and of a calendar."""
        dates = () if calendar is None else calendar_entries(calendar)
        return cls((*entries_of(directory), *dates))

    def take(self, kind: EntryKind, key: str, entry: Entry | None) -> None:
        """Update an entry, which keeps its place; None removes it."""
        self._forget_names((kind, key))
        if entry is None:
            self._entries.pop((kind, key), None)
            return
        self._entries[kind, key] = entry
        self._names[kind, key] = _names(entry)
        for name in self._names[kind, key]:
            self._called.setdefault(name, {})[kind, key] = None

    def _forget_names(self, key: EntryKey) -> None:
        for name in self._names.pop(key, ()):
            del self._called[name][key]
            if not self._called[name]:
                del self._called[name]

    def __iter__(self) -> Iterator[Entry]:
        return iter(tuple(self._entries.values()))

    def entry(self, kind: EntryKind, key: str) -> Entry | None:
        """Return an entry by kind and key."""
        return self._entries.get((kind, key))

    def contact(self, key: str) -> Contact | None:
        """Return a contact by key."""
        entry = self._entries.get(("contact", key))
        return entry if isinstance(entry, Contact) else None

    def keys(self, kind: EntryKind) -> frozenset[str]:
        """Return the keys in use."""
        return frozenset(key for found, key in self._entries if found == kind)

    def named(self, name: str, kinds: Sequence[EntryKind]) -> NamedEntry:
        """Return the entry with that name: exactly, or with all its words, or misspelt.

        Where several could be meant none is returned, but the nearest, to ask the person about.
        """
        wanted = words(name)
        plain = tuple(word for word in wanted if word not in _ASIDE) or wanted
        if not plain:
            return NamedEntry(None)
        for reading in self._readings(name, wanted, plain, kinds):
            if len(reading) == 1:
                return NamedEntry(self._entries[reading[0]])
            if reading:
                return NamedEntry(None, self._some(reading))
        if _is_too_long(plain):
            return NamedEntry(None)
        return NamedEntry(None, self._some(self._alike(" ".join(plain), self._of(kinds), _NEAR)))

    def _of(self, kinds: Sequence[EntryKind]) -> dict[EntryKey, frozenset[str]]:
        return {key: names for key, names in self._names.items() if key[0] in kinds}

    def _readings(
        self, name: str, wanted: Sequence[str], plain: Sequence[str], kinds: Sequence[EntryKind]
    ) -> Iterator[list[EntryKey]]:
        """Yield the entries that may be meant, for each way to read the name, the surest first."""
        key_said = name.strip().casefold()
        called = [k for k in self._called.get(" ".join(wanted), ()) if k[0] in kinds]
        yield list(
            dict.fromkeys((*((k, key_said) for k in kinds if (k, key_said) in self._entries), *called))
        )
        if _is_too_long(plain):
            return
        candidates, said, all_said = self._of(kinds), " ".join(plain), set(plain)
        yield [k for k, names in candidates.items() if said in map(_plain, names)]
        yield [k for k, names in candidates.items() if any(all_said.issubset(n.split()) for n in names)]
        yield self._alike(said, candidates, _ALIKE)

    def _alike(
        self, said: str, candidates: dict[EntryKey, frozenset[str]], at_least: float
    ) -> list[EntryKey]:
        choices = {(key, name): name for key, names in candidates.items() for name in names}
        found = process.extract(said, choices, scorer=fuzz.token_sort_ratio, score_cutoff=at_least, limit=5)
        return list(dict.fromkeys(key for _, _, (key, _) in found))

    def _some(self, keys: Iterable[EntryKey]) -> tuple[Entry, ...]:
        return tuple(self._entries[key] for key in list(keys)[:5])


def _is_too_long(said: Sequence[str]) -> bool:
    """Whether words are too many to be compared with every name."""
    return len(said) + sum(map(len, said)) > LONGEST_COMPARED


def _names(entry: Entry) -> frozenset[str]:
    return frozenset(" ".join(words(text)) for _language, text in name_of(entry)) - {""}


def _plain(name: str) -> str:
    return " ".join(word for word in name.split() if word not in _ASIDE)
