"""What is due next among many entries, without looking at each of them. Pure: it has no clock.

Each entry has its next posts in a heap, by when they are due. Taking those that have come due puts the next ones of the
same entries in their place, so that the work of a look is for what has come due alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import heappop, heappush

from community.agenda.occurrences import Post, in_order, posts_of
from community.core.zones import ZoneInfo
from community.description.calendar_model import Deadline, Event
from community.description.repetition import LONGEST
from community.directory.entry import EntryKey, key_of

_FOR_EVER = timedelta(days=200 * 366)
_LOOKED_AHEAD = (timedelta(days=40), timedelta(days=400), LONGEST + timedelta(days=400))
"""How far ahead the next posts of what is repeated are looked for, in turn."""


def next_posts(entry: Event | Deadline, zone: ZoneInfo, after: datetime) -> tuple[Post, ...]:
    """Return the posts of the next moment after ``after`` at which any of an entry is due; none where none comes."""
    is_repeated = isinstance(entry, Event) and entry.repeat is not None
    for ahead in _LOOKED_AHEAD if is_repeated else (_FOR_EVER,):
        found = posts_of(entry, zone, after, after + ahead)
        if found:
            first = min(post.due for post in found)
            return tuple(post for post in found if post.due == first)
    return ()


@dataclass(frozen=True, slots=True)
class _Waiting:
    """The next posts of an entry; ``number`` tells their place in the heap from former ones of the same entry."""

    entry: Event | Deadline
    posts: tuple[Post, ...]
    number: int


class DueIndex:
    """The next posts of entries, by when they are due. ``default_zone`` is for entries that name none."""

    def __init__(self, default_zone: str) -> None:
        self._default_zone = default_zone
        self._heap: list[tuple[datetime, int, EntryKey]] = []
        self._waiting: dict[EntryKey, _Waiting] = {}
        self._count = 0

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def waiting(self) -> tuple[Post, ...]:
        """The next posts of each entry, by moment and key."""
        return in_order([post for waiting in self._waiting.values() for post in waiting.posts])

    def put(self, entry: Event | Deadline, after: datetime) -> None:
        """Have the posts of an entry that are due after ``after``, in place of those of the same name."""
        found = next_posts(entry, ZoneInfo(entry.timezone or self._default_zone), after)
        name = key_of(entry)
        self.remove(name)
        if found:
            self._count += 1
            self._waiting[name] = _Waiting(entry, found, self._count)
            heappush(self._heap, (found[0].due, self._count, name))

    def remove(self, name: EntryKey) -> None:
        """Forget an entry."""
        self._waiting.pop(name, None)

    def next_due(self) -> datetime | None:
        """Return when the next post is due, None where none is."""
        self._drop_stale()
        return self._heap[0][0] if self._heap else None

    def take(self, until: datetime) -> tuple[Post, ...]:
        """Return the posts that are due up to ``until``, by moment and key; they are not returned again."""
        taken: list[Post] = []
        while (due := self.next_due()) is not None and due <= until:
            waiting = self._waiting[self._heap[0][2]]
            taken += waiting.posts
            self.put(waiting.entry, due)
        return in_order(taken)

    def _drop_stale(self) -> None:
        """Take from the top of the heap what is no longer there."""
        while self._heap:
            _due, number, name = self._heap[0]
            waiting = self._waiting.get(name)
            if waiting is not None and waiting.number == number:
                return
            heappop(self._heap)
