"""How much work something is, without a look at the clock on the wall: other load changes nothing about it."""

from __future__ import annotations

import cProfile
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def calls(work: Callable[[], object]) -> int:
    """Do it; return how many calls of functions it took, those written in C included."""
    profile = cProfile.Profile()
    profile.runcall(work)
    return sum(entry.callcount for entry in profile.getstats())


def computed(work: Callable[[], T]) -> tuple[T, float]:
    """Do it; return its result, and the seconds that this process was computing (not those that it had to wait)."""
    began = time.process_time()
    result = work()
    return result, time.process_time() - began
