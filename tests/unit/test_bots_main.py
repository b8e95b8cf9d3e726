"""What ends the bots' process is one sentence, not a group of exceptions."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest

from bots.context.background import PeriodicWork
from bots.main import _work
from bots.scheduler import Scheduler
from community.description.data_folder import DataFolder
from matrix.errors import HomeserverUnreachable


class Parts:
    """A runtime that fails as told once it is ready; other work that does nothing."""

    def __init__(self, failure: Exception | None) -> None:
        self.ready = asyncio.Event()
        self._failure = failure

    async def run(self, stop: asyncio.Event) -> None:
        self.ready.set()
        await asyncio.sleep(0.05)
        if self._failure is not None and not stop.is_set():
            raise self._failure
        await stop.wait()


async def work(failure: Exception | None, tmp_path: Path, stop: asyncio.Event) -> DataFolder:
    data = DataFolder(tmp_path / "data")
    data.prepare()
    scheduler = Scheduler()
    status = PeriodicWork(partial(asyncio.sleep, 0), 86_400, "status_not_written")
    await _work(cast(Any, Parts(failure)), scheduler, status, (Parts(None).run,), data, stop)
    return data


async def test_a_failure_with_a_sentence_is_raised_as_it_is(tmp_path: Path) -> None:
    with pytest.raises(HomeserverUnreachable, match="does not answer"):
        await work(HomeserverUnreachable("http://127.0.0.1:1"), tmp_path, asyncio.Event())


async def test_a_failure_of_ours_is_not_hidden(tmp_path: Path) -> None:
    with pytest.raises(ExceptionGroup) as raised:
        await work(ZeroDivisionError(), tmp_path, asyncio.Event())
    assert [type(error) for error in raised.value.exceptions] == [ZeroDivisionError]


async def test_stopped_it_ends_and_had_said_that_it_was_ready(tmp_path: Path) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().call_later(0.2, stop.set)
    data = await work(None, tmp_path, stop)
    assert data.ready_file("bots").read_text().strip().isdigit()


async def test_once_it_is_ready_its_status_says_so_at_once(tmp_path: Path) -> None:
    data, scheduler, stop = DataFolder(tmp_path / "data"), Scheduler(), asyncio.Event()
    data.prepare()
    parts, said = Parts(None), list[bool]()

    async def write() -> None:
        said.append(parts.ready.is_set())
        if said[-1]:
            stop.set()

    status = PeriodicWork(write, 86_400, "status_not_written")
    scheduler.add(status)
    async with asyncio.timeout(20):
        await _work(cast(Any, parts), scheduler, status, (), data, stop)
    assert said[-1]
