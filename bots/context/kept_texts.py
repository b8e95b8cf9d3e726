"""What is kept in memory of people's words: for less than an hour, and not after the message they are from is deleted.

Whatever holds words in memory from one message to the next holds them here. `Forgetting` is what the rest of the bot
calls to have them forgotten.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Hashable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Generic, Protocol, TypeVar

from community.core.clock import MOST_APART
from community.search.looked_up import forget_looked_up

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

KEPT_FOR = timedelta(minutes=58)
"""How long words are kept: with `FORGET_EVERY` less than an hour."""
FORGET_EVERY = 60.0
"""Seconds between looks for what is too old."""


def origin(room_id: str, event_id: str) -> str:
    """Return the name of a message that words are from. It has no spaces."""
    return f"{room_id}/{event_id}"


class Forgetting(Protocol):
    """Whatever holds people's words in memory."""

    def forget_message(self, origin: str, now: datetime) -> None:
        """Forget what is from a message, which is deleted, and take nothing in that is from it."""
        ...

    def forget_old(self, now: datetime) -> None:
        """Forget what is too old."""
        ...


@dataclass(frozen=True, slots=True)
class KeptText(Generic[V]):
    """A value with words in it, the messages that they are from, and when the first of them was taken in."""

    value: V
    origins: tuple[str, ...]
    since: datetime


class KeptTexts(Generic[K, V]):
    """At most ``at_most`` values by key; those put last stay. Several threads may use it at once."""

    def __init__(self, at_most: int, kept_for: timedelta = KEPT_FOR) -> None:
        self._at_most = at_most
        self._kept_for = kept_for
        self._kept: OrderedDict[K, KeptText[V]] = OrderedDict()
        self._deleted: OrderedDict[str, datetime] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: K, now: datetime) -> KeptText[V] | None:
        """Return what is kept under a key, None where there is nothing or it is too old."""
        with self._lock:
            kept = self._kept.get(key)
        return None if kept is None or self._is_old(kept.since, now) else kept

    def put(
        self, key: K, value: V, origins: Collection[str], now: datetime, since: datetime | None = None
    ) -> None:
        """Keep a value in place of what was under its key, unless one of its messages is deleted.

        ``since`` is when the first of its words were taken in, if that is not now.
        """
        with self._lock:
            self._kept.pop(key, None)
            if not self._deleted.keys().isdisjoint(origins):
                return
            self._kept[key] = KeptText(value, tuple(origins), now if since is None else since)
            while len(self._kept) > self._at_most:
                self._kept.popitem(last=False)

    def drop(self, key: K) -> None:
        """Forget what is under a key."""
        with self._lock:
            self._kept.pop(key, None)

    def fresh(self, now: datetime) -> list[tuple[K, KeptText[V]]]:
        """Return all that is kept and not too old, each with its key."""
        with self._lock:
            return [(key, kept) for key, kept in self._kept.items() if not self._is_old(kept.since, now)]

    def keys(self) -> list[K]:
        """Return the keys of all that is kept."""
        with self._lock:
            return list(self._kept)

    def forget_message(self, origin: str, now: datetime) -> None:
        """Forget what has words of a message, and take nothing in for an hour that has."""
        with self._lock:
            self._deleted[origin] = now
            while len(self._deleted) > self._at_most:
                self._deleted.popitem(last=False)
            for key in [key for key, kept in self._kept.items() if origin in kept.origins]:
                del self._kept[key]

    def forget_old(self, now: datetime) -> None:
        """Forget what is too old."""
        with self._lock:
            for key in [key for key, kept in self._kept.items() if self._is_old(kept.since, now)]:
                del self._kept[key]
            for gone in [gone for gone, at in self._deleted.items() if now - at > self._kept_for]:
                del self._deleted[gone]

    def _is_old(self, since: datetime, now: datetime) -> bool:
        """Whether something is too old. Where the clock was put back nobody knows: then words are rather forgotten."""
        return now - since > self._kept_for or since - now >= MOST_APART


class LookedUpWords:
    """The words and phrases that were looked up lately (`community.search.looked_up`), of whatever message."""

    def __init__(self) -> None:
        self._since = datetime.min.replace(tzinfo=UTC)

    def forget_message(self, origin: str, now: datetime) -> None:  # noqa: ARG002 - whose each is, is not known
        """Forget all of them."""
        forget_looked_up()

    def forget_old(self, now: datetime) -> None:
        """Forget all of them once the first may be too old."""
        if now - self._since >= KEPT_FOR or self._since - now >= MOST_APART:
            forget_looked_up()
            self._since = now
