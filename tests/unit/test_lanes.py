"""The same for many things, several at once."""

from __future__ import annotations

import asyncio

import pytest

from community.core.lanes import for_each


async def test_so_many_are_under_way_at_once_begun_in_their_order() -> None:
    begun: list[int] = []
    let_go = asyncio.Event()

    async def work(number: int) -> None:
        begun.append(number)
        await let_go.wait()

    task = asyncio.create_task(for_each(work, range(5), at_once=2))
    for _ in range(20):
        await asyncio.sleep(0)
    assert begun == [0, 1]
    let_go.set()
    await task
    assert begun == [0, 1, 2, 3, 4]


async def test_all_are_tried_then_the_first_failure_is_raised() -> None:
    tried: list[int] = []

    async def work(number: int) -> None:
        tried.append(number)
        if number % 2:
            raise ValueError(number)

    with pytest.raises(ValueError, match="1"):
        await for_each(work, range(4), at_once=1)
    assert tried == [0, 1, 2, 3]
