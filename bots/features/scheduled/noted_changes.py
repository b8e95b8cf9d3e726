"""Which entries have changed and are to be compared with what was posted of them. Pure: time is an argument.

A change waits until nothing more of the entry has changed for a while, so that several become one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from community.directory.entry import EntryKey

SETTLED = timedelta(minutes=1)
"""How long nothing more of an entry must have changed."""
LONGEST_WAIT = timedelta(minutes=5)
"""How long a change waits at most, however much more changes."""


@dataclass
class NotedChanges:
    """The entries that have changed: when they did first, and last.

    ``all_of_them``: what changed meanwhile is not known, as after a start: each is compared at once.
    """

    all_of_them: bool = True
    _noted: dict[EntryKey, tuple[datetime, datetime]] = field(default_factory=dict)

    def note(self, names: Iterable[EntryKey], now: datetime) -> None:
        """Note that entries have changed."""
        for name in names:
            first, _last = self._noted.get(name, (now, now))
            self._noted[name] = (first, now)

    def settled(self, now: datetime) -> frozenset[EntryKey]:
        """Return the entries that are to be compared now, besides all of them."""
        return frozenset(
            name
            for name, (first, last) in self._noted.items()
            if now >= min(last + SETTLED, first + LONGEST_WAIT) or now < first
        )

    def drop(self, names: Iterable[EntryKey]) -> None:
        """Forget entries, and that all of them were to be compared."""
        self.all_of_them = False
        for name in names:
            self._noted.pop(name, None)
