"""A room's key reaches every device that can be reached, whatever happens to the requests on the way."""

from __future__ import annotations

import asyncio
import random
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from aiohttp import web

from bots.encryption import sharing
from matrix.client_api import ClientApi
from matrix.errors import MatrixError
from matrix.http import HomeserverClient
from matrix.ids import AccessToken, RoomId, UserId
from tests.lib.bot import Bot, running_bot
from tests.lib.crowd import CrowdDevice, populate
from tests.lib.cutting_proxy import CuttingProxy, cutting_proxy
from tests.lib.peer_client import until
from tests.lib.synapse_server import SynapseServer

pytestmark = [pytest.mark.live, pytest.mark.fault, pytest.mark.timeout(900)]

PEOPLE, DEVICES_EACH = 20, 5
KEYLESS = "DEVICE4"
"""Of some people, this device has neither one-time keys nor a fallback key."""
KEY_REQUESTS = ("/keys/query", "/keys/claim", "/sendToDevice/")


@dataclass
class Trouble:
    """What happens to the first requests of each kind that concern keys: ``act`` says it."""

    act: Callable[[web.Request], bool]
    left: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KEY_REQUESTS, 2))
    seen: list[str] = field(default_factory=list)
    all_of_it: bool = False

    async def hook(self, request: web.Request, _body: bytes) -> bool:
        kind = next((kind for kind in KEY_REQUESTS if kind in request.path), None)
        if kind is None or not self.left[kind]:
            return False
        self.left[kind] -= 1
        self.seen.append(kind)
        return self.act(request)


@dataclass
class Crowded:
    """A bot behind a proxy in a room with 100 devices."""

    bot: Bot
    room_id: RoomId
    devices: list[CrowdDevice]
    proxy: CuttingProxy
    url: str

    async def event(self, event_id: str) -> dict[str, object]:
        page = await self.bot.api.messages(self.room_id, limit=20)
        return dict(next(event for event in page["chunk"] if event["event_id"] == event_id))

    async def assert_all_read(self, event_id: str, body: str) -> None:
        """Each device that can be reached reads it; each other has been told why not."""
        event = await self.event(event_id)
        for device in self.devices:
            await device.take_in(self.url)
            if not keyless(device.user_id, device.device_id):
                assert device.read(event) == body, (device.user_id, device.device_id)
            else:
                assert {notice["code"] for notice in device.withheld} == {"m.no_olm"}
                assert device.known_keys == {}


def keyless(user: str, device: str) -> bool:
    return device == KEYLESS and user.startswith("@odd")


@asynccontextmanager
async def crowded(server: SynapseServer, *, one_time_keys: int = 4) -> AsyncIterator[Crowded]:
    """Enter a room of 100 devices as a bot whose requests go through a proxy; small parts, so that there are many."""
    name = uuid.uuid4().hex[:8]
    domain = server.settings.homeserver.server_name
    people = {f"@{'odd' if i % 4 else 'even'}-{name}-{i}:{domain}": DEVICES_EACH for i in range(PEOPLE)}
    devices = populate(
        server.data.synapse / "homeserver.db", people, one_time_keys=one_time_keys, keyless=keyless
    )
    async with cutting_proxy(server.url) as proxy, running_bot(proxy.url, server.data) as bot:
        encryption = {
            "type": "m.room.encryption",
            "state_key": "",
            "content": {"algorithm": "m.megolm.v1.aes-sha2"},
        }
        body = {"preset": "private_chat", "initial_state": [encryption], "invite": list(people)}
        room_id = await bot.api.create_room(body)
        owners = {device.user_id: device for device in devices}
        for device in owners.values():
            await device.join(server.url, room_id)
        await bot.knows(room_id, members=PEOPLE + 1)
        yield Crowded(bot, room_id, devices, proxy, server.url)


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "A_REQUEST", 15)


def is_cut(_request: web.Request) -> bool:
    return True


def fails(_request: web.Request) -> bool:
    raise web.HTTPInternalServerError(text='{"errcode": "M_UNKNOWN", "error": "out of sorts"}')


@pytest.mark.parametrize("act", [is_cut, fails])
@pytest.mark.parametrize("moment", ["before", "after"])
async def test_requests_for_keys_that_fail_or_are_cut_are_made_again(
    synapse_server: SynapseServer, act: Callable[[web.Request], bool], moment: str
) -> None:
    async with crowded(synapse_server) as crowd:
        trouble = Trouble(act)
        setattr(crowd.proxy, moment, trouble.hook)
        event_id = await crowd.bot.say(crowd.room_id, "after all")
        assert sorted(set(trouble.seen)) == sorted(KEY_REQUESTS)
        await crowd.assert_all_read(event_id, "after all")


