"""The bot was away: whoever wanted to speak to it meanwhile could, and is heard when it comes back."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
import vodozemac

from bots.encryption.machine import Machine
from bots.encryption.protocol import ONE_TIME_KEY
from matrix.admin import AdminApi
from matrix.ids import RoomId
from tests.lib.bot import Bot, running_bot
from tests.lib.crowd import populate
from tests.lib.peer_client import Peer, open_peer, until
from tests.lib.synapse_server import PASSWORD, SynapseServer, running_synapse

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]

CLAIMS, WRITERS = 200, 50
A_CALL = 100
"""Messages that the peer is told to send at once: on a slow machine more would outlast its patience."""
ENCRYPTION = {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}


@asynccontextmanager
async def talkative(server: SynapseServer, name: str) -> AsyncIterator[Peer]:
    """Sign somebody in whom the homeserver does not hold back."""
    async with open_peer() as peer, server.person(name), server.provisioner() as admin:
        await AdminApi(admin).lift_rate_limit(server.user(name))
        await peer.login(server.url, server.user(name), PASSWORD)
        yield peer


async def hears_all(bot: Bot, room_id: RoomId, bodies: set[str]) -> None:
    async def look() -> bool:
        return set(bot.heard_in(room_id)) >= bodies

    await until(look, 60, "everything said")
    assert sorted(bot.heard_in(room_id)) == sorted(bodies)


@pytest.fixture(scope="module")
def own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SynapseServer]:
    """A homeserver of its own: where another test has replaced the bot's fallback key, it is kept for an hour."""
    with running_synapse(tmp_path_factory.mktemp("away")) as server:
        yield server


