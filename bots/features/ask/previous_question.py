"""What is remembered of the last question of a conversation: in memory only, for a while."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from community.directory.entry import DirectoryEntry, EntryKey, key_of
from community.search.asked import Question


@dataclass(frozen=True, slots=True)
class PreviousQuestion:
    """The previous question of a conversation and the state of its answer.

    ``text`` is the question as it was written, after those that it continues. ``keys`` are the best entries found,
    ``total`` counts all that were found. ``shown`` counts the entries shown so far, ``page`` are those shown last.
    ``offered``: the reply has offered to pass the question on, and nothing was said since. ``offer`` is the number that
    accepts, in the room ``room_id``. ``room_theme`` is the theme that the question has from its room alone.
    ``unknown`` has the stems of words that were not understood.
    """

    question: Question
    text: str
    keys: tuple[EntryKey, ...] = ()
    total: int = 0
    shown: int = 0
    page: tuple[EntryKey, ...] = ()
    offered: bool = False
    offer: int | None = None
    room_id: str = ""
    room_theme: str | None = None
    unknown: tuple[str, ...] = ()

    @property
    def left(self) -> int:
        """How many entries were not shown yet; 0 where “more” has none to show."""
        return self.total - self.shown if self.shown < len(self.keys) else 0

    def after(self, shown: Sequence[DirectoryEntry]) -> PreviousQuestion:
        """Return the state of the answer after ``shown`` were shown."""
        page = tuple(map(key_of, shown))
        return replace(self, shown=self.keys.index(page[-1]) + 1, page=page)
