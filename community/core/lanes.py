"""Does the same for many things, several of them at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

T = TypeVar("T")


async def for_each(work: Callable[[T], Awaitable[None]], items: Iterable[T], *, at_once: int) -> None:
    """Do ``work`` for each of ``items``, begun in their order, for at most ``at_once`` at the same time.

    All are tried, then the first failure is raised.
    """
    lanes = asyncio.Semaphore(at_once)

    async def one(item: T) -> None:
        async with lanes:
            await work(item)

    results = await asyncio.gather(*map(one, items), return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
