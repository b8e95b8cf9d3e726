"""Threads that read what may change: beginning one, waiting for all. Readers hold a semaphore of `MOST_READERS`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from threading import Lock, Semaphore
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

MOST_READERS = 64
"""How many threads may read at once."""


@contextmanager
def alone(readers: Semaphore, writer: Lock) -> Iterator[None]:
    """Wait until nobody reads or writes, and let nobody do so until the block ends. Later readers wait."""
    with writer, ExitStack() as stack:
        for _ in range(MOST_READERS):
            stack.enter_context(readers)
        yield


async def in_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Return what ``function`` returns, called in a thread: a question over a large directory takes milliseconds."""
    # Imported here because whoever answers from files has no event loop.
    import asyncio  # noqa: PLC0415

    return await asyncio.to_thread(function, *args, **kwargs)
