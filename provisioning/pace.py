"""How long the rest of an apply takes, from how long each kind of change took until now. Pure: time is an argument."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from provisioning.changes import (
    Change,
    CloseAccount,
    CreateAccount,
    CreateRoom,
    JoinMember,
    ReopenAccount,
)

_USUAL: dict[type[object], float] = {
    CreateRoom: 0.1,
    JoinMember: 0.06,
    CreateAccount: 0.15,
    ReopenAccount: 0.15,
    CloseAccount: 0.3,
}
"""Seconds, on two cores with SQLite, until something of the kind has been made here."""
_USUALLY = 0.03


@dataclass
class Pace:
    """The changes that are left, and the seconds each kind took, all concurrency counted in."""

    left: Counter[type[object]]
    _done: Counter[type[object]] = field(default_factory=Counter)
    _seconds: dict[type[object], float] = field(default_factory=dict)
    _last: float | None = None

    @classmethod
    def of(cls, changes: Iterable[Change], *, now: float) -> Pace:
        """Begin at ``now`` (seconds of any clock) with all changes left."""
        return cls(Counter(type(change) for change in changes), _last=now)

    def made(self, change: Change, *, now: float) -> None:
        """Note that a change was made or has failed."""
        kind = type(change)
        self.left[kind] -= 1
        self._done[kind] += 1
        if self._last is not None:
            self._seconds[kind] = self._seconds.get(kind, 0.0) + now - self._last
        self._last = now

    @property
    def seconds_left(self) -> float:
        """The seconds that the rest will take, as far as can be told."""
        return sum(count * self._each(kind) for kind, count in self.left.items())

    def _each(self, kind: type[object]) -> float:
        if kind in self._seconds:
            return self._seconds[kind] / self._done[kind]
        return _USUAL.get(kind, _USUALLY)
