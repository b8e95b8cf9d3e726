"""The incidents of docs/operator.md on an installation that runs: their commands can be given, and do what is said."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from bots import main
from matrix.admin import AdminApi
from matrix.client_api import ClientApi
from matrix.cross_signing import shown_master_key
from matrix.errors import MatrixRequestError, UnknownToken
from matrix.http import HomeserverClient
from matrix.ids import AccessToken, RoomId, UserId
from provisioning.provisioner import ApplyOptions, open_provisioner
from tests.lib.commands import Ran, palabre
from tests.lib.descriptions import SMALL
from tests.lib.peer_client import Peer, open_peer, until
from tests.lib.synapse_server import PASSWORD, SynapseServer, running_synapse

pytestmark = [pytest.mark.live, pytest.mark.timeout(420)]

READER = UserId("@awa.diallo:palabre.localhost")
QUESTION = "!p who do I ask about waste in Kigali?"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SynapseServer]:
    with running_synapse(tmp_path_factory.mktemp("incidents")) as made:
        yield made


@dataclass
class IncidentScene:
    """The small network."""

    server: SynapseServer
    config: Path
    lobby: RoomId

    async def run(self, *words: str) -> Ran:
        return await palabre(*words, "--config", self.config, "--data", self.server.data.root)

    @asynccontextmanager
    async def bot(self) -> AsyncIterator[asyncio.Task[None]]:
        """Run the bot, as a service of the system does once; it may end by itself."""
        data, stop = self.server.data, asyncio.Event()
        data.ready_file("bots").unlink(missing_ok=True)
        running = asyncio.create_task(main.run(self.config, data, stop=stop))

        async def is_ready() -> bool:
            return data.ready_file("bots").exists()

        try:
            await until(is_ready, 90, "the bot")
            yield running
        finally:
            stop.set()
            with suppress(UnknownToken):
                await running

    async def answered(self, peer: Peer) -> None:
        question = await peer.ask(self.lobby, QUESTION)
        answer = await peer.reply_to(self.lobby, question, patience=90)
        assert "Claudine Uwase" in answer["content"]["body"]
        # Of a device that its owner has signed, under an identity that has not changed.
        assert answer["shieldColour"] == 0

    async def master_key(self) -> str | None:
        bot = self.server.own.bot
        async with self.server.provisioner() as http:
            return shown_master_key(await ClientApi(http).query_keys([bot]), bot)

    async def opens(self, account: UserId, password: str) -> bool:
        async with HomeserverClient(self.server.url) as http:
            return await ClientApi(http).password_opens(account, password)


@pytest.fixture
async def scene(server: SynapseServer, tmp_path: Path) -> IncidentScene:
    config = Path(shutil.copytree(SMALL, tmp_path / "config"))
    async with open_provisioner(config, server.data) as provisioner:
        await provisioner.apply(ApplyOptions("test"))
        lobby = (await provisioner.homeserver.snapshot()).rooms["lobby"].room_id
    assert lobby is not None
    return IncidentScene(server, config, lobby)


async def test_after_one_command_the_bots_stolen_token_is_worthless_and_its_identity_the_same(
    scene: IncidentScene,
) -> None:
    accounts = json.loads(scene.server.data.sign_in.read_text())["accounts"]
    password = next(each["password"] for each in accounts if each["user_id"] == READER)
    async with open_peer() as peer:
        await peer.login(scene.server.url, READER, password)
        await peer.call("join", roomId=scene.lobby)
        await _assert_worthless(scene, peer)


async def _assert_worthless(scene: IncidentScene, peer: Peer) -> None:
    path = scene.server.data.secret("bot.json")
    async with scene.bot() as running:
        await scene.answered(peer)
        stolen, before = json.loads(path.read_text()), await scene.master_key()
        sealed = await scene.run("seal", "--bot")
        assert sealed.code == 0, sealed.err
        assert "renew-bot-password" in (await scene.run("audit", "--since", "1d")).out
        # The bot that runs is signed out with the thief, and ends: what runs it starts it again.
        with pytest.raises(UnknownToken):
            await asyncio.wait_for(asyncio.shield(running), 120)
    async with HomeserverClient(scene.server.url, AccessToken(stolen["access_token"])) as thief:
        with pytest.raises(UnknownToken):
            await ClientApi(thief).whoami()
    assert not await scene.opens(scene.server.own.bot, stolen["password"])
    assert stolen["password"] not in sealed.out + sealed.err
    async with scene.bot():
        await scene.answered(peer)
    assert await scene.master_key() == before
    kept = json.loads(path.read_text())
    assert kept["device_id"] != stolen["device_id"]
    assert await scene.opens(scene.server.own.bot, kept["password"])


async def test_the_commands_of_the_incidents_can_be_given(scene: IncidentScene) -> None:
    user = READER[1:].partition(":")[0]
    async with scene.bot():
        pass  # it has an identity, which is renewed below
    for words in (
        ("seal",),
        ("plan",),
        ("apply", "--yes"),
        ("audit", "--since", "1d"),
        ("identity", "list"),
        ("person", "reset-password", user, "--sign-out", "--yes"),
        ("audit", "--since", "2d", "--subject", user),
        ("directory", "history", "--limit", "50"),
        ("renew-identity", "--yes"),
    ):
        ran = await scene.run(*words)
        assert ran.code == 0, (words, ran.err)
        if "--subject" in words:
            assert READER in ran.out
    # What there is nothing for says so in a sentence.
    for words in (("identity", "accept", user), ("directory", "undo", "99999")):
        ran = await scene.run(*words)
        assert (ran.code, bool(ran.err.strip())) == (1, True), (words, ran.out)
    doctor = await scene.run("doctor", "--json")
    names = {finding["name"]: finding["state"] for finding in json.loads(doctor.out)["findings"]}
    assert names["accounts"] == "ok", doctor.out


async def test_the_envelope_gets_another_password_by_sealing(scene: IncidentScene) -> None:
    path = scene.server.data.secret("break-glass.json")
    kept = json.loads(path.read_text())
    path.write_text(json.dumps({**kept, "password": "another long password of ours"}))
    assert (await scene.run("seal")).code == 0
    glass = scene.server.own.break_glass
    assert await scene.opens(glass, "another long password of ours")
    assert not await scene.opens(glass, kept["password"])


async def test_synapses_secrets_are_made_anew_and_everybody_stays_signed_in(tmp_path: Path) -> None:
    with running_synapse(tmp_path / "data") as before:
        data = before.data
        old = data.secret("registration-shared-secret").read_text().strip()
        async with before.person("ama"):
            pass
        async with HomeserverClient(before.url) as http:
            session = await ClientApi(http).login(before.user("ama"), PASSWORD, device_name="phone")
    for path in (
        data.secret("registration-shared-secret"),
        data.synapse / "macaroon.secret",
        data.synapse / "form.secret",
        data.synapse / "signing.key",
    ):
        path.unlink()
    with running_synapse(tmp_path / "data") as after:
        async with HomeserverClient(after.url, session.access_token) as http:
            assert await ClientApi(http).whoami() == after.user("ama")
        async with after.provisioner() as http:
            assert await AdminApi(http).find_account(after.own.bot) is not None
        new = data.secret("registration-shared-secret").read_text().strip()
        assert new != old
        async with HomeserverClient(after.url) as http:
            with pytest.raises(MatrixRequestError) as refused:
                await AdminApi(http).register_with_shared_secret(
                    "eve", PASSWORD, shared_secret=old, admin=True
                )
            assert refused.value.status == 403
            await AdminApi(http).register_with_shared_secret("eve", PASSWORD, shared_secret=new, admin=True)
