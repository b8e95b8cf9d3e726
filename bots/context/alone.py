"""Waits until no thread reads what is about to change. Readers hold a semaphore of `MOST_READERS`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from threading import Lock, Semaphore

MOST_READERS = 64
"""How many threads may read at once."""


@contextmanager
def alone(readers: Semaphore, writer: Lock) -> Iterator[None]:
    """Wait until nobody reads or writes, and let nobody do so until the block ends. Later readers wait."""
    with writer, ExitStack() as stack:
        for _ in range(MOST_READERS):
            stack.enter_context(readers)
        yield
