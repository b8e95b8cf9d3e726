"""What is due in a room, as messages: each reminder its own, but for those that are late or of one day. Pure.

Several reminders that come days or weeks ahead and fall on one day are told in one message, a digest, at the hour of
that day. Where the bot could not post for a while, because the machine slept or the homeserver was away, what
came due meanwhile is told in one message, and only as far as it is of use: nothing of an event that is over, and one
reminder of each.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from community.agenda.occurrences import Post
from community.agenda.sensible_times import DAY, RoomTimes
from community.agenda.week_ahead import KEY as WEEK_KEY
from community.description.calendar_model import Event
from community.jobs.room_posts import LATE_AFTER, RoomPost

_STILL_OF_USE = timedelta(hours=2)
"""How long before an occurrence what is late and waits must still come."""


@dataclass(frozen=True, slots=True)
class DueMessage:
    """Posts that make up one message; ``key`` is that of one of them, by which it is known. ``due``: when it was."""

    key: str
    due: datetime
    posts: tuple[Post, ...]

    @property
    def also(self) -> tuple[str, ...]:
        """The keys of the other posts."""
        return tuple(post.key for post in self.posts if post.key != self.key)


def moments(waiting: Sequence[Post]) -> dict[str, datetime]:
    """Return when each post of a room goes out, by key: with the others of its day where there are any."""
    days = Counter(post.told_with for post in waiting)
    return {
        post.key: post.due if post.told_with is None or days[post.told_with] < 2 else post.told_with
        for post in waiting
    }


def messages(
    waiting: Sequence[Post], begun: Iterable[RoomPost], now: datetime, times: RoomTimes, limit: timedelta
) -> list[DueMessage]:
    """Return the posts of one room that are due and not posted, as messages, each by when its posts were due.

    ``begun`` are the posts of that room that were being sent when a process ended: they may be in the room already, so
    the same posts make up the same message again, those that are left of it. The latest post of a message gives it its
    key. ``times`` are the room's; what is later than ``limit`` is given up, so it waits for nothing.
    """
    by_key = {post.key: post for post in sorted(waiting, key=lambda post: (post.due, post.key))}
    again = []
    for each in begun:
        there = [by_key.pop(key) for key in (*each.also, each.occurrence_key) if key in by_key]
        # What is told with a week is sent again with it.
        if there and not each.occurrence_key.startswith(WEEK_KEY):
            again.append(DueMessage(each.occurrence_key, each.due_at, tuple(there)))
    return [*again, *_new(list(by_key.values()), now, times, limit)]


def _new(waiting: Sequence[Post], now: datetime, times: RoomTimes, limit: timedelta) -> list[DueMessage]:
    at = moments(waiting)
    due = [post for post in waiting if at[post.key] <= now]
    missed = [post for post in due if now - at[post.key] > LATE_AFTER]
    together: dict[datetime | str, list[Post]] = {}
    for post in due:
        if now - at[post.key] <= LATE_AFTER:
            # By the hour of their day, or each by itself.
            is_with_others = at[post.key] == post.told_with
            together.setdefault(at[post.key] if is_with_others else post.key, []).append(post)
    missed = [post for post in missed if not _waits(post, now, times, post.expected + limit)]
    # What was planned after it would have been told ahead of a weekend, or with the others of its day, is not late.
    at |= {post.key: max(at[post.key], min(post.expected, now)) for post in missed}
    return [_message(posts, at) for posts in (missed, *together.values()) if posts]


def _message(posts: Sequence[Post], at: Mapping[str, datetime]) -> DueMessage:
    ordered = sorted(posts, key=lambda post: (at[post.key], post.key))
    return DueMessage(ordered[-1].key, at[ordered[-1].key], tuple(ordered))


def _waits(post: Post, now: datetime, times: RoomTimes, latest: datetime) -> bool:
    """Whether what is late in the quiet hours or on the weekend waits for their end, and is of use then."""
    opens = None if abs(post.before) < DAY else times.next_open(now, latest)
    if opens is None or opens <= now:
        return False
    return post.before < timedelta() or opens <= post.occurrence.counted_from - _STILL_OF_USE


def of_use(message: Sequence[Post], waiting: Sequence[Post], now: datetime, limit: timedelta) -> list[Post]:
    """Return the posts of a message that are worth telling at ``now``; ``waiting`` is all that is due in the room.

    Left out is what is later than ``limit``, what is over, and each reminder after which another of the same occurrence
    has come due. In the order in which it happens.
    """
    # Of a room with much to tell only what may be of the same occurrences is looked at.
    names = {post.entry.key for post in message}
    beside = [post for post in waiting if post.entry.key in names]
    due = [post for post in beside if post.due <= now or post in message]
    newest = {post.occurrence.key: post.key for post in sorted(due, key=lambda post: post.due)}
    useful = [
        post
        for post in message
        if now - post.expected <= limit
        and newest.get(post.occurrence.key) == post.key
        and not _is_over(post, now)
    ]
    return sorted(useful, key=lambda post: (post.occurrence.start, post.key))


def _is_over(post: Post, now: datetime) -> bool:
    """Whether an event is over. A deadline that has passed still asks for what is missing."""
    return isinstance(post.entry, Event) and now >= max(
        post.occurrence.end, post.occurrence.start + LATE_AFTER
    )
