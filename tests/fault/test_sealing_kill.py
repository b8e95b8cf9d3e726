"""Sealing and renewal are killed after, and robbed of, each request: nobody is locked out, nothing is left behind."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import web

from community.accounts.identity_notes import IdentityNotes
from community.description.data_folder import read_private_json, write_private_json
from matrix.admin import AdminApi
from matrix.client_api import ClientApi
from matrix.cross_signing import Identity, SigningKey, shown_master_key
from matrix.errors import Forbidden, NeedsPassword
from matrix.http import HomeserverClient
from matrix.ids import AccessToken
from provisioning.accounts import provisioner_client
from provisioning.token_renewal import PREFIX
from tests.lib.cutting_proxy import CuttingProxy, cutting_proxy
from tests.lib.forked import fork
from tests.lib.synapse_server import SynapseServer, running_synapse

pytestmark = [pytest.mark.live, pytest.mark.fault, pytest.mark.timeout(300)]

SEALING = Path(__file__).parent / "sealing.py"
MOST = 60


@dataclass
class Bench:
    """A Synapse without accounts of ours, behind a proxy, and the process that makes and seals them."""

    server: SynapseServer
    proxy: CuttingProxy
    said: str = ""

    async def run(
        self, *, kill_at: int | None = None, rob_at: int | None = None, anew: bool = False
    ) -> tuple[int, int]:
        """Run it once; return its status and how many requests it made.

        It is killed once the homeserver has answered request ``kill_at``, or never gets the answer to ``rob_at``.
        """
        process = await fork(
            SEALING,
            self.proxy.url,
            self.server.data.root,
            *(["anew"] if anew else []),
            environment={},
            stderr=asyncio.subprocess.PIPE,
        )
        count = 0

        async def after(_request: web.Request, _body: bytes) -> bool:
            nonlocal count
            count += 1
            if count - 1 == kill_at:
                os.kill(process.pid, signal.SIGKILL)
                return True
            return count - 1 == rob_at

        self.proxy.after = after
        _, said = await asyncio.wait_for(process.communicate(), 120)
        assert process.returncode is not None
        self.said = said.decode()
        return process.returncode, count

    async def assert_sealed(self) -> None:
        """The token works, no password is kept, both are sealed with the noted key, no administrator is left."""
        own, data = self.server.own, self.server.data
        secret = read_private_json(data.secret("provisioner.json"))
        assert secret is not None
        assert sorted(secret) == ["access_token", "device_id", "user_id"]
        assert (
            not data.secret("renewal.json").exists()
            or not json.loads(data.secret("renewal.json").read_text())["administrators"]
        )
        async with HomeserverClient(self.server.url, AccessToken(secret["access_token"])) as http:
            client, admin = ClientApi(http), AdminApi(http)
            answer = await client.query_keys(own.sealed)
            for account in own.sealed:
                noted = IdentityNotes(data).master_key(account)
                assert noted is not None
                assert shown_master_key(answer, account) == noted
            assert await admin.administrators() == (own.provisioner,)
            for there in await admin.accounts():
                assert there.deactivated == there.user_id.startswith(f"@{PREFIX}")
        async with HomeserverClient(self.server.url) as http:
            envelope = read_private_json(data.secret("break-glass.json"))
            assert envelope is not None
            session = await ClientApi(http).login(own.break_glass, envelope["password"], device_name="test")
            http.use_token(session.access_token)
            await ClientApi(http).logout()


@asynccontextmanager
async def bench(server: SynapseServer) -> AsyncIterator[Bench]:
    async with cutting_proxy(server.url) as proxy:
        yield Bench(server, proxy)


@pytest.fixture
def empty_server(tmp_path: Path) -> Iterator[SynapseServer]:
    with running_synapse(tmp_path / "synapse", accounts=False) as running:
        yield running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SynapseServer]:
    with running_synapse(tmp_path_factory.mktemp("renewed")) as running:
        yield running


async def test_killed_after_each_request_from_an_empty_server_until_all_is_sealed(
    empty_server: SynapseServer,
) -> None:
    """Each process gets one request further than the last: kills add up."""
    async with bench(empty_server) as made:
        kills = 0
        while (await made.run(kill_at=kills))[0] == -signal.SIGKILL:
            kills += 1
            assert kills < MOST
        assert kills > 3
        await made.assert_sealed()


async def test_robbed_of_each_answer_from_an_empty_server(empty_server: SynapseServer) -> None:
    async with bench(empty_server) as made:
        for index in range(MOST):
            _, requests = await made.run(rob_at=index)
            if requests <= index:
                break
        assert (await made.run())[0] == 0
        await made.assert_sealed()


def other_keys(user_id: str) -> dict[str, object]:
    return Identity(user_id, *(SigningKey(os.urandom(32)) for _ in range(3))).upload_body()


def lose_token(server: SynapseServer) -> None:
    path = server.data.secret("provisioner.json")
    write_private_json(path, {**(read_private_json(path) or {}), "access_token": "syt_lost"})


async def test_renewal_is_killed_after_each_of_its_requests(server: SynapseServer) -> None:
    async with bench(server) as made:
        index = 0
        while True:
            lose_token(server)
            status, _ = await made.run(kill_at=index)
            if status != -signal.SIGKILL:
                break
            assert (await made.run())[0] == 0
            await made.assert_sealed()
            index += 1
            assert index < MOST
        assert status == 0
        assert index > 5


async def test_sealing_anew_is_killed_after_each_of_its_requests(server: SynapseServer) -> None:
    """Even a start that does no more than what is usual leaves both sealed; done again, it gets through."""
    async with bench(server) as made:
        index, status = 5, -signal.SIGKILL
        while status == -signal.SIGKILL:
            status, _ = await made.run(kill_at=index, anew=True)
            assert (await made.run())[0] == 0
            await made.assert_sealed()
            index += 1
            assert index < MOST
        assert status == 0
        assert index > 15


async def test_renewal_is_killed_again_and_again_a_request_later(server: SynapseServer) -> None:
    """Several administrators are left behind, one by each: all are closed."""
    async with bench(server) as made:
        lose_token(server)
        for index in (4, 5, 6, 3, 5):
            await made.run(kill_at=index)
        assert (await made.run())[0] == 0
        await made.assert_sealed()


async def test_the_token_of_old_survives_the_end_of_its_password_and_opens_no_new_identity(
    server: SynapseServer,
) -> None:
    """An older data folder is taken along: its password is destroyed, its token goes on."""
    path, own = server.data.secret("provisioner.json"), server.own
    async with server.provisioner() as http:
        await AdminApi(http).set_password(own.provisioner, "an-older-password", sign_out=False)
        before = read_private_json(path)
        assert before is not None
        write_private_json(path, {**before, "password": "an-older-password"})
    async with provisioner_client(server.url, own.provisioner, server.data) as http:
        assert await ClientApi(http).whoami() == own.provisioner
        assert read_private_json(path) == before
        with pytest.raises(NeedsPassword):
            await ClientApi(http).upload_cross_signing_keys(other_keys(own.provisioner))
    async with HomeserverClient(server.url) as http:
        with pytest.raises(Forbidden):
            await ClientApi(http).login(own.provisioner, "an-older-password", device_name="thief")
