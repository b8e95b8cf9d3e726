"""How much work something is, without a look at the clock on the wall: other load changes nothing about it."""

from __future__ import annotations

import cProfile
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def calls(work: Callable[[], object]) -> int:
    """Do it; return how many calls of functions it took, those written in C included."""
    return counted(work)[1]


def counted(work: Callable[[], T]) -> tuple[T, int]:
    """Do it; return its result, and how many calls of functions it took, those written in C included."""
    profile = cProfile.Profile()
    result = profile.runcall(work)
    return result, sum(entry.callcount for entry in profile.getstats())
