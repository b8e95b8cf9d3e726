"""What every language must have words for, so that the directory can be edited in it."""

from __future__ import annotations

from dataclasses import dataclass

from community.directory.entry import EntryKind


@dataclass(frozen=True)
class CommandWords:
    """The words of one language, folded; each a regular expression."""

    add: str
    new: str
    articles: str
    nouns: dict[str, tuple[EntryKind, str | None]]
    save: str
    as_a: str
    remove: str
    confirm: str
    still: str
    fields: dict[str, str]
    change: str
    of: str
    to: str
    now_is: tuple[str, ...]
    stages: dict[str, str]
    stage_of: tuple[str, ...]
    deputy: str
    history: str
    history_alone: str
    undo: str
    proposals: str
    approve: str
    decline: str
    stale: str
