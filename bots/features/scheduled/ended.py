"""Which posts have ended: sent, or given up. Pure.

A post is known by its occurrence's original start in UTC. Where a zone's rules change, or an entry's zone or start is
corrected by an hour or two, the same occurrence has another one: what was told of it is not told again.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from community.agenda.occurrences import STAMP, Post, originals_near

NEAR = timedelta(hours=3)
"""How far apart the original starts of one and the same occurrence may be."""


class EndedPosts:
    """Posts that have ended, by key and room."""

    def __init__(self, ended: Iterable[tuple[str, str]]) -> None:
        self._ended = frozenset(ended)
        self._starts: dict[tuple[str, str, str], list[datetime]] = {}
        for key, room_key in self._ended:
            entry, _, rest = key.rpartition("/")
            entry, _, stamp = entry.rpartition("/")
            at = _read(stamp)
            if at is not None:
                self._starts.setdefault((entry, rest, room_key), []).append(at)

    def have(self, post: Post, room_key: str) -> bool:
        """Whether a post has ended in a room, under its own key or that of the same occurrence before."""
        if (post.key, room_key) in self._ended:
            return True
        entry, _stamp, part = post.key.rsplit("/", 2)
        original = post.occurrence.original
        before = [at for at in self._starts.get((entry, part, room_key), ()) if abs(at - original) <= NEAR]
        return bool(before) and not originals_near(post.occurrence, NEAR).issuperset(before)


def _read(stamp: str) -> datetime | None:
    try:
        return datetime.strptime(stamp, STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None  # a post of something else than an occurrence
