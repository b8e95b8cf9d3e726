"""What several tasks ask for at the same time is done in one go, and never earlier than it was asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from community.core.grouped import Grouped


class Work:
    """Doubles numbers; each call waits until it is let go. An odd group fails where ``fails`` is set."""

    def __init__(self) -> None:
        self.calls: list[list[int]] = []
        self.let_go = asyncio.Event()
        self.fails = False

    async def __call__(self, items: Sequence[int]) -> Sequence[int]:
        self.calls.append(list(items))
        await self.let_go.wait()
        if self.fails:
            raise ValueError(items)
        return [2 * item for item in items]


async def begun(work: Work, calls: int) -> None:
    while len(work.calls) < calls:
        await asyncio.sleep(0)


async def test_what_comes_while_a_call_is_under_way_is_the_next_call() -> None:
    work = Work()
    grouped = Grouped(work)
    first = asyncio.create_task(grouped(1))
    await begun(work, 1)
    others = [asyncio.create_task(grouped(number)) for number in (2, 3, 4)]
    await asyncio.sleep(0)
    work.let_go.set()
    assert (await first, await asyncio.gather(*others)) == (2, [4, 6, 8])
    assert work.calls == [[1], [2, 3, 4]]


async def test_after_a_pause_it_goes_on() -> None:
    work = Work()
    work.let_go.set()
    grouped = Grouped(work)
    assert [await grouped(number) for number in (1, 2)] == [2, 4]
    assert work.calls == [[1], [2]]


async def test_a_failure_is_that_of_all_who_asked_and_of_no_later_ones() -> None:
    work = Work()
    work.let_go.set()
    work.fails = True
    grouped = Grouped(work)
    ends = await asyncio.gather(grouped(1), grouped(2), return_exceptions=True)
    assert [type(end) for end in ends] == [ValueError, ValueError]
    work.fails = False
    assert await grouped(3) == 6


async def test_who_stops_waiting_takes_nobody_along() -> None:
    work = Work()
    grouped = Grouped(work)
    asked = [asyncio.create_task(grouped(number)) for number in (1, 2)]
    await begun(work, 1)
    later = [asyncio.create_task(grouped(number)) for number in (3, 4)]
    await asyncio.sleep(0)
    asked[0].cancel()
    later[0].cancel()
    await asyncio.sleep(0)
    work.let_go.set()
    assert (await asked[1], await later[1]) == (4, 8)
    assert work.calls == [[1, 2], [4]]
    with pytest.raises(asyncio.CancelledError):
        await asked[0]