async def test_a_homeserver_that_goes_on_failing_ends_the_send_and_the_next_one_reaches_everybody(
    synapse_server: SynapseServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with crowded(synapse_server) as crowd:
        trouble = Trouble(fails, left={**dict.fromkeys(KEY_REQUESTS, 0), "/sendToDevice/": 10**6})
        monkeypatch.setattr("matrix.http.FIRST_PAUSE", 0.001)
        crowd.proxy.before = trouble.hook
        with pytest.raises(MatrixError):
            await crowd.bot.say(crowd.room_id, "lost")
        trouble.left["/sendToDevice/"] = 0
        await crowd.assert_all_read(await crowd.bot.say(crowd.room_id, "found"), "found")


@pytest.mark.parametrize("seed", range(3))
async def test_a_send_that_is_cancelled_at_any_moment_leaves_the_room_usable(
    synapse_server: SynapseServer, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - which moments are tried, not a secret
    async with crowded(synapse_server) as crowd:
        for number in range(12):
            sending = asyncio.create_task(crowd.bot.say(crowd.room_id, f"perhaps {number}"))
            await asyncio.wait({sending}, timeout=chance.uniform(0, 0.15))
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
        await crowd.assert_all_read(await crowd.bot.say(crowd.room_id, "surely"), "surely")


async def test_a_send_that_is_cancelled_while_keys_are_claimed_does_not_use_them_up(
    synapse_server: SynapseServer,
) -> None:
    """Each device has one: the claim goes on, and the next send waits for it."""
    async with crowded(synapse_server, one_time_keys=1) as crowd:
        claimed, go_on = asyncio.Event(), asyncio.Event()

        async def hold_the_answer(request: web.Request, _body: bytes) -> bool:
            if "/keys/claim" in request.path:
                claimed.set()
                await go_on.wait()
            return False

        crowd.proxy.after = hold_the_answer
        for number in range(3):
            sending = asyncio.create_task(crowd.bot.say(crowd.room_id, f"never {number}"))
            await asyncio.wait_for(claimed.wait(), 20)
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
        go_on.set()
        await crowd.assert_all_read(await crowd.bot.say(crowd.room_id, "surely"), "surely")


async def test_a_homeserver_that_does_not_answer_holds_up_one_send_and_no_other_room(
    synapse_server: SynapseServer,
) -> None:
    async with crowded(synapse_server) as crowd:
        answered = asyncio.Event()

        async def hang(request: web.Request, _body: bytes) -> bool:
            if "/keys/claim" in request.path:
                await answered.wait()
            return False

        body = {
            "initial_state": [
                {
                    "type": "m.room.encryption",
                    "state_key": "",
                    "content": {"algorithm": "m.megolm.v1.aes-sha2"},
                }
            ]
        }
        elsewhere = await crowd.bot.api.create_room(body)
        await crowd.bot.knows(elsewhere, members=1)
        crowd.proxy.before = hang
        held_up = asyncio.create_task(crowd.bot.say(crowd.room_id, "slow"))
        await crowd.bot.say(elsewhere, "quick")
        assert not held_up.done()
        answered.set()
        await crowd.assert_all_read(await held_up, "slow")


async def test_somebody_who_leaves_while_keys_are_given_cannot_read_what_is_said(
    synapse_server: SynapseServer,
) -> None:
    async with crowded(synapse_server) as crowd:
        leaver = crowd.devices[0]
        rest = [device for device in crowd.devices if device.user_id != leaver.user_id]

        async def gone() -> bool:
            return UserId(leaver.user_id) not in crowd.bot.client.rooms[crowd.room_id].members

        async def leave_first(request: web.Request, _body: bytes) -> bool:
            if "/sendToDevice/" in request.path and not await gone():
                await leaver.leave(crowd.url, crowd.room_id)
                await until(gone, 20, "the bot to see somebody leave")
            return False

        crowd.proxy.before = leave_first
        event_id = await crowd.bot.say(crowd.room_id, "without you")
        crowd.devices = rest
        await crowd.assert_all_read(event_id, "without you")
        await leaver.take_in(crowd.url)
        with pytest.raises(KeyError):
            leaver.read(await crowd.event(event_id))


async def test_a_broken_session_that_cannot_be_renewed_does_not_keep_the_bot_from_hearing(
    synapse_server: SynapseServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("matrix.http.FIRST_PAUSE", 0.001)
    async with crowded(synapse_server) as crowd:
        # Its devices are known, and there is no session with any.
        await crowd.bot.client.with_signed_device({UserId(device.user_id) for device in crowd.devices})
        trouble = Trouble(fails, left={**dict.fromkeys(KEY_REQUESTS, 0), "/keys/claim": 10**6})
        crowd.proxy.before = trouble.hook
        broken, sound = crowd.devices[0], crowd.devices[-1]
        address = crowd.bot.address
        content = {
            "algorithm": "m.olm.v1.curve25519-aes-sha2",
            "sender_key": broken.account.curve25519_key.to_base64(),
            "ciphertext": {address.curve25519: {"type": 1, "body": "AwoA"}},
        }
        async with HomeserverClient(crowd.url, AccessToken(broken.token)) as http:
            messages = {address.user_id: {address.device_id: content}}
            await ClientApi(http).send_to_device("m.room.encrypted", messages, uuid.uuid4().hex)

        async def tried() -> bool:
            return "/keys/claim" in trouble.seen

        await until(tried, 20, "the bot to try to renew the session")
        claimed = await sound.claim(crowd.url, address)
        await sound.say(crowd.url, crowd.room_id, address, claimed, "can you hear me?")
        await crowd.bot.hears(crowd.room_id, "can you hear me?")
        assert crowd.bot.client.counts["to_device_refused"] == 1
