"""What is new of an entry of the directory: that it was added, or which of its fields are others. Pure."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

from community.description.directory_model import Visible
from community.directory.differences import FIELDS, hidden_from
from community.directory.entry import DirectoryEntry
from community.directory.permissions import changed_fields

_UNTOLD = frozenset({"confirmed", "updated", "words", "visible", "added_by", "member"})
"""Fields whose change is no news: that it was looked through, by what it is found, who sees it."""


@dataclass(frozen=True, slots=True)
class EntryNews:
    """An entry as it is now. ``fields``: the names of those that were changed, in order; none: it is new."""

    entry: DirectoryEntry
    fields: tuple[str, ...] = ()


def entry_news(
    before: DirectoryEntry | None, after: DirectoryEntry, readers: Set[str], visible: Visible
) -> EntryNews | None:
    """Return what is new of an entry for the roles ``readers``; None where that is nothing they may know of.

    ``visible``: who may see which field, where a contact does not say otherwise.
    """
    if before is None:
        return EntryNews(after)
    hidden = hidden_from(readers, before, visible) | hidden_from(readers, after, visible)
    changed = changed_fields(before, after) - hidden - _UNTOLD
    fields = tuple(name for name in FIELDS if name in changed)
    return EntryNews(after, fields) if fields else None
