"""Records of the bot's crypto store are damaged: the bot goes on, and is read by a strict matrix-js-sdk client."""

from __future__ import annotations

import sqlite3
import uuid

import pytest

from matrix.ids import RoomId
from tests.lib.bot import Bot, running_bot
from tests.lib.peer_client import Peer, open_peer, until
from tests.lib.synapse_server import PASSWORD, SynapseServer

pytestmark = [pytest.mark.live, pytest.mark.timeout(600)]

ENCRYPTION = {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}
RECORDS = {
    "olm_session": "pickle = x'00'",
    "inbound_group_session": "pickle = substr(pickle, 1, 40)",
    "sent_messages": "session_id = 'x'",
    "known_user": "devices = '{}'",
    "room": "state = 'null'",
    "device": "sync_token = 'no token'",
}


async def said_and_answered(peer: Peer, bot: Bot, room_id: RoomId, body: str) -> None:
    """The peer says something and the bot reads it; the bot answers, and the peer reads that."""
    await peer.ask(room_id, body)

    async def heard() -> bool:
        return body in bot.heard_in(room_id)

    await until(heard, 30, f"{body!r} to be heard")
    event_id = await bot.say(room_id, f"answer to {body}")

    async def read() -> bool:
        messages = await peer.messages(room_id)
        return any(m["eventId"] == event_id and m["failure"] is None for m in messages)

    await until(read, 30, "the answer to be read")


@pytest.mark.parametrize("table", [*RECORDS, "all of them"])
async def test_with_any_record_damaged_messages_get_through(
    synapse_server: SynapseServer, table: str
) -> None:
    server, name = synapse_server, f"awa-{uuid.uuid4().hex[:8]}"
    async with server.person(name), open_peer() as peer:
        await peer.login(server.url, server.user(name), PASSWORD)
        async with running_bot(server.url, server.data) as bot:
            body = {
                "preset": "trusted_private_chat",
                "invite": [bot.client.user_id],
                "initial_state": [ENCRYPTION],
            }
            room_id = RoomId(await peer.call("createRoom", body=body))
            await bot.enters(room_id)
            await said_and_answered(peer, bot, room_id, "before")
            device_id = bot.client.device_id
        connection = sqlite3.connect(server.data.bot_crypto / f"{device_id}.sqlite")
        with connection:
            for each in RECORDS if table not in RECORDS else [table]:
                changed = connection.execute(f"UPDATE {each} SET {RECORDS[each]}")  # noqa: S608 - our own names
                assert changed.rowcount > 0
        connection.close()
        # Under the session whose key the bot has lost, where that is damaged.
        await peer.ask(room_id, "while it was away")
        async with running_bot(server.url, server.data) as bot:
            assert bot.client.device_id == device_id

            async def heard() -> bool:
                return bot.heard_in(room_id) == ["while it was away"]

            await until(heard, 30, "what was said meanwhile to be heard")
            for number in range(2):
                await said_and_answered(peer, bot, room_id, f"after {number}")
