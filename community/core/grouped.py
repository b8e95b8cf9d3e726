"""Does in one go what several tasks ask for at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Grouped(Generic[Item, Result]):
    """Calls ``work`` with all items that were asked for while its last call was under way.

    ``work`` returns one result for each item, in their order. It is called once at a time, and always after the item
    was asked for: so what it reads is never older than the question. A single item waits for nothing.
    """

    def __init__(self, work: Callable[[Sequence[Item]], Awaitable[Sequence[Result]]]) -> None:
        self._work = work
        self._waiting: list[tuple[Item, asyncio.Future[Result]]] = []
        self._round: asyncio.Task[None] | None = None

    async def __call__(self, item: Item) -> Result:
        """Return the result for ``item``. What ``work`` raises is raised for each item of that call."""
        future = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._round is None:
            self._round = asyncio.create_task(self._rounds())
        result: Result = await future
        return result

    async def _rounds(self) -> None:
        try:
            while self._waiting:
                taken, self._waiting = self._waiting, []
                await self._do(taken)
        finally:
            self._round = None
            for _item, future in self._waiting:
                future.cancel()

    async def _do(self, taken: Sequence[tuple[Item, asyncio.Future[Result]]]) -> None:
        """Do one round. Whoever has stopped waiting meanwhile is told nothing."""
        # Where nobody waits any more the work is not begun.
        taken = [(item, future) for item, future in taken if not future.done()]
        if not taken:
            return
        try:
            results = await self._work([item for item, _future in taken])
        except Exception as error:
            for _item, future in taken:
                if not future.done():
                    future.set_exception(error)
            return
        except asyncio.CancelledError:
            for _item, future in taken:
                future.cancel()
            raise
        for (_item, future), result in zip(taken, results, strict=True):
            if not future.done():
                future.set_result(result)
