"""The pause between two syncs while the client sends: it ends with the sending."""

from __future__ import annotations

import asyncio

from bots.encryption.own_sends import OwnSends

LONG = 3600.0


async def test_while_nothing_is_sent_the_next_sync_waits_for_nothing() -> None:
    sends, stop = OwnSends(LONG), asyncio.Event()
    await sends.let_pass(stop)
    with sends.one():
        pass
    await sends.let_pass(stop)


async def test_while_something_is_sent_it_waits_until_all_is_sent() -> None:
    sends = OwnSends(LONG)
    with sends.one():
        with sends.one():
            waiting = asyncio.create_task(sends.let_pass(asyncio.Event()))
            await asyncio.sleep(0)
        await asyncio.sleep(0.01)
        assert not waiting.done()
    await waiting


async def test_it_waits_no_longer_than_the_pause_and_not_after_the_stop() -> None:
    stop = asyncio.Event()
    short, long = OwnSends(0.001), OwnSends(LONG)
    with short.one(), long.one():
        await short.let_pass(stop)
        waiting = asyncio.create_task(long.let_pass(stop))
        await asyncio.sleep(0)
        stop.set()
        await waiting
