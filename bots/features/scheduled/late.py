"""What is due in a room, as messages: each reminder its own, but for those that are late. Pure.

Where the bot could not post for a while, because the machine slept or the homeserver was away, what came due meanwhile
is told in one message, and only as far as it is of use: nothing of an event that is over, and one reminder of each.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from community.agenda.occurrences import Post
from community.description.calendar_model import Event
from community.jobs.room_posts import LATE_AFTER, RoomPost


def messages(waiting: Sequence[Post], begun: Iterable[RoomPost], now: datetime) -> list[tuple[Post, ...]]:
    """Return the posts of one room that are due and not posted, as messages, each by when its posts were due.

    ``begun`` are the posts of that room that were being sent when a process ended: they may be in the room already, so
    the same posts make up the same message again. The last post of a message, the latest due, gives it its key.
    """
    by_key = {post.key: post for post in sorted(waiting, key=lambda post: (post.due, post.key))}
    again = []
    for each in begun:
        there = [by_key.pop(key) for key in (*each.also, each.occurrence_key) if key in by_key]
        # Without the post that gave the key the message cannot be sent again: perhaps it is in the room.
        if there and there[-1].key == each.occurrence_key:
            again.append(tuple(there))
    late = tuple(post for post in by_key.values() if now - post.due > LATE_AFTER)
    fresh = [(post,) for post in by_key.values() if now - post.due <= LATE_AFTER]
    return [message for message in (*again, late, *fresh) if message]


def of_use(message: Sequence[Post], waiting: Sequence[Post], now: datetime, limit: timedelta) -> list[Post]:
    """Return the posts of a message that are worth telling at ``now``; ``waiting`` is all that is due in the room.

    Left out is what is later than ``limit``, what is over, and each reminder after which another of the same occurrence
    has come due. In the order in which it happens.
    """
    newest = {post.occurrence.key: post.key for post in sorted(waiting, key=lambda post: post.due)}
    useful = [
        post
        for post in message
        if now - post.due <= limit and newest.get(post.occurrence.key) == post.key and not _is_over(post, now)
    ]
    return sorted(useful, key=lambda post: (post.occurrence.start, post.key))


def _is_over(post: Post, now: datetime) -> bool:
    """Whether an event is over. A deadline that has passed still asks for what is missing."""
    return isinstance(post.entry, Event) and now >= max(
        post.occurrence.end, post.occurrence.start + LATE_AFTER
    )
