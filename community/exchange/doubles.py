"""Finds entries of an import that are probably in the directory already. Pure.

`community.directory.duplicates` compares two entries; here it is called only for pairs that share a rare word or
address, so that five thousand new entries are not each compared with five thousand others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from itertools import islice

from community.core.messages import Message, msg, nmsg
from community.core.words import words
from community.description.directory_model import Contact, Directory, Project, Resource
from community.directory.duplicates import Sign, likely_doubles, plain_link
from community.directory.entry import DirectoryEntry, EntryChange, EntryKey, entries_of, key_of, name_of

RARE = 30
"""A word or address that more entries than this share is not rare."""
MOST_NOTES = 20

_SIGNS = {
    Sign.LINK: msg("the same link"),
    Sign.FILE: msg("the same file"),
    Sign.MEMBER: msg("the same account"),
    Sign.EMAIL: msg("the same e-mail address"),
    Sign.PHONE: msg("the same telephone number"),
    Sign.NAME: msg("nearly the same name"),
}


def double_notes(changes: Sequence[EntryChange], after: Directory) -> tuple[Message, ...]:
    """Return a note for each new entry that is probably a duplicate in the directory as it is after the changes."""
    made = (change.after for change in changes if change.before is None)
    new = [entry for entry in made if isinstance(entry, DirectoryEntry)]
    found = list(_notes(new, after))
    more = len(found) - MOST_NOTES
    if more <= 0:
        return tuple(found)
    rest = nmsg(
        "and {count} more that may be there already", "and {count} more that may be there already", count=more
    )
    return (*islice(found, MOST_NOTES), rest)


def _notes(new: Sequence[DirectoryEntry], after: Directory) -> Iterator[Message]:
    everybody = {key_of(entry): entry for entry in entries_of(after)} if new else {}
    holders: defaultdict[str, list[EntryKey]] = defaultdict(list)
    for at, entry in everybody.items():
        for handle in _handles(entry):
            holders[handle].append(at)
    said: set[frozenset[EntryKey]] = set()
    for entry in new:
        near = [everybody[at] for at in _near(entry, holders)]
        for double in likely_doubles(entry, near, limit=1):
            pair = frozenset((key_of(entry), key_of(double.entry)))
            if pair not in said:
                said.add(pair)
                kind, key = key_of(entry)
                other = double.entry.key
                yield msg(
                    "{kind} {key} is probably the same as {other}: {sign}",
                    kind=kind,
                    key=key,
                    other=other,
                    sign=_SIGNS[double.sign],
                )


def _near(entry: DirectoryEntry, holders: dict[str, list[EntryKey]]) -> Collection[EntryKey]:
    groups = (holders[handle] for handle in _handles(entry))
    return sorted({at for group in groups if len(group) <= RARE for at in group} - {key_of(entry)})


def _handles(entry: DirectoryEntry) -> set[str]:
    """Return the words and addresses of an entry that a duplicate of it would share."""
    handles = {f"{key_of(entry)[0]} {word}" for _language, text in name_of(entry) for word in words(text)}
    handles |= {f"{key_of(entry)[0]} {' '.join(words(text))}" for _language, text in name_of(entry)}
    match entry:
        case Contact():
            phone = None if entry.phone is None else entry.phone.replace(" ", "")
            found = (entry.member, None if entry.email is None else entry.email.casefold(), phone)
            return handles | {f"= {value}" for value in found if value is not None}
        case Resource():
            links = () if entry.link is None else (plain_link(entry.link),)
            files = () if entry.file is None else (entry.file.sha256, entry.file.url)
            return handles | {f"= {value}" for value in (*links, *files)}
        case Project():
            return handles | {f"= {plain_link(link)}" for link in entry.links}
