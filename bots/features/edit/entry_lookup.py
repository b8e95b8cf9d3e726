"""Finds the entry that somebody means: by name, by the message replied to, or their own. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bots.context.incoming import IncomingMessage
from bots.features.edit.turn_context import TurnContext
from community.core.messages import Message, msg
from community.core.plain_text import listed
from community.directory.entry import (
    DIRECTORY_KINDS,
    ENTRY_KINDS,
    DirectoryEntry,
    DirectoryKind,
    Entry,
    EntryKind,
    directory_entries,
    kind_of,
)
from community.directory.naming import LONGEST_COMPARED
from community.directory.permissions import owns

_LINES = 4
"""How many first lines of the message replied to are searched for an entry's name."""


def named_entry(
    context: TurnContext, name: str, kinds: Sequence[DirectoryKind] = DIRECTORY_KINDS
) -> Entry | Message:
    """Return the entry of the directory called ``name``, for an empty name that of the message replied to.

    Where there is none, or not one alone, a sentence that asks.
    """
    return _named(context, name, kinds)


def any_entry(context: TurnContext, name: str) -> Entry | Message:
    """Return the entry of the directory or of the calendar called ``name``, as `named_entry` does.

    What may not be spoken of here is not known.
    """
    found = _named(context, name, ENTRY_KINDS)
    known = isinstance(found, Message) or context.may_tell_of(found)
    return found if known else named_entry(context, name)


def _named(context: TurnContext, name: str, kinds: Sequence[EntryKind]) -> Entry | Message:
    if not name:
        return _quoted(context, kinds) or msg("Which entry do you mean? Say its name.")
    found = context.knowledge.known.named(name, kinds)
    if found.entry is not None:
        return found.entry
    is_description = not found.near and len(name) <= LONGEST_COMPARED
    described = _described(context, name, kinds) if is_description else ()
    if len(described) == 1:
        return described[0]
    near = [entry for entry in (*found.near, *described) if context.may_tell_of(entry)]
    return context.values.unknown(name, near[:5])


def _described(context: TurnContext, text: str, kinds: Sequence[EntryKind]) -> tuple[DirectoryEntry, ...]:
    """Return the entries that a text such as "the waste contact in Kigali" describes; none where it has other words."""
    themes, cities, said_kinds = context.knowledge.text_reader.description(text)
    if not themes or not cities:
        return ()
    chosen = [kind for kind in kinds if not said_kinds or kind in said_kinds]
    return tuple(
        entry
        for entry in directory_entries(_of(context.knowledge.known, chosen))
        if set(themes) <= set(entry.themes) and set(cities) <= set(entry.cities)
    )


def own_entry(context: TurnContext, kinds: Sequence[EntryKind]) -> Entry | Message:
    """Return the contact that the sender is or the project that they lead; a sentence where it is none or several."""
    known = context.knowledge.known
    own = [entry for entry in _of(known, kinds) if owns(context.person, entry, known.contact)]
    if len(own) == 1:
        return own[0]
    if own:
        names = listed((context.reading.name(entry) for entry in own[:5]), context.language, apart=True)
        return msg("Which one do you mean? {names}", names=names)
    if "contact" in kinds:
        return msg("I know no contact that is you. Say whose it is, by name.")
    return msg("I know no project that you lead. Say which one, by name.")


def _of(entries: Iterable[Entry], kinds: Sequence[EntryKind]) -> Iterable[Entry]:
    return (entry for entry in entries if kind_of(entry) in kinds)


def _quoted(context: TurnContext, kinds: Sequence[EntryKind]) -> Entry | None:
    """Return the entry that the message replied to shows: the first line of a card has its name."""
    for line in lines_of(context.quoted)[:_LINES]:
        for said in (line, line.partition(" · https://")[0], line.partition(": ")[2]):
            found = context.knowledge.known.named(said, kinds) if said else None
            if found is not None and found.entry is not None:
                return found.entry
    return None


def lines_of(quoted: IncomingMessage | None) -> list[str]:
    """Return the lines of a message without the reply fallback (spec v1.12, "Fallbacks for rich replies")."""
    lines = [] if quoted is None else quoted.body.splitlines()
    return [stripped for line in lines if (stripped := line.strip()) and not stripped.startswith(">")]
