"""The bot's recovery key on a real homeserver: making one, losing the disk, and what a peer sees afterwards."""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bots.encryption import KeyUploads
from bots.encryption.key_backup.making import make_recovery_key
from bots.encryption.key_backup.restoring import Recovered, recover
from community.description.data_folder import DataFolder, write_private_json
from matrix.http import HomeserverClient
from matrix.ids import EventId, RoomId
from matrix.key_backup_api import KeyBackupApi
from tests.lib.bot import Bot
from tests.lib.peer_client import Peer, open_peer, until
from tests.lib.synapse_server import PASSWORD, SynapseServer

MEGOLM = {"algorithm": "m.megolm.v1.aes-sha2"}


@asynccontextmanager
async def person(server: SynapseServer) -> AsyncIterator[Peer]:
    name = f"awa-{uuid.uuid4().hex[:8]}"
    async with server.person(name), open_peer() as peer:
        await peer.login(server.url, server.user(name), PASSWORD)
        yield peer


async def room_with(peer: Peer, bot: Bot) -> RoomId:
    encryption = {"type": "m.room.encryption", "state_key": "", "content": MEGOLM}
    body = {"preset": "trusted_private_chat", "invite": [bot.client.user_id], "initial_state": [encryption]}
    room_id = RoomId(await peer.call("createRoom", body=body))
    await bot.enters(room_id)

    async def both() -> bool:
        return bot.client.user_id in await peer.call("members", roomId=room_id)

    await until(both, 20, "the peer to see the bot")
    return room_id


def empty_disk(server: SynapseServer, folder: Path) -> DataFolder:
    """Return a new data folder with what provisioning knows of the account, and nothing of the bot's."""
    data = DataFolder(folder)
    data.prepare()
    kept = json.loads(server.data.secret("bot.json").read_text())
    write_private_json(data.secret("bot.json"), {name: kept[name] for name in ("user_id", "password")})
    return data


def uploads_of(bot: Bot, data: DataFolder) -> KeyUploads:
    return KeyUploads(KeyBackupApi(bot.api.http), bot.device, data, now=lambda: datetime.now(UTC))


async def made(server: SynapseServer, data: DataFolder) -> str:
    async with HomeserverClient(server.url) as http:
        return await make_recovery_key(http, data)


async def recovered(server: SynapseServer, data: DataFolder, key: str, **more: Any) -> Recovered:
    async with HomeserverClient(server.url) as http:
        return await recover(http, data, key, **more)


async def read_again(bot: Bot, room_id: RoomId, event_id: str) -> str | None:
    found = await bot.client.read_back(room_id, EventId(event_id))
    return None if found is None else str(found.content["body"])


async def shield_of(peer: Peer, room_id: RoomId, event_id: str) -> tuple[Any, Any]:
    """Return why the peer cannot read a message, and which shield it shows beside it."""

    async def look() -> Any:
        return next((m for m in await peer.messages(room_id) if m["eventId"] == event_id), None)

    message = await until(look, 20, "the bot's message")
    return message["failure"], message["shieldColour"]


async def says_without_a_shield(bot: Bot, peer: Peer, room_id: RoomId) -> None:
    event_id = await bot.say(room_id, "still the one")
    assert await shield_of(peer, room_id, event_id) == (None, 0)
