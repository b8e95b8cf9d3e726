"""Whatever bundle of earlier keys the bot is sent, by whomever, it fetches nothing, keeps nothing and goes on.

(Spec, "Sharing historical room keys".) Who sends one could have the bot read words under anybody's name.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import tempfile
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import vodozemac
from aiohttp import web
from structlog.testing import capture_logs

from bots.encryption.history_sharing import BUNDLE_TYPES
from bots.encryption.media import EncryptedFile, encrypted_file, seal
from matrix.client_api import ClientApi
from matrix.http import HomeserverClient
from matrix.ids import AccessToken, RoomId, UserId
from tests.lib.crowd import CrowdDevice, device_keys_of, populate
from tests.lib.cutting_proxy import CuttingProxy, cutting_proxy
from tests.lib.hostile import MEGOLM, Json, SteppedBot, Writer, stepped_bot
from tests.lib.synapse_server import SynapseServer, running_synapse

pytestmark = [pytest.mark.live, pytest.mark.fault, pytest.mark.timeout(900)]

PEOPLE = ("awa", "chidi", "eve")
PUT_IN = "said before the bot had its key"
STATE = [
    {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": MEGOLM}},
    {"type": "m.room.history_visibility", "state_key": "", "content": {"history_visibility": "shared"}},
]


@dataclass
class Scene:
    """The bot in a room into which Awa, whose identity is pinned, has invited it. Chidi is there too, Eve is not.

    ``passed`` are the paths of what the bot has asked of the homeserver.
    """

    server: SynapseServer
    proxy: CuttingProxy
    bot: SteppedBot
    room_id: RoomId
    writers: Mapping[str, Writer]
    passed: list[str] = field(default_factory=list)

    def forged(self) -> tuple[Json, Writer]:
        """Return a bundle's key to a session of Chidi's, and who says something in it."""
        chidi = self.writers["chidi"]
        writer = replace(chidi, group=vodozemac.GroupSession())
        key = vodozemac.InboundGroupSession(writer.group.session_key).export_at(0)
        assert key is not None
        account = chidi.device.account
        room_key = {
            "algorithm": MEGOLM,
            "room_id": self.room_id,
            "sender_key": account.curve25519_key.to_base64(),
            "session_id": writer.group.session_id,
            "session_key": key.to_base64(),
            "sender_claimed_keys": {"ed25519": account.ed25519_key.to_base64()},
        }
        return room_key, writer

    def bundle_event(self, name: str, kind: str, file: Json) -> Json:
        """Return the to-device event by which somebody sends the bot a bundle."""
        writer = self.writers[name]
        content = {"room_id": self.room_id, "file": file}
        keys = device_keys_of(writer.device)
        return writer.olm(writer.payload(type=kind, content=content, sender_device_keys=keys))

    async def sends(self, name: str, file: Json) -> None:
        """Have somebody send the bot a bundle in both its forms, by the homeserver; the bot takes both in."""
        for kind in BUNDLE_TYPES:
            event = self.bundle_event(name, kind, file)
            await deliver(self.server, self.writers[name].device, self.bot, event["content"])
        before = len(self.bot.api.seen_to_device)
        async with asyncio.timeout(120):
            while len(self.bot.api.seen_to_device) < before + len(BUNDLE_TYPES):
                assert await self.bot.step() == []

    async def assert_goes_on(self) -> None:
        awa = self.writers["awa"]
        awa.group = vodozemac.GroupSession()
        heard = await self.bot.step([awa.olm()], [awa.says("genuine")])
        assert [message.content["body"] for message in heard] == ["genuine"]


async def deliver(server: SynapseServer, device: CrowdDevice, bot: SteppedBot, content: Json) -> None:
    async with HomeserverClient(server.url, AccessToken(device.token)) as http:
        to = {str(bot.client.user_id): {str(bot.client.device_id): content}}
        await ClientApi(http).send_to_device("m.room.encrypted", to, uuid.uuid4().hex)


async def uploaded(server: SynapseServer, device: CrowdDevice, content: bytes) -> str:
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        async with HomeserverClient(server.url, AccessToken(device.token)) as http:
            return await ClientApi(http).upload_media(Path(file.name))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with running_synapse(tmp_path_factory.mktemp("bundles")) as running:
        yield running


@asynccontextmanager
async def scene(server: SynapseServer) -> AsyncIterator[Scene]:
    mark, domain = uuid.uuid4().hex[:8], server.settings.homeserver.server_name
    people = {f"@{name}-{mark}:{domain}": 1 for name in PEOPLE}
    devices = populate(server.data.synapse / "homeserver.db", people, one_time_keys=5)
    async with AsyncExitStack() as stack:
        proxy = await stack.enter_async_context(cutting_proxy(server.url))
        bot = await stack.enter_async_context(stepped_bot(proxy.url, server.data))
        awa, chidi, _eve = devices
        body = {
            "preset": "private_chat",
            "initial_state": STATE,
            "invite": [bot.client.user_id, chidi.user_id],
        }
        async with HomeserverClient(server.url, AccessToken(awa.token)) as http:
            room_id = await ClientApi(http).create_room(body)
        await bot.api.join(room_id)
        await chidi.join(server.url, room_id)
        await bot.knows(room_id, members=3)
        await bot.client.know(UserId(user) for user in people)
        master = await bot.client.shown_identity(UserId(awa.user_id))
        assert master is not None
        await bot.client.use_pins({awa.user_id: master})
        meetings = [Writer.meet(server.url, device, bot.address, room_id) for device in devices]
        writers = dict(zip(PEOPLE, [await meeting for meeting in meetings], strict=True))
        at = Scene(server, proxy, bot, room_id, writers)

        async def note(request: web.Request, _body: bytes) -> bool:
            at.passed.append(request.path)
            return False

        proxy.before = note
        yield at


def bundle(room_key: Json) -> bytes:
    return json.dumps({"room_keys": [room_key], "withheld": []}).encode()


def described(sealed: EncryptedFile, url: str, **changed: Any) -> Json:
    return encrypted_file(url, secret=sealed.secret, iv=sealed.iv, sha256=sealed.sha256) | changed


CONTENTS: Mapping[str, Callable[[bytes], bytes]] = {
    "well formed": lambda whole: whole,
    "of megabytes": lambda whole: whole + b" " * 8_000_000,
    "a compressed bomb": lambda whole: gzip.compress(whole + b" " * 30_000_000),
    "no JSON": lambda _whole: os.urandom(1000),
}
CHANGES: Mapping[str, Json] = {
    "another hash": {"hashes": {"sha256": "A" * 43}},
    "no hash": {"hashes": {}},
    "a file elsewhere": {"url": "mxc://elsewhere.example/file"},
    "no address": {"url": "http://127.0.0.1:1/"},
    "much beside it": {"padding": "A" * 30_000},
}


@pytest.mark.parametrize("sender", ["awa", "chidi", "eve"], ids=["pinned inviter", "member", "stranger"])
async def test_no_bundle_is_fetched_kept_or_logged(server: SynapseServer, sender: str) -> None:
    async with scene(server) as at:
        writer = at.writers[sender]
        room_key, chidi = at.forged()
        own_key = chidi.payload()
        sealed = {name: seal(made(bundle(room_key)), os.urandom) for name, made in CONTENTS.items()}
        files = [
            described(file, await uploaded(server, writer.device, file.ciphertext))
            for file in sealed.values()
        ]
        files += [files[0] | change for change in CHANGES.values()]
        with capture_logs() as logs:
            # The message waits for its key, and would be read as soon as that of a bundle were taken.
            assert await at.bot.step(timeline=[chidi.says(PUT_IN)]) == []
            for file in files:
                await at.sends(sender, file)
            # No homeserver that is well takes so much; one that is not may give it to the bot.
            large = at.bundle_event(sender, BUNDLE_TYPES[0], files[0] | {"padding": "A" * 1_000_000})
            assert await at.bot.step([large]) == []
        kept = at.bot.device.machine.store.inbound
        assert await at.bot.device.worker.run(kept, at.room_id, room_key["session_id"]) == []
        assert [path for path in at.passed if "/media/" in path] == []
        assert not any(word in str(logs) for word in ("mxc:", "bundle", room_key["session_id"]))
        await at.assert_goes_on()
        # The key was the right one: it is taken from whoever has made it.
        assert [heard.content["body"] for heard in await at.bot.step([chidi.olm(own_key)])] == [PUT_IN]


async def test_a_file_that_the_homeserver_swaps_is_never_asked_for(server: SynapseServer) -> None:
    """Whatever it would give in its place."""
    async with scene(server) as at:
        given: list[str] = []

        def swap(request: web.Request, answer: bytes) -> bytes:
            if "/media/" not in request.path:
                return answer
            given.append(request.path)
            return os.urandom(len(answer))

        at.proxy.change = swap
        room_key, chidi = at.forged()
        sealed = seal(bundle(room_key), os.urandom)
        url = await uploaded(server, at.writers["awa"].device, sealed.ciphertext)
        await at.sends("awa", described(sealed, url))
        assert (await at.bot.step(timeline=[chidi.says(PUT_IN)]), given) == ([], [])
        await at.assert_goes_on()
