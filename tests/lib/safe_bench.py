"""A small community with a safe room on a homeserver in memory, and the service that looks after it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from community.description.calendar_model import Calendar
from community.description.data_folder import DataFolder
from community.description.directory_model import Directory
from community.description.model import Description
from community.description.settings import ProvisioningSettings, Settings
from community.jobs.notices import NOTICE, Notice
from community.jobs.removals import SafeRemoval
from community.jobs.worker import JobWorker
from community.storage import Store
from matrix.http import RequestCounts
from matrix.ids import UserId, user_id
from provisioning.health import ServiceHealth
from provisioning.plan import Plan
from provisioning.provisioner import ApplyOptions, Provisioner
from provisioning.removals import Removals
from provisioning.service import Service
from tests.lib.descriptions import small
from tests.lib.memory_homeserver import SERVER, MemoryHomeserver

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
SETTINGS = Settings(provisioning=ProvisioningSettings(reconcile="report"))
ANA, BO, CY = (user_id(name, SERVER) for name in ("ana", "bo", "cy"))
LOBBY = {"key": "lobby", "for": "community", "policy": "lobby", "name": "Lobby", "topic": "Lobby"}
WHO = [{"roles": ["city-lead"]}, {"people": ["ana", "bo"], "may": ["moderate"]}]
TALK = {"key": "talk", "for": "community", "policy": "safe", "who": WHO, "name": "Talk", "topic": "Talk"}


def community(*names: str, **talk: Any) -> Description:
    members = [
        {"username": name, "name": name, "role": "city-lead", "city": "kigali", "languages": ["fr"]}
        for name in names
    ]
    parts = {"rooms": [LOBBY, {**TALK, **talk}], "members": members, "themes": [], "cohorts": []}
    return Description(small(**parts).community, Directory(version=1), Calendar(version=1))


@dataclass
class SafeRoomBench:
    homeserver: MemoryHomeserver
    store: Store
    data: DataFolder
    description: Description

    @property
    def provisioner(self) -> Provisioner:
        return Provisioner(
            self.description,
            SETTINGS,
            Path("nowhere"),
            self.data,
            self.homeserver,
            self.store,
            "http://x",
            RequestCounts(),
        )

    async def apply(self, *again: UserId) -> Plan:
        return (await self.provisioner.apply(ApplyOptions("test", force=True, again=again))).plan

    async def look(self) -> None:
        """Have the service look once."""
        service = Service(
            Path("nowhere"), self.data, ServiceHealth(lambda: datetime.now(UTC)), asyncio.Event()
        )
        await service._look(self.provisioner)

    async def carry_out(self, at: datetime = NOW) -> None:
        """Have the service carry out what waits."""
        removals = Removals(self.homeserver, self.store, lambda: at)
        worker = JobWorker(
            self.store.jobs, [removals], holder="test", now=lambda: at, counts=Counter(), halting=()
        )
        await worker.turn(asyncio.Event())

    async def remove(self, user: UserId, by: UserId, key: str = "talk") -> None:
        """Have a keeper ask for somebody's removal, and the service carry it out."""
        await self.store.jobs.file(SafeRemoval(key, user, by), at=NOW)
        await self.carry_out()

    def stands(self, key: str, user: UserId) -> str | None:
        return self.homeserver.membership(self.homeserver.room_id(key), user)

    def put(self, key: str, user: UserId, membership: str, by: UserId | None = None) -> None:
        sender = user if by is None else by
        room_id = self.homeserver.room_id(key)
        self.homeserver.put(room_id, sender, "m.room.member", user, {"membership": membership})

    async def told(self) -> set[tuple[str, str]]:
        notices = [Notice.decoded(request.payload) for request in await self.store.jobs.pending(NOTICE)]
        return {(notice.kind.value, notice.audience) for notice in notices}


@asynccontextmanager
async def opened_bench(folder: Path) -> AsyncIterator[SafeRoomBench]:
    """Give one with nothing on its homeserver yet."""
    data = DataFolder(folder)
    data.prepare()
    async with await Store.open(data.store_url) as store:
        yield SafeRoomBench(MemoryHomeserver(), store, data, community("ana", "bo", "cy"))
