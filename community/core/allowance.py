"""How often something may be asked for: a feed, an account by one link."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime


@dataclass
class _Left:
    count: float
    at: datetime


class Allowance:
    """Allows ``most`` requests at once, and then ``each_second``.

    Counted by name; whoever uses it has no more names than there are things of ours. What many people have, a feed,
    is asked for by each.
    """

    def __init__(self, most: int, each_second: float) -> None:
        self._most = most
        self._each_second = each_second
        self._left: dict[str, _Left] = {}

    def wait(self, name: str, now: datetime) -> int:
        """Count a request; return 0 where it is allowed, else the whole seconds until another one is."""
        left = self._left.setdefault(name, _Left(self._most, now))
        passed = max((now - left.at).total_seconds(), 0.0)
        left.count = min(left.count + passed * self._each_second, self._most)
        left.at = now
        if left.count < 1:
            return math.ceil((1 - left.count) / self._each_second)
        left.count -= 1
        return 0
