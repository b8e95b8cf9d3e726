"""The normal form of a directory and of a calendar: equal data give equal values, in whatever order they were written.

Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, TypeVar

from community.core.text_file import CONTROL
from community.core.unseen import formal_text
from community.description.calendar_model import Calendar, Deadline, Event
from community.description.directory_model import Contact, Directory, Project, Resource
from community.description.fields import ANY_LANGUAGE
from community.directory.entry import DirectoryEntry, Entry, EntryKey, EntryKind, entries_of, key_of


@dataclass(frozen=True, slots=True)
class Section:
    """One kind of entry: its list in its file, which is also the name of its table, and its model."""

    kind: EntryKind
    name: str
    model: type[Entry]


SECTIONS = (
    Section("contact", "contacts", Contact),
    Section("resource", "resources", Resource),
    Section("project", "projects", Project),
)
CALENDAR_SECTIONS = (Section("event", "events", Event), Section("deadline", "deadlines", Deadline))
KINDS: frozenset[EntryKind] = frozenset(section.kind for section in SECTIONS)
_One = TypeVar("_One", Contact, Resource, Project, Event, Deadline)
_Whole = TypeVar("_Whole", Directory, Calendar)

_STAND_IN = "\ufffd"


def entries_by_key(directory: Directory) -> dict[EntryKey, DirectoryEntry]:
    """Return every entry by kind and key; the last of two with one key."""
    return {key_of(entry): entry for entry in entries_of(directory)}


def canonical(directory: Directory) -> Directory:
    """Return the directory with its entries sorted by key and every text as a file can hold it.

    Line breaks become ``\\n``. A control character, which no file of the description may have, becomes U+FFFD: what was
    pasted into a chat must not make a file that cannot be read again. What no reader takes in is left out too
    (`community.core.unseen.formal_text`). A language without words is left out.
    """
    return _sorted(directory, SECTIONS)


def canonical_calendar(calendar: Calendar) -> Calendar:
    """Return the calendar with its entries sorted by key and every text as a file can hold it (`canonical`)."""
    return _sorted(calendar, CALENDAR_SECTIONS)


def _sorted(whole: _Whole, sections: Iterable[Section]) -> _Whole:
    lists = {
        section.name: tuple(
            canonical_entry(entry) for entry in sorted(getattr(whole, section.name), key=attrgetter("key"))
        )
        for section in sections
    }
    return whole.model_copy(update=lists)


def canonical_entry(entry: _One) -> _One:
    """Return one entry in its normal form, as `canonical` describes."""
    plain = entry.model_dump(mode="json", by_alias=True)
    cleaned = _each_text(plain, _one_form)
    if "words" in cleaned:
        cleaned["words"] = {language: words for language, words in cleaned["words"].items() if words}
    return entry if cleaned == plain else type(entry).model_validate(cleaned)


def plain_entry(entry: Entry) -> dict[str, Any]:
    """Return an entry as plain values: its fields in the model's order, names within them sorted.

    Fields with their default value are left out.
    """
    said = entry.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return {name: value if name == "file" else sorted_names(value) for name, value in said.items()}


def in_all_languages(value: Any) -> str | None:
    """Return the text of a localized value with only one text for all languages, None for any other value."""
    text = value.get(ANY_LANGUAGE) if isinstance(value, Mapping) and len(value) == 1 else None
    return text if isinstance(text, str) else None


def sorted_names(value: Any) -> Any:
    """Return a value of the description with the names of each mapping sorted."""
    if isinstance(value, Mapping):
        return {name: sorted_names(value[name]) for name in sorted(value)}
    return value


def _one_form(text: str) -> str:
    return formal_text(CONTROL.sub(_STAND_IN, text.replace("\r\n", "\n").replace("\r", "\n")))


def _each_text(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {name: _each_text(inner, change) for name, inner in value.items()}
    return [_each_text(inner, change) for inner in value] if isinstance(value, list) else value