async def test_200_keys_are_claimed_while_it_is_away_and_whoever_writes_then_is_read(
    own_server: SynapseServer,
) -> None:
    """Its one-time keys do for the first 50; the fallback key serves all others. It need not speak first."""
    server, name = own_server, uuid.uuid4().hex[:8]
    domain = server.settings.homeserver.server_name
    people = {f"@away-{name}-{i}:{domain}": CLAIMS // WRITERS for i in range(WRITERS)}
    devices = populate(server.data.synapse / "homeserver.db", people, one_time_keys=1)
    writers = {device.user_id: device for device in devices}
    async with talkative(server, f"js-{name}") as peer:
        async with running_bot(server.url, server.data) as bot:
            body = {
                "preset": "private_chat",
                "initial_state": [ENCRYPTION],
                "invite": [*people, peer.user_id],
            }
            room_id = await bot.api.create_room(body)
            for device in writers.values():
                await device.join(server.url, room_id)
            await peer.call("join", roomId=room_id)
            await bot.knows(room_id, members=WRITERS + 2)
            address = bot.address
        claimed = {id(device): await device.claim(server.url, address) for device in devices}
        served = Counter(key["key"] for keys in claimed.values() for key in keys.values())
        # 50 one-time keys, each once; all the others got the fallback key.
        assert sorted(served.values()) == [1] * 50 + [CLAIMS - 50]
        # Last of all a client that has no key yet: it is served by the fallback key too.
        await said_by(peer, room_id, "from Element's crypto")
        for number, device in enumerate(writers.values()):
            await device.say(server.url, room_id, address, claimed[id(device)], f"writer {number}")
        async with running_bot(server.url, server.data) as bot:
            expected = {"from Element's crypto", *(f"writer {number}" for number in range(WRITERS))}
            await hears_all(bot, room_id, expected)
            health = bot.client.health()
            assert health.waiting_events == 0
            assert bot.client.counts["to_device_refused"] == 0

            await bot.say(room_id, "I am back")
            await replenished(bot)


async def replenished(bot: Bot) -> None:
    """Wait until all of its keys are on the homeserver."""

    async def look() -> bool:
        now = bot.client.health()
        return now.one_time_keys == 50 and now.fallback_key_unused is True

    await until(look, 30, "new keys on the homeserver")


async def test_where_the_homeserver_has_other_keys_under_the_same_ids_all_are_replaced(
    synapse_server: SynapseServer,
) -> None:
    """So it is with a crypto store that is older than they are; its fallback key is replaced within the hour too."""
    async with (
        talkative(synapse_server, f"js-{uuid.uuid4().hex[:8]}") as peer,
        running_bot(synapse_server.url, synapse_server.data) as bot,
    ):
        room_id = await room_with(peer, bot)
        machine, run = bot.device.machine, bot.device.worker.run
        machine.store.fallback_replaced = datetime.now(UTC)
        other = {await run(next_key_id, machine): {"key": "of another time", "signatures": {}}}
        await bot.api.upload_keys({"one_time_keys": other})
        for _ in range(2):
            await bot.api.claim_keys({bot.client.user_id: {bot.client.device_id: ONE_TIME_KEY}})
        await peer.ask(room_id, "what makes it upload keys")

        async def replaced() -> bool:
            return bot.client.counts["one_time_keys_replaced"] > 0

        await until(replaced, 30, "the keys of another time to be claimed")
        await peer.ask(room_id, "what brings a sync after that")
        await bot.hears(room_id, "what makes it upload keys", "what brings a sync after that")
        await replenished(bot)


def next_key_id(machine: Machine) -> str:
    """Return the id of the next one-time key that the device will make."""
    account = machine.store.account._account
    copied = vodozemac.Account.from_pickle(account.pickle(bytes(32)), bytes(32))
    copied.generate_one_time_keys(1)
    (key_id,) = copied.one_time_keys
    return f"{ONE_TIME_KEY}:{key_id}"


async def said_by(peer: Peer, room_id: RoomId, body: str) -> None:
    async def knows_all() -> bool:
        return len(await peer.call("members", roomId=room_id)) == WRITERS + 2

    await until(knows_all, 30, "the peer to know the members")
    await peer.ask(room_id, body)


@pytest.mark.parametrize("away", [300, pytest.param(1000, marks=pytest.mark.soak)])
async def test_of_many_messages_said_while_it_was_away_each_is_heard_once_and_in_order(
    synapse_server: SynapseServer, away: int
) -> None:
    server, name = synapse_server, uuid.uuid4().hex[:8]
    async with talkative(server, f"talker-{name}") as peer:
        async with running_bot(server.url, server.data) as bot:
            rooms = [await room_with(peer, bot) for _ in range(2)]
            for room_id in rooms:
                await peer.ask(room_id, "before")
            await hears_all_of(bot, {room_id: ["before"] for room_id in rooms})
        expected = {
            rooms[0]: [f"many {number}" for number in range(away - 100)],
            rooms[1]: [f"few {number}" for number in range(100)],
        }
        for room_id, bodies in expected.items():
            for start in range(0, len(bodies), A_CALL):
                await peer.call("sendMany", roomId=room_id, bodies=bodies[start : start + A_CALL])
        async with running_bot(server.url, server.data) as bot:
            await hears_all_of(bot, expected)
        async with running_bot(server.url, server.data) as bot:
            assert [bot.heard_in(room_id) for room_id in rooms] == [[], []]


async def room_with(peer: Peer, bot: Bot) -> RoomId:
    body = {"preset": "trusted_private_chat", "invite": [bot.client.user_id], "initial_state": [ENCRYPTION]}
    room_id = RoomId(await peer.call("createRoom", body=body))
    await bot.enters(room_id)

    async def both() -> bool:
        return bot.client.user_id in await peer.call("members", roomId=room_id)

    await until(both, 20, "the peer to see the bot")
    return room_id


async def hears_all_of(bot: Bot, expected: dict[RoomId, list[str]]) -> None:
    async def look() -> bool:
        return all(len(bot.heard_in(room_id)) >= len(bodies) for room_id, bodies in expected.items())

    await until(look, 120, "all messages")
    for room_id, bodies in expected.items():
        assert bot.heard_in(room_id) == bodies
