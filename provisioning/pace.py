"""How long the rest of an apply takes, from how long each kind of change took until now. Pure: time is an argument.

A kind of which little was made yet counts as usual, on a machine that is as much slower or faster than usual as the
other changes so far were. So the estimate does not jump when the next kind has its turn.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from provisioning.changes import (
    BanBot,
    Change,
    CloseAccount,
    CreateAccount,
    CreateRoom,
    InviteMember,
    JoinMember,
    LeaveRoom,
    LetIn,
    RemoveMember,
    RenameRoom,
    ReopenAccount,
    RequestInvite,
    WithdrawMember,
    WithdrawRequest,
)

_USUAL: Mapping[type[object], float] = {
    CreateRoom: 0.1,
    RenameRoom: 0.1,
    JoinMember: 0.09,
    LetIn: 0.09,
    BanBot: 0.09,
    LeaveRoom: 0.1,
    InviteMember: 0.05,
    RemoveMember: 0.05,
    WithdrawMember: 0.15,
    # The bot is asked by a row in the store; nobody waits for it.
    RequestInvite: 0.002,
    WithdrawRequest: 0.002,
    CreateAccount: 0.25,
    ReopenAccount: 0.25,
    CloseAccount: 0.3,
}
"""Seconds, on two cores with SQLite, until something of the kind has been made here, several at a time."""
_USUALLY = 0.03
_HASHING = frozenset({CreateAccount, ReopenAccount})
"""Kinds that take the hashing of a password: quicker than usual, they say how it is hashed, nothing of the machine."""
_MACHINE_WEIGHT = 10.0
"""Usual seconds of work for which the machine counts as usual, beside what was measured."""
_KIND_WEIGHT = 20
"""Changes of a kind that count as usual on this machine, beside those that were measured."""


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
        self.made_of(type(change), now=now)

    def made_of(self, kind: type[object], *, now: float) -> None:
        """Note it by the kind alone."""
        self.left[kind] -= 1
        self._done[kind] += 1
        if self._last is not None:
            self._seconds[kind] = self._seconds.get(kind, 0.0) + now - self._last
        self._last = now

    @property
    def seconds_left(self) -> float:
        """The seconds that the rest will take, as far as can be told."""
        return seconds_left(self._done, self._seconds, self.left)


def seconds_left(
    done: Mapping[type[object], int], seconds: Mapping[type[object], float], left: Mapping[type[object], int]
) -> float:
    """Return how long ``left`` takes, where ``done`` took ``seconds``, each by its kind."""
    expected_until_now = {kind: count * _usual(kind) for kind, count in done.items()}
    telling = [
        kind
        for kind, usual in expected_until_now.items()
        if kind not in _HASHING or seconds.get(kind, 0.0) > usual
    ]
    usual = sum(expected_until_now[kind] for kind in telling)
    took = sum(seconds.get(kind, 0.0) for kind in telling)
    slowness = (took + _MACHINE_WEIGHT) / (usual + _MACHINE_WEIGHT)

    def each(kind: type[object]) -> float:
        expected = _usual(kind) * slowness
        return (seconds.get(kind, 0.0) + _KIND_WEIGHT * expected) / (done.get(kind, 0) + _KIND_WEIGHT)

    return sum(count * each(kind) for kind, count in left.items())


def _usual(kind: type[object]) -> float:
    return _USUAL.get(kind, _USUALLY)
