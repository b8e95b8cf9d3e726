"""The contenders of `benchmarks.upcoming.sending`, each in a process of its own.

    python -m benchmarks.upcoming.speaking NAME URL FOLDER ACCOUNT ROOMS

``bot`` is the whole bot, until it is killed. ``bare`` is its encrypted client alone, ``nio`` is nio as it is: each says
"ready" once it is in so many rooms and everybody has its keys, then for each line, a number, sends so many messages
into every room, all rooms at once, and says how many seconds that took.
"""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import sys
from collections.abc import Awaitable, Callable, Collection
from pathlib import Path
from time import perf_counter
from uuid import uuid4

import structlog
from nio import AsyncClient, AsyncClientConfig, RoomSendResponse

from bots.encryption import EncryptedClient, open_device
from bots.main import run
from community.description.data_folder import DataFolder
from matrix.client_api import ClientApi
from matrix.http import HomeserverClient
from matrix.ids import RoomId
from palabre_cli.main import ALLOCATIONS_BETWEEN_COLLECTIONS
from tests.lib.synapse_server import PASSWORD

CONTENT = {
    "msgtype": "m.text",
    "body": "Now: Meeting number 17\nSunday, November 29, 2026, 9:00 PM (Abidjan)",
    "format": "org.matrix.custom.html",
    "formatted_body": "<p><strong>Now:</strong> Meeting number 17<br>Sunday, November 29, 2026, 9:00 PM (Abidjan)</p>",
    "m.mentions": {},
}
"""As long as a post of the calendar."""
Say = Callable[[str], Awaitable[None]]
"""Sends one message into a room."""


async def bare(url: str, folder: Path, _account: str, rooms: int) -> None:
    """Send with the bot's encrypted client and nothing else."""
    async with HomeserverClient(url) as http:
        device = await open_device(http, DataFolder(folder))
        client, synced = EncryptedClient(ClientApi(http), device), asyncio.Event()

        async def listen() -> None:
            async for _batch in client.batches(asyncio.Event()):
                synced.set()

        async def say(room_id: str) -> None:
            await client.send(RoomId(room_id), CONTENT, uuid4().hex)

        listening = asyncio.create_task(listen())
        await synced.wait()
        await speak([room.room_id for room in client.rooms.values() if room.algorithm], rooms, say)
        listening.cancel()


async def nio(url: str, folder: Path, account: str, rooms: int) -> None:
    """Send with nio's client and its own store."""
    config = AsyncClientConfig(store_sync_tokens=True)
    client, session = AsyncClient(url, account, store_path=str(folder), config=config), folder / "session"
    try:
        if session.exists():
            client.restore_login(account, *json.loads(session.read_text()))
        else:
            await client.login(PASSWORD)
            session.write_text(json.dumps([client.device_id, client.access_token]))
        await client.sync(full_state=True)
        if client.should_upload_keys:
            await client.keys_upload()
        if client.should_query_keys:
            await client.keys_query()
        listening = asyncio.create_task(client.sync_forever(timeout=30_000))

        async def say(room_id: str) -> None:
            sent = await client.room_send(room_id, "m.room.message", CONTENT, ignore_unverified_devices=True)
            if not isinstance(sent, RoomSendResponse):
                raise TypeError(f"nio: {sent}")

        await speak([room_id for room_id, room in client.rooms.items() if room.encrypted], rooms, say)
        listening.cancel()
    finally:
        await client.close()


async def speak(room_ids: Collection[str], rooms: int, say: Say) -> None:
    """Have everybody given the keys, then send as often as a line says, until there are no more lines."""
    if len(room_ids) != rooms:
        raise RuntimeError(f"in {len(room_ids)} rooms of {rooms}")

    async def all_in(room_id: str, times: int) -> None:
        for _ in range(times):
            await say(room_id)

    await asyncio.gather(*(all_in(room_id, 1) for room_id in room_ids))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while line := await asyncio.to_thread(sys.stdin.readline):
        began = perf_counter()
        await asyncio.gather(*(all_in(room_id, int(line)) for room_id in room_ids))
        sys.stdout.write(f"{perf_counter() - began}\n")
        sys.stdout.flush()


def main(name: str, url: str, place: str, account: str, rooms: str) -> None:
    """Be one of them."""
    gc.set_threshold(ALLOCATIONS_BETWEEN_COLLECTIONS)
    folder = Path(place)
    if name == "bot":
        asyncio.run(run(folder / "config", DataFolder(folder), stop=asyncio.Event()))
        return
    logging.getLogger("nio").setLevel(logging.CRITICAL)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    asyncio.run({"bare": bare, "nio": nio}[name](url, folder, account, int(rooms)))


if __name__ == "__main__":
    main(*sys.argv[1:])
