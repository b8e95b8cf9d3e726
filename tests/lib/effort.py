"""How much work something was, told apart from how long it took: other load on the machine changes the latter alone."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any


@dataclass
class Effort:
    """What a block cost: ``seconds`` of processor time, of this process and of the children that ended in it."""

    seconds: float = 0.0
    calls: int = 0


def _processor() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


@contextmanager
def processor_time() -> Iterator[Effort]:
    """Measure the processor time of the block."""
    effort, began = Effort(), _processor()
    yield effort
    effort.seconds = _processor() - began


@contextmanager
def counted_calls() -> Iterator[Effort]:
    """Count the functions called in this thread: the same number on any machine, for work done in Python."""
    effort, before = Effort(), sys.getprofile()

    def count(_frame: FrameType, event: str, _argument: Any) -> None:
        effort.calls += event in ("call", "c_call")

    counting: Callable[[FrameType, str, Any], object] = count
    sys.setprofile(counting)
    try:
        yield effort
    finally:
        sys.setprofile(before)
