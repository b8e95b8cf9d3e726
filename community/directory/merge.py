"""Merges the directory of the description's files with the changes that people made in chat. Pure.

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

Where the file cannot be used (`Description.kept`), the store's directory stays, as if the file said what it said last.

Then references that no longer exist are removed (`community.directory.consistency`), and contacts and projects of
somebody who has left are passed to others (`community.description.succession`), whoever wrote them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from community.core.messages import Message, msg
from community.description.directory_model import Contact, Directory, Project, Resource
from community.description.faults import DIRECTORY
from community.description.model import Description
from community.description.succession import hand_over
from community.directory.consistency import fitting
from community.directory.entry import Entry, EntryChange, EntryKey, digest, entries_of, key_of

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
        before, after = _by_key(stored), _by_key(self.directory)
        gone = [EntryChange(*key, entry, None) for key, entry in before.items() if key not in after]
        changed = [
            EntryChange(*key, before.get(key), entry)
            for key, entry in after.items()
            if before.get(key) != entry
        ]
        return (*gone, *changed)


def merge(stored: Directory, bases: Mapping[EntryKey, Base], description: Description) -> Merged:
    """Return the directory merged from the store and the files."""
    if DIRECTORY in description.kept:
        return _refitted(stored, bases, description)
    ours, files = _by_key(stored), _by_key(description.directory)
    keys = dict.fromkeys((*files, *ours, *bases))
    choices = {key: choose(ours.get(key), bases.get(key), files.get(key)) for key in keys}
    handed, misfits, unowned = _fitted(description, choices)
    final = _by_key(handed)
    # An entry from chat that was joined into one of the files must not be lost at the next seeding: the joined entry
    # counts as changed in chat.
    joined = {
        key for key, one in choices.items() if one.entry is not None and not one.is_of_file
    } - final.keys()
    others = {key: choice for key, choice in choices.items() if key not in joined}
    seeded = _by_key(_fitted(description, others)[0]) if joined else final
    kept = {key: _base(choices[key], bases.get(key), files.get(key), seeded.get(key)) for key in keys}
    said = [(key, _both_changed(key)) for key, choice in choices.items() if choice.conflict]
    notes = [Note(what, _is_new_conflict(bases.get(key), kept[key])) for key, what in said]
    notes += [Note(what, ours.get(key) != final.get(key)) for key, what in misfits]
    notes += [Note(what, is_new=False) for what in unowned]
    return Merged(handed, {key: base for key, base in kept.items() if base is not None}, tuple(notes))


def _refitted(stored: Directory, bases: Mapping[EntryKey, Base], description: Description) -> Merged:
    """Return the store's directory, made to fit the community, where the files have none to be merged with it.

    An entry that is as it was seeded stays so: at the next seeding it follows the files again.
    """
    ours = _by_key(stored)
    seen = {key: digest(entry) == bases[key].stored for key, entry in ours.items() if key in bases}
    choices = {key: Choice(entry, is_of_file=seen.get(key, False)) for key, entry in ours.items()}
    description = replace(description, directory=stored)
    handed, misfits, unowned = _fitted(description, choices)
    final = _by_key(handed)
    of_files = {key: choice for key, choice in choices.items() if choice.is_of_file or key in final}
    seeded = _by_key(_fitted(description, of_files)[0])
    kept = {
        key: replace(base, stored=digest(seeded.get(key))) if seen.get(key, False) else base
        for key, base in bases.items()
    }
    notes = [Note(what, ours.get(key) != final.get(key)) for key, what in misfits]
    return Merged(handed, kept, (*notes, *(Note(what, is_new=False) for what in unowned)))


def _fitted(
    description: Description, choices: Mapping[EntryKey, Choice]
) -> tuple[Directory, tuple[tuple[EntryKey, Message], ...], tuple[Message, ...]]:
    """Return the chosen entries without what is gone, handed over; and what there is to say of either."""
    chosen = _directory(description.directory, (choice.entry for choice in choices.values()))
    fitted, misfits = fitting(chosen, description.community)
    handed, unowned = hand_over(replace(description, directory=fitted))
    return handed, misfits, unowned


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


def _both_changed(key: EntryKey) -> Message:
    return msg(
        "The entry “{key}” was changed in chat, and otherwise in directory.yaml: what was said in chat stays. Run "
        "“palabre directory export” to have it in the file, or change it in chat.",
        key=key[1],
    )


def _by_key(directory: Directory) -> dict[EntryKey, Entry]:
    return {key_of(entry): entry for entry in entries_of(directory)}


def _directory(files: Directory, entries: Iterable[Entry | None]) -> Directory:
    some = [entry for entry in entries if entry is not None]
    return files.model_copy(
        update={
            "contacts": tuple(entry for entry in some if isinstance(entry, Contact)),
            "resources": tuple(entry for entry in some if isinstance(entry, Resource)),
            "projects": tuple(entry for entry in some if isinstance(entry, Project)),
        }
    )
