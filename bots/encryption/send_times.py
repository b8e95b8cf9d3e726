"""How long sending takes: a histogram of durations, as Prometheus has them. Pure."""

from __future__ import annotations

from bisect import bisect_left
from itertools import accumulate

LIMITS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""Seconds: the upper limits of the groups that durations are counted in; one more group has what is longer."""


class SendTimes:
    """Counts how long each event took, from the call of `EncryptedClient.send` to the homeserver's answer.

    Encrypting and sharing the room's key are part of it, and so is waiting for what is sent to the same room before.
    """

    def __init__(self) -> None:
        self._counts = [0] * (len(LIMITS) + 1)
        self.seconds = 0.0
        """All durations together."""
        self.failed = 0
        """Events that were not sent, as far as is known: whoever sends tries again."""

    def note(self, seconds: float) -> None:
        """Count an event that was sent."""
        self._counts[bisect_left(LIMITS, seconds)] += 1
        self.seconds += seconds

    def up_to(self) -> tuple[tuple[str, int], ...]:
        """Return each limit as text, ``+Inf`` the last, with the number of events that took no longer."""
        names = (*(f"{limit:g}" for limit in LIMITS), "+Inf")
        return tuple(zip(names, accumulate(self._counts), strict=True))
