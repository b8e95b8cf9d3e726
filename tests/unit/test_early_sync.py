"""A sync that is held open ends where there is something to send, and is not given up otherwise."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bots.encryption import early_sync
from bots.encryption.early_sync import EarlySync

AT_ONCE = {"next_batch": "at once"}
NEW = {"next_batch": "something new"}


class Server:
    """A homeserver: it answers at once what is not to be held open, all else when it has something new."""

    def __init__(self) -> None:
        self.asked: list[float] = []
        self.new = asyncio.Event()
        self.held = asyncio.Event()

    async def sync(self, patience: float) -> dict[str, Any]:
        self.asked.append(patience)
        if patience == 0:
            return AT_ONCE
        self.held.set()
        await self.new.wait()
        return NEW


async def test_it_is_held_open_until_something_new_comes() -> None:
    early, server = EarlySync(), Server()
    syncing = asyncio.create_task(early.held(server.sync, 25))
    await server.held.wait()
    server.new.set()
    assert await syncing == NEW
    assert server.asked == [25]


async def test_what_is_wanted_meanwhile_ends_it_and_the_next_one_is_held_open_again() -> None:
    early, server = EarlySync(), Server()
    syncing = asyncio.create_task(early.held(server.sync, 25))
    await server.held.wait()
    early.want()
    assert await syncing == AT_ONCE
    server.new.set()
    assert await early.held(server.sync, 25) == NEW
    assert server.asked == [25, 0, 25]


async def test_what_was_wanted_before_is_not_waited_for() -> None:
    early, server = EarlySync(), Server()
    early.want()
    assert await early.held(server.sync, 25) == AT_ONCE
    assert server.asked == [0]


async def test_a_failure_of_the_homeserver_is_the_callers() -> None:
    async def sync(patience: float) -> dict[str, Any]:
        raise ConnectionError(patience)

    with pytest.raises(ConnectionError):
        await EarlySync().held(sync, 25)


async def test_what_has_failed_is_tried_again_ever_later(monkeypatch: pytest.MonkeyPatch) -> None:
    early, pauses = EarlySync(), list[float]()
    monkeypatch.setattr(asyncio.get_running_loop(), "call_later", lambda pause, _want: pauses.append(pause))
    for _ in range(7):
        early.want_after_failure()
    early.succeeded()
    early.want_after_failure()
    assert pauses == [1, 2, 4, 8, 16, early_sync.LONGEST_PAUSE, early_sync.LONGEST_PAUSE, 1]
