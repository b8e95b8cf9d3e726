"""The bot's watch over the sealed accounts: what it takes for a fault, whatever is sealed anew meanwhile, and once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from bots.scheduler import Scheduler
from bots.sealed_watch import LOOK_EVERY, SealedWatch
from community.accounts.faults import FaultKind, fault_of
from community.accounts.identity_notes import IdentityNotes
from community.alarms.fault_telling import tell_faults
from community.description.data_folder import DataFolder
from community.jobs.notices import NOTICE, Notice
from community.storage import Store
from matrix.client_api import ClientApi
from matrix.ids import UserId

START = datetime(2026, 11, 28, 9, 30, tzinfo=UTC)
PROVISIONER, BREAK_GLASS = UserId("@provisioner:x"), UserId("@break-glass:x")


class ShownKeys:
    """What the watch sees of a homeserver: which keys it shows. ``meanwhile`` is done after it has answered."""

    def __init__(self) -> None:
        self.master: dict[UserId, str] = {}
        self.devices: set[UserId] = set()
        self.asked = asyncio.Event()
        self.meanwhile: Callable[[], None] = lambda: None

    async def query_keys(self, users: Iterable[UserId]) -> dict[str, Any]:
        masters = {
            user: {"user_id": user, "usage": ["master"], "keys": {f"ed25519:{key}": key}}
            for user, key in self.master.items()
            if user in users
        }
        answer = {"master_keys": masters, "device_keys": {user: {"THIEF": {}} for user in self.devices}}
        self.meanwhile()
        self.asked.set()
        return answer


class Watched:
    """A watch with what it looks at."""

    def __init__(self, store: Store, data: DataFolder) -> None:
        self.store, self.keys, self.notes, self.clock = store, ShownKeys(), IdentityNotes(data), START
        api = cast(ClientApi, self.keys)
        self.watch = SealedWatch(store, api, data, {PROVISIONER, BREAK_GLASS}, now=lambda: self.clock)

    def seal(self, key: str) -> None:
        for account in (PROVISIONER, BREAK_GLASS):
            self.notes.begin(account, key)
            self.keys.master[account] = key
            self.notes.confirm(account, key)

    async def told(self) -> list[tuple[FaultKind, str]]:
        """Look, and return all that coordinators were ever told."""
        self.clock += timedelta(seconds=LOOK_EVERY)
        await self.watch.look()
        faults = [
            fault_of(Notice.decoded(request.payload).values)
            for request in await self.store.jobs.pending(NOTICE)
        ]
        return [(fault.kind, fault.account) for fault in faults]


@pytest.fixture
async def watched(tmp_path: Path) -> AsyncIterator[Watched]:
    data = DataFolder(tmp_path)
    data.prepare()
    async with await Store.open(data.store_url) as store:
        yield Watched(store, data)


async def test_accounts_that_are_sealed_or_not_yet_are_no_news(watched: Watched) -> None:
    assert await watched.told() == []
    watched.notes.begin(PROVISIONER, "a")
    assert await watched.told() == []
    watched.seal("a")
    assert await watched.told() == []


@pytest.mark.parametrize("account", [PROVISIONER, BREAK_GLASS])
async def test_a_device_is_told_once_and_is_in_the_audit(watched: Watched, account: UserId) -> None:
    watched.seal("a")
    watched.keys.devices = {account}
    for _ in range(3):
        assert await watched.told() == [(FaultKind.DEVICE_KEYS, account)]
    assert [entry.actor for entry in await watched.store.audit.read(about=(account,))] == ["palabre bots"]


async def test_what_has_gone_and_comes_again_after_the_service_has_looked_is_told_again(
    watched: Watched,
) -> None:
    watched.seal("a")
    for times in (1, 2):
        watched.keys.devices = {PROVISIONER}
        assert await watched.told() == [(FaultKind.DEVICE_KEYS, PROVISIONER)] * times
        watched.keys.devices = set()
        await watched.told()
        await tell_faults(watched.store, (), actor="test", at=watched.clock)


async def test_the_service_forgets_nothing_that_was_found_after_its_look_began(watched: Watched) -> None:
    began = watched.clock
    watched.keys.devices = {PROVISIONER}
    await watched.told()
    await tell_faults(watched.store, (), actor="test", at=began)
    assert len(await watched.store.standing_faults.all()) == 1


async def test_another_identity_and_a_lost_one_are_told(watched: Watched) -> None:
    watched.seal("a")
    watched.keys.master = {PROVISIONER: "thief"}
    assert await watched.told() == [
        (FaultKind.NO_IDENTITY, BREAK_GLASS),
        (FaultKind.OTHER_IDENTITY, PROVISIONER),
    ]


async def test_whatever_is_sealed_anew_while_it_looks_is_no_news(watched: Watched) -> None:
    watched.keys.meanwhile = lambda: watched.seal("a")
    assert await watched.told() == []
    watched.keys.meanwhile = lambda: watched.seal("b")
    assert await watched.told() == []
    watched.notes.begin(PROVISIONER, "c")
    watched.keys.master[PROVISIONER] = "c"
    watched.keys.meanwhile = lambda: watched.notes.confirm(PROVISIONER, "c")
    assert await watched.told() == []


async def test_away_from_where_the_accounts_were_sealed_devices_alone_are_told(watched: Watched) -> None:
    watched.keys.master = {PROVISIONER: "a", BREAK_GLASS: "b"}
    watched.keys.devices = {BREAK_GLASS}
    assert await watched.told() == [(FaultKind.DEVICE_KEYS, BREAK_GLASS)]


async def test_a_change_of_a_watched_account_is_looked_at_without_waiting(watched: Watched) -> None:
    scheduler, stop = Scheduler(), asyncio.Event()
    scheduler.add(replace(watched.watch.periodic, every=timedelta(days=1).total_seconds()))
    running = asyncio.create_task(scheduler.run(stop))
    await watched.keys.asked.wait()
    watched.keys.asked.clear()
    assert not watched.watch.watches_any({UserId("@awa:x")})
    assert watched.watch.watches_any({UserId("@awa:x"), PROVISIONER})
    scheduler.wake(watched.watch.periodic)
    await watched.keys.asked.wait()
    stop.set()
    await running
