"""The incidents of docs/operator.md on an installation that runs: their commands can be given, and do what is said."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bots import main
from community.storage import Store
from matrix.admin import AdminApi
from matrix.client_api import ClientApi
from matrix.cross_signing import shown_master_key
from matrix.errors import MatrixRequestError, UnknownToken
from matrix.http import HomeserverClient
from matrix.ids import AccessToken, RoomId, UserId
from provisioning.provisioner import ApplyOptions, open_provisioner
from tests.lib.commands import Ran, on_a_terminal, palabre
from tests.lib.descriptions import SMALL
from tests.lib.documented import documented, words_of
from tests.lib.peer_client import Peer, open_peer, until
from tests.lib.small_server import running_small
from tests.lib.synapse_server import PASSWORD, SynapseServer, running_synapse

pytestmark = [pytest.mark.live, pytest.mark.timeout(420)]

READER = UserId("@awa.diallo:palabre.localhost")
PAGE = "docs/operator.md"
QUESTION = "!p who do I ask about waste in Kigali?"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SynapseServer]:
    with running_small(tmp_path_factory.mktemp("incidents")) as made:
        yield made


@dataclass
class IncidentScene:
    """The small network."""

    server: SynapseServer
    config: Path
    lobby: RoomId

    @property
    def places(self) -> tuple[object, ...]:
        return ("--config", self.config, "--data", self.server.data.root)

    async def run(self, *words: str) -> Ran:
        return await palabre(*words, *self.places)

    async def done(self, command: str, fill: Mapping[str, str] | None = None) -> str:
        """Run a command of the page, which succeeds; return what it says."""
        ran = await self.run(*words_of(command, fill))
        assert ran.code == 0, (command, ran.err)
        return ran.out

    async def type(self, command: str, typed: str, fill: Mapping[str, str] | None = None) -> str:
        """Type a command of the page, which succeeds, and what it asks for; return what is to be seen."""
        code, seen = await on_a_terminal(*words_of(command, fill), *self.places, typed=typed)
        assert code == 0, (command, seen)
        return seen

    async def findings(self, command: str) -> dict[str, str]:
        """Return the states that the doctor finds, by name."""
        said = (await self.run(*words_of(command), "--json")).out
        return {finding["name"]: finding["state"] for finding in json.loads(said)["findings"]}

    async def sees_identities(self, user: UserId, *keys: str) -> None:
        """Have the store see identities of somebody, one after the other."""
        async with await Store.open(self.server.data.store_url) as store:
            for key in keys:
                await store.identities.see(user, key, at=datetime.now(UTC))

    async def changes_a_contact(self) -> None:
        """Have somebody write another e-mail address into the directory."""
        path = self.config.parent / "directory.yaml"
        assert (await self.run("directory", "export", "--to", str(path))).code == 0
        path.write_text(path.read_text().replace("claudine.uwase@", "claudine@"))
        changed = await self.run("directory", "import", str(path), "--yes")
        assert changed.code == 0, changed.err

    def first_password(self, user: UserId) -> str:
        accounts = json.loads(self.server.data.sign_in.read_text())["accounts"]
        return next(str(each["password"]) for each in accounts if each["user_id"] == user)

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
    password = scene.first_password(READER)
    async with open_peer() as peer:
        await peer.login(scene.server.url, READER, password)
        await peer.call("join", roomId=scene.lobby)
        await _assert_worthless(scene, peer)


async def _assert_worthless(scene: IncidentScene, peer: Peer) -> None:
    path = scene.server.data.secret("bot.json")
    async with scene.bot() as running:
        await scene.answered(peer)
        stolen, before = json.loads(path.read_text()), await scene.master_key()
        with documented(PAGE, "1. The bot's token or password is in other hands") as next_command:
            sealed = await scene.done(next_command("palabre seal --bot"))
        # The bot that runs is signed out with the thief, and ends: what runs it starts it again.
        with pytest.raises(UnknownToken):
            await asyncio.wait_for(asyncio.shield(running), 120)
    async with HomeserverClient(scene.server.url, AccessToken(stolen["access_token"])) as thief:
        with pytest.raises(UnknownToken):
            await ClientApi(thief).whoami()
    assert not await scene.opens(scene.server.own.bot, stolen["password"])
    assert stolen["password"] not in sealed
    async with scene.bot():
        await scene.answered(peer)
        with documented(PAGE, "1. The bot's token or password is in other hands", 3) as next_command:
            assert (await scene.findings(next_command("palabre doctor")))["signature"] == "ok"
            assert "renew-bot-password" in await scene.done(next_command("palabre audit"))
    assert await scene.master_key() == before
    kept = json.loads(path.read_text())
    assert kept["device_id"] != stolen["device_id"]
    assert await scene.opens(scene.server.own.bot, kept["password"])


async def test_incident_2_what_the_provisioners_token_could_do_is_looked_at(scene: IncidentScene) -> None:
    old = json.loads(scene.server.data.secret("provisioner.json").read_text())["access_token"]
    with documented(PAGE, "2. The provisioner's token is in other hands") as next_command:
        await scene.done(next_command("palabre seal"))
        assert (await scene.findings(next_command("palabre doctor")))["accounts"] == "ok"
        assert "Plan: 0 to add" in await scene.done(next_command("palabre plan"))
        assert "0 to remove" in await scene.type(next_command("palabre apply"), "y\n")
    async with HomeserverClient(scene.server.url, AccessToken(old)) as thief:
        with pytest.raises(UnknownToken):
            await ClientApi(thief).whoami()


async def test_incident_7_a_stolen_identity_is_renewed(scene: IncidentScene) -> None:
    async with scene.bot():
        pass  # It has an identity from now on, whichever test came first.
    before = await scene.master_key()
    with documented(PAGE, "7. The bot's keys are lost, or its identity is stolen") as next_command:
        await scene.done(next_command("palabre seal --bot"))
        await scene.done(next_command("palabre renew-identity"))
        assert (await scene.findings(next_command("palabre doctor")))["seeds"] == "ok"
    assert await scene.master_key() != before


async def test_incident_8_a_coordinators_phone_is_stolen(scene: IncidentScene) -> None:
    user = READER[1:].partition(":")[0]
    old = scene.first_password(READER)
    with documented(PAGE, "8. A coordinator's phone is stolen") as next_command:
        assert "new password" in await scene.type(next_command("palabre person"), "y\n", {"USER": user})
        assert not await scene.opens(READER, old)
        await scene.sees_identities(READER, "abcd" * 10 + "efg", "bcde" * 10 + "fgh")
        assert "CHANGED" in await scene.done(next_command("palabre identity list"))
    with documented(PAGE, "8. A coordinator's phone is stolen", 2) as next_command:
        await scene.type(next_command("palabre identity accept"), "bcde\n", {"USER": user})
    assert "CHANGED" not in (await scene.run("identity", "list")).out
    await scene.changes_a_contact()
    with documented(PAGE, "8. A coordinator's phone is stolen", 3) as next_command:
        seen = await scene.done(next_command("palabre audit"), {"USER": user})
        assert "accept-identity" in seen
        history = await scene.done(next_command("palabre directory history"))
        (newest, *_) = re.findall(r"^(\d+)  ", history, re.MULTILINE)
        assert "claudine@" in history
        await scene.done(next_command("palabre directory undo"), {"NUMBER": newest})
    assert f"(takes back {newest})" in (await scene.run("directory", "history")).out


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
