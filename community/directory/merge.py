"""Merges the directory and the calendar of the description's files with the changes that people made in chat. Pure.

Three versions of each entry are compared: the store's, what the files said at the last seeding, and what they say now.

========================  ===================  ======================================================
the store's               the files'           what becomes of it
========================  ===================  ======================================================
as seeded                 anything             as the files say (added, changed, removed)
changed or added in chat  as at the last time  stays as in chat
removed in chat           as at the last time  stays removed
changed or added in chat  changed as well      stays as in chat, with a note, until the two are the same
removed in chat           changed              is there again, as the files say
the same as the files'    anything             settled: it follows the files from now on
========================  ===================  ======================================================

Where a file cannot be used (`Description.kept`), what the store has of it stays, as if the file said what it said last.

Then references that no longer exist are removed (`community.directory.consistency`, `calendar_consistency`), and what
is in the name of somebody who has left is passed to others (`community.description.succession`), whoever wrote it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from community.core.messages import Message, msg
from community.description.calendar_model import Calendar, Deadline, Event
from community.description.directory_model import Contact, Directory, Project, Resource
from community.description.faults import CALENDAR, DIRECTORY
from community.description.model import Description
from community.description.succession import hand_over
from community.directory.calendar_consistency import fitting_calendar
from community.directory.consistency import fitting
from community.directory.entry import (
    CALENDAR_KINDS,
    DIRECTORY_KINDS,
    CalendarEntry,
    Entry,
    EntryChange,
    EntryKey,
    EntryKind,
    calendar_entries,
    digest,
    entries_of,
    key_of,
)

_ABSENT = "absent"
"""Stands for the digest of an entry that the files no longer have."""


@dataclass(frozen=True, slots=True)
class Base:
    """An entry at the last seeding, as digests (`community.directory.entry.digest`).

    ``file``: of the entry in the files; ``stored``: of the entry that was written, which succession may have changed
    or (None) joined with another. ``noted``: of the files' entry in the last note that chat has changed it too.
    """

    file: str | None
    stored: str | None
    noted: str | None = None


@dataclass(frozen=True, slots=True)
class ImportedEntry:
    """An entry at its last import from another calendar. ``source``: a digest of what that calendar is called."""

    source: str
    base: Base


@dataclass(frozen=True, slots=True)
class Choice:
    """Which version of an entry holds. ``conflict``: chat and files have both changed it."""

    entry: Entry | None
    is_of_file: bool
    conflict: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """A note for whoever writes the files. ``is_new``: no earlier seeding has reported it."""

    what: Message
    is_new: bool


@dataclass(frozen=True)
class Merged:
    """The merged directory, the digests for the next merge, and notes."""

    directory: Directory
    bases: Mapping[EntryKey, Base]
    notes: tuple[Note, ...]

    def changes(self, stored: Directory) -> tuple[EntryChange, ...]:
        """Return the changes of ``stored``: removals first, then in the order of the directory."""
        return _changes(entries_of(stored), entries_of(self.directory))


@dataclass(frozen=True)
class MergedCalendar:
    """The same of a calendar."""

    calendar: Calendar
    bases: Mapping[EntryKey, Base]
    notes: tuple[Note, ...]

    def changes(self, stored: Calendar) -> tuple[EntryChange, ...]:
        """Return the changes of ``stored``: removals first, then in the order of the calendar."""
        return _changes(calendar_entries(stored), calendar_entries(self.calendar))


def _changes(stored: Iterable[Entry], merged: Iterable[Entry]) -> tuple[EntryChange, ...]:
    before, after = _by_key(stored), _by_key(merged)
    gone = [EntryChange(*key, entry, None) for key, entry in before.items() if key not in after]
    changed = [
        EntryChange(*key, before.get(key), entry) for key, entry in after.items() if before.get(key) != entry
    ]
    return (*gone, *changed)


def merge(stored: Directory, bases: Mapping[EntryKey, Base], description: Description) -> Merged:
    """Return the directory merged from the store and the files."""
    is_kept = DIRECTORY in description.kept
    whole = stored if is_kept else description.directory

    def fit(entries: Iterable[Entry]) -> _Fitted:
        fitted, misfits = fitting(_directory(whole, entries), description.community)
        handed, unowned = hand_over(replace(description, directory=fitted))
        return _Fitted(_by_key(entries_of(handed)), misfits, unowned)

    merging = _Merging(
        _by_key(entries_of(stored)),
        _of_kinds(bases, DIRECTORY_KINDS),
        fit,
        DIRECTORY,
        "palabre directory export",
    )
    entries, kept, notes = merging.refitted() if is_kept else merging.merged(_by_key(entries_of(whole)))
    return Merged(_directory(whole, entries), kept, notes)


def merge_calendar(
    stored: Calendar, bases: Mapping[EntryKey, Base], description: Description, directory: Directory
) -> MergedCalendar:
    """Return the calendar merged from the store and the files; ``directory`` is the merged one."""
    is_kept = CALENDAR in description.kept
    whole = stored if is_kept else description.calendar
    contacts = frozenset(contact.key for contact in directory.contacts)
    silent = _silent(stored, bases, whole)

    def fit(entries: Iterable[Entry]) -> _Fitted:
        told = _calendar(whole, (_without_reminders(entry, silent) for entry in entries))
        fitted, misfits = fitting_calendar(told, description.community, contacts)
        return _Fitted(_by_key(calendar_entries(fitted)), misfits)

    merging = _Merging(
        _by_key(calendar_entries(stored)),
        _of_kinds(bases, CALENDAR_KINDS),
        fit,
        CALENDAR,
        "palabre calendar export",
    )
    entries, kept, notes = merging.refitted() if is_kept else merging.merged(_by_key(calendar_entries(whole)))
    return MergedCalendar(_calendar(whole, entries), kept, notes)


def _silent(stored: Calendar, bases: Mapping[EntryKey, Base], files: Calendar) -> frozenset[EntryKey]:
    """Return which of the files' entries say nothing of reminders and are kept without any.

    An entry without ``remind`` was never posted by versions that did not know the usual reminders. What such a version
    has seeded stays so as long as the file says the same of it.
    """
    silent = {key_of(entry) for entry in calendar_entries(stored) if entry.remind == ()}
    said = ((key_of(entry), entry) for entry in calendar_entries(files) if entry.remind is None)
    return frozenset(
        key for key, entry in said if key in silent and key in bases and bases[key].file == digest(entry)
    )


def _without_reminders(entry: Entry, silent: Collection[EntryKey]) -> Entry:
    if isinstance(entry, CalendarEntry) and entry.remind is None and key_of(entry) in silent:
        return entry.model_copy(update={"remind": ()})
    return entry


@dataclass(frozen=True, slots=True)
class _Fitted:
    """Chosen entries without what is gone, handed over; what there is to say of each, and of what nobody takes over."""

    entries: Mapping[EntryKey, Entry]
    misfits: Sequence[tuple[EntryKey, Message]]
    unowned: Sequence[Message] = ()


_Outcome = tuple[Iterable[Entry], dict[EntryKey, Base], tuple[Note, ...]]
"""The merged entries, the digests for the next merge, and notes."""


@dataclass(frozen=True, slots=True)
class _Merging:
    """What is merged: the store's entries, with the files' in ``file``, which ``export`` writes anew."""

    ours: Mapping[EntryKey, Entry]
    bases: Mapping[EntryKey, Base]
    fit: Callable[[Iterable[Entry]], _Fitted]
    file: str
    export: str

    def merged(self, files: Mapping[EntryKey, Entry]) -> _Outcome:
        """Return what the store's and the files' entries make together."""
        keys, bases = dict.fromkeys((*files, *self.ours, *self.bases)), self.bases
        choices = {key: choose(self.ours.get(key), bases.get(key), files.get(key)) for key in keys}
        fitted = self.fit(_chosen(choices))
        final = fitted.entries
        # An entry from chat that was joined into one of the files must not be lost at the next seeding: the joined
        # entry counts as changed in chat.
        joined = {
            key for key, one in choices.items() if one.entry is not None and not one.is_of_file
        } - final.keys()
        others = {key: choice for key, choice in choices.items() if key not in joined}
        seeded = self.fit(_chosen(others)).entries if joined else final
        kept = {key: _base(choices[key], bases.get(key), files.get(key), seeded.get(key)) for key in keys}
        conflicts = [(key, self._both_changed(key)) for key, choice in choices.items() if choice.conflict]
        notes = [Note(what, _is_new_conflict(bases.get(key), kept[key])) for key, what in conflicts]
        notes += self._notes(fitted)
        return final.values(), {key: base for key, base in kept.items() if base is not None}, tuple(notes)

    def refitted(self) -> _Outcome:
        """Return the store's entries, made to fit the community, where the files have none to be merged with them.

        An entry that is as it was seeded stays so: at the next seeding it follows the files again.
        """
        seen = {
            key: digest(entry) == self.bases[key].stored
            for key, entry in self.ours.items()
            if key in self.bases
        }
        choices = {key: Choice(entry, is_of_file=seen.get(key, False)) for key, entry in self.ours.items()}
        fitted = self.fit(_chosen(choices))
        final = fitted.entries
        of_files = {key: choice for key, choice in choices.items() if choice.is_of_file or key in final}
        seeded = self.fit(_chosen(of_files)).entries
        kept = {
            key: replace(base, stored=digest(seeded.get(key))) if seen.get(key, False) else base
            for key, base in self.bases.items()
        }
        return final.values(), kept, tuple(self._notes(fitted))

    def _notes(self, fitted: _Fitted) -> list[Note]:
        misfits = [Note(what, self.ours.get(key) != fitted.entries.get(key)) for key, what in fitted.misfits]
        return [*misfits, *(Note(what, is_new=False) for what in fitted.unowned)]

    def _both_changed(self, key: EntryKey) -> Message:
        return msg(
            "The entry “{key}” was changed in chat, and otherwise in {file}: what was said in chat stays. Run "
            "“{export}” to have it in the file, or change it in chat.",
            key=key[1],
            file=self.file,
            export=self.export,
        )


def _chosen(choices: Mapping[EntryKey, Choice]) -> list[Entry]:
    return [choice.entry for choice in choices.values() if choice.entry is not None]


def choose(stored: Entry | None, base: Base | None, file: Entry | None) -> Choice:
    """Return which version of one entry holds, by the table above."""
    seen = base or Base(None, None)
    if digest(stored) == seen.stored or stored == file:
        return Choice(file, is_of_file=True)
    if digest(file) == seen.file:
        return Choice(stored, is_of_file=False)
    if stored is None:
        return Choice(file, is_of_file=True)
    return Choice(stored, is_of_file=False, conflict=True)


def _base(choice: Choice, old: Base | None, file: Entry | None, final: Entry | None) -> Base | None:
    if choice.is_of_file:
        seen = digest(file)
        return None if file is None else Base(seen, seen if final == file else digest(final))
    kept = old or Base(None, None)
    # What chat has kept from the files stays different from them until the files, or chat, give way.
    noted = (digest(file) or _ABSENT) if choice.conflict else None
    return None if old is None and noted is None else replace(kept, noted=noted)


def _is_new_conflict(old: Base | None, kept: Base | None) -> bool:
    return kept is not None and (old is None or old.noted != kept.noted)


def _by_key(entries: Iterable[Entry]) -> dict[EntryKey, Entry]:
    return {key_of(entry): entry for entry in entries}


def _of_kinds(bases: Mapping[EntryKey, Base], kinds: Collection[EntryKind]) -> dict[EntryKey, Base]:
    return {key: base for key, base in bases.items() if key[0] in kinds}


def _directory(files: Directory, entries: Iterable[Entry]) -> Directory:
    some = tuple(entries)
    return files.model_copy(
        update={
            "contacts": tuple(entry for entry in some if isinstance(entry, Contact)),
            "resources": tuple(entry for entry in some if isinstance(entry, Resource)),
            "projects": tuple(entry for entry in some if isinstance(entry, Project)),
        }
    )


def _calendar(files: Calendar, entries: Iterable[Entry]) -> Calendar:
    some = tuple(entries)
    return files.model_copy(
        update={
            "events": tuple(entry for entry in some if isinstance(entry, Event)),
            "deadlines": tuple(entry for entry in some if isinstance(entry, Deadline)),
        }
    )
