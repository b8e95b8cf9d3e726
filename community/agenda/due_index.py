"""What is due next among many entries, without looking at each of them. Pure: it has no clock.

Each entry has its next posts in a heap, by when they are due: once for each of the times that hold in its rooms
(`community.agenda.sensible_times`). Taking those that have come due puts the next ones of the same entries in their
place, so that the work of a look is for what has come due alone. What is told together with others of its day is taken
before that day begins, so that whoever posts knows all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import heappop, heappush

from community.agenda.occurrences import Post, in_order, posts_of
from community.agenda.sensible_times import AS_DUE, PostTimes
from community.core.zones import ZoneInfo
from community.description.calendar_model import Deadline, Event
from community.description.repetition import LONGEST
from community.directory.entry import EntryKey, key_of

_FOR_EVER = timedelta(days=200 * 366)
_LOOKED_AHEAD = (timedelta(days=8), timedelta(days=40), timedelta(days=400), LONGEST + timedelta(days=400))
"""How far ahead the next posts of what is repeated are looked for, in turn."""


BEFORE_ITS_DAY = timedelta(days=1)
"""How long before it is told together with others a post is taken: the day has not begun then."""


def taken_at(post: Post) -> datetime:
    """Return when a post is taken: when it is due, or before the day begins on which it may be told with others."""
    return post.due if post.told_with is None else min(post.due, post.told_with - BEFORE_ITS_DAY)


def next_posts(
    entry: Event | Deadline, zone: ZoneInfo, after: datetime, times: PostTimes = AS_DUE
) -> tuple[Post, ...]:
    """Return the posts of the next moment after ``after`` at which any of an entry is taken; none where none comes."""
    is_repeated = isinstance(entry, Event) and entry.repeat is not None
    for ahead in _LOOKED_AHEAD if is_repeated else (_FOR_EVER,):
        until = after + ahead
        found = _first_taken(
            posts_of(entry, zone, after - times.reach, until + times.reach), after, until, times
        )
        if found:
            return found
    return ()


def _first_taken(
    posts: Sequence[Post], after: datetime, until: datetime, times: PostTimes
) -> tuple[Post, ...]:
    """Return those of ``posts`` that are taken first between these moments.

    To place a post is most of the work: those that cannot come before one that was found are not placed.
    """
    first, found = until, list[Post]()
    for post in sorted(posts, key=lambda post: post.due):
        if post.due - times.reach > first:
            break
        placed = times.placed(post)
        if after < (taken := taken_at(placed)) <= first:
            found = [*(found if taken == first else ()), placed]
            first = taken
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Waiting:
    """The next posts of an entry; ``number`` tells their place in the heap from former ones of the same entry."""

    entry: Event | Deadline
    times: PostTimes
    posts: tuple[Post, ...]
    number: int


@dataclass(frozen=True, slots=True)
class TakenPost:
    """A post that has come due, and the times that hold in the rooms for which it is."""

    times: PostTimes
    post: Post


def _each_as_due(_entry: Event | Deadline) -> Collection[PostTimes]:
    return (AS_DUE,)


class DueIndex:
    """The next posts of entries, by when they are due. ``default_zone`` is for entries that name none.

    ``times_of`` gives the different times that hold in the rooms of an entry.
    """

    def __init__(
        self,
        default_zone: str,
        times_of: Callable[[Event | Deadline], Collection[PostTimes]] = _each_as_due,
    ) -> None:
        self._default_zone = default_zone
        self._times_of = times_of
        self._heap: list[tuple[datetime, int, EntryKey, PostTimes]] = []
        self._waiting: dict[EntryKey, dict[PostTimes, _Waiting]] = {}
        self._count = 0

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def waiting(self) -> tuple[Post, ...]:
        """The next posts of each entry, by moment and key."""
        there = (waiting for each in self._waiting.values() for waiting in each.values())
        return in_order([post for waiting in there for post in waiting.posts])

    def put(self, entry: Event | Deadline, after: datetime) -> None:
        """Have the posts of an entry that are taken after ``after``, in place of those of the same name."""
        self.remove(key_of(entry))
        for times in self._times_of(entry):
            self._put(entry, times, after)

    def _put(self, entry: Event | Deadline, times: PostTimes, after: datetime) -> None:
        found = next_posts(entry, ZoneInfo(entry.timezone or self._default_zone), after, times)
        if found:
            name = key_of(entry)
            self._count += 1
            self._waiting.setdefault(name, {})[times] = _Waiting(entry, times, found, self._count)
            heappush(self._heap, (taken_at(found[0]), self._count, name, times))

    def remove(self, name: EntryKey) -> None:
        """Forget an entry."""
        self._waiting.pop(name, None)

    def next_due(self) -> datetime | None:
        """Return when the next post is taken, None where none is."""
        self._drop_stale()
        return self._heap[0][0] if self._heap else None

    def take(self, until: datetime) -> tuple[Post, ...]:
        """Return the posts that are taken up to ``until``, by moment and key; they are not returned again."""
        return in_order([taken.post for taken in self.take_each(until)])

    def take_each(self, until: datetime) -> list[TakenPost]:
        """Return the posts that are taken up to ``until`` with the times by which they are; they are not again."""
        taken: list[TakenPost] = []
        while (due := self.next_due()) is not None and due <= until:
            _due, _number, name, times = self._heap[0]
            waiting = self._waiting[name].pop(times)
            taken += [TakenPost(times, post) for post in waiting.posts]
            self._put(waiting.entry, times, due)
            if not self._waiting[name]:
                self.remove(name)
        return taken

    def _drop_stale(self) -> None:
        """Take from the top of the heap what is no longer there."""
        while self._heap:
            _due, number, name, times = self._heap[0]
            waiting = self._waiting.get(name, {}).get(times)
            if waiting is not None and waiting.number == number:
                return
            heappop(self._heap)
