"""A bot without skills: the encrypted client of the house, as tests start and stop it."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bots.encryption import EncryptedClient, OpenDevice, Received, open_device
from community.description.data_folder import DataFolder
from matrix.client_api import ClientApi
from matrix.http import HomeserverClient
from matrix.ids import RoomId
from tests.lib.crowd import OlmAddress
from tests.lib.peer_client import until


@dataclass
class MovedClock:
    """The time, ``ahead`` of what it is."""

    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class Bot:
    """A running bot. ``heard`` is what it has read since it was started, ``clock`` what it takes the time from."""

    client: EncryptedClient
    api: ClientApi
    device: OpenDevice
    heard: list[Received] = field(default_factory=list)
    clock: MovedClock = field(default_factory=MovedClock)
    listening: asyncio.Task[None] = field(init=False)
    """Its loop; its end is for the test to look at, where the test says that it has ``ended``."""
    ended: bool = False

    @property
    def address(self) -> OlmAddress:
        """Where Olm messages for it go."""
        keys = self.device.machine.own.identity_keys
        return OlmAddress(self.client.user_id, self.client.device_id, keys["ed25519"], keys["curve25519"])

    async def listen(self, stop: asyncio.Event) -> None:
        async for batch in self.client.batches(stop):
            self.heard += batch.messages

    async def say(self, room_id: RoomId, body: str) -> str:
        content = {"msgtype": "m.notice", "body": body}
        return await self.client.send(room_id, content, uuid.uuid4().hex)

    def heard_in(self, room_id: RoomId) -> list[str]:
        """Return what it has heard in a room; its account may be in rooms of other tests too."""
        return [message.content["body"] for message in self.heard if message.room_id == room_id]

    async def hears(self, room_id: RoomId, *bodies: str) -> None:
        """Wait for these; it has heard nothing else in the room, each once and in this order."""

        async def look() -> bool:
            return len(self.heard_in(room_id)) >= len(bodies)

        await until(look, 30, f"the bot to hear {len(bodies)} messages")
        heard = self.heard_in(room_id)
        assert heard == list(bodies), heard

    async def enters(self, room_id: RoomId, *, members: int = 2) -> None:
        await self.api.join(room_id)
        await self.knows(room_id, members=members)

    async def knows(self, room_id: RoomId, *, members: int) -> None:
        async def look() -> bool:
            room = self.client.rooms.get(room_id)
            return room is not None and len(room.joined) == members and room.algorithm is not None

        await until(look, 20, "the bot to know the room")


@asynccontextmanager
async def running_bot(
    url: str, data: DataFolder, *, api_of: Callable[[HomeserverClient], ClientApi] = ClientApi
) -> AsyncIterator[Bot]:
    """Start the bot of a data folder, past its first sync; ``api_of`` gives what stands between it and the server."""
    async with HomeserverClient(url) as http:
        device = await open_device(http, data)
        api = api_of(http)
        clock = MovedClock()
        bot = Bot(EncryptedClient(api, device, now=clock), api, device, clock=clock)
        stop = asyncio.Event()
        bot.listening = asyncio.create_task(bot.listen(stop))
        try:

            async def started() -> bool:
                if bot.listening.done():
                    bot.listening.result()
                return bot.client.health().synced_at is not None

            await until(started, 20, "the first sync")
            yield bot
        finally:
            stop.set()
            try:
                if not bot.ended:
                    await bot.listening
            finally:
                await device.close()
