"""Somebody whose account is locked is made to leave from outside, killed after each request: nobody gets in by it."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from aiohttp import web

from matrix.admin import AdminApi
from matrix.client_api import ClientApi
from matrix.errors import MatrixRequestError
from matrix.http import HomeserverClient
from matrix.ids import RoomId, UserId
from provisioning.snapshot import Account, AccountClosure
from provisioning.synapse_homeserver import SynapseHomeserver
from tests.lib.cutting_proxy import CuttingProxy, cutting_proxy
from tests.lib.forked import fork
from tests.lib.synapse_server import PASSWORD, SynapseServer

pytestmark = [pytest.mark.live, pytest.mark.fault, pytest.mark.timeout(300)]

WITHDRAWING = Path(__file__).parent / "withdrawing.py"
MOST = 30


@dataclass
class Bench:
    """A room with people whose accounts are locked, and the process that takes them out of it."""

    server: SynapseServer
    homeserver: SynapseHomeserver
    http: HomeserverClient
    proxy: CuttingProxy
    room_id: RoomId

    async def locked(self) -> UserId:
        """Return somebody new, who knows their password, is signed in, in the room, and locked."""
        user = self.server.user(f"p{uuid4().hex[:8]}")
        await self.homeserver.create_account(Account(user, "Awa"), PASSWORD)
        await AdminApi(self.http).join(self.room_id, user)
        async with HomeserverClient(self.server.url) as theirs:
            await ClientApi(theirs).login(user, PASSWORD, device_name="phone")
        # As an administrator does in a hurry: the sessions are still there.
        await AdminApi(self.http).lock(user)
        return user

    async def run(self, user: UserId, *, kill_at: int) -> int:
        """Run it, killed once the homeserver has answered request ``kill_at``; return its status."""
        place = (self.proxy.url, self.server.data.root, self.room_id, user)
        process = await fork(WITHDRAWING, *place, environment={})
        left = kill_at

        async def after(_request: web.Request, _body: bytes) -> bool:
            nonlocal left
            left -= 1
            if left == -1:
                os.kill(process.pid, signal.SIGKILL)
            return left == -1

        self.proxy.after = after
        return await asyncio.wait_for(process.wait(), 60)

    async def is_let_in(self, user: UserId) -> bool:
        """Whether somebody comes in by the password that they know."""
        async with HomeserverClient(self.server.url) as theirs:
            try:
                await ClientApi(theirs).login(user, PASSWORD, device_name="phone")
            except MatrixRequestError:
                return False
            return True

    async def closed(self, user: UserId) -> AccountClosure | None:
        return (await self.homeserver.snapshot()).accounts[user].closed


@pytest.fixture
async def bench(synapse_server: SynapseServer) -> AsyncIterator[Bench]:
    async with synapse_server.provisioner() as http, cutting_proxy(synapse_server.url) as proxy:
        own, name = synapse_server.own, synapse_server.settings.homeserver.server_name
        homeserver = SynapseHomeserver(http, own, community="withdrawn", server_name=name)
        room_id = await ClientApi(http).create_room({"preset": "private_chat"})
        yield Bench(synapse_server, homeserver, http, proxy, room_id)


async def test_killed_after_each_request_nobody_comes_in_by_what_they_know(bench: Bench) -> None:
    index, found_open, status = 0, 0, -signal.SIGKILL
    while status == -signal.SIGKILL:
        user = await bench.locked()
        status = await bench.run(user, kill_at=index)
        assert not await bench.is_let_in(user)
        found_open += await bench.closed(user) is None
        # As the next plan does: it sees who is in the room still, and that the account is open.
        await bench.homeserver.withdraw(bench.room_id, user)
        await bench.homeserver.close_account(user, AccountClosure.LOCK)
        assert await bench.closed(user) is AccountClosure.LOCK
        assert await AdminApi(bench.http).devices(user) == ()
        assert await ClientApi(bench.http).membership(bench.room_id, user) == "leave"
        index += 1
        assert index < MOST
    assert status == 0
    assert found_open > 1
