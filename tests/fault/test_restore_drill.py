"""A copy is put back while people talk with the bot: no message key is used twice, and every message is read.

The people are matrix-js-sdk with rust crypto, signed devices only.
"""

from __future__ import annotations

import asyncio
import shutil
import signal
import time
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

import pytest

from bots.encryption import crypto_repair
from matrix.admin import AdminApi
from matrix.ids import UserId
from tests.lib.forked import ForkedProcess, fork
from tests.lib.message_indexes import UsedIndexes, note_indexes
from tests.lib.peer_client import Message, Peer, direct_message, open_peer, until
from tests.lib.synapse_server import PASSWORD, SynapseServer, running_synapse

pytestmark = [pytest.mark.live, pytest.mark.fault, pytest.mark.timeout(900)]

PROGRAM = Path(__file__).parent / "talking_bot.py"
ENCRYPTION = {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}
MESSAGES = 3
TIMES = 5
"""How many times sooner the bot takes its store for one that was put back (`talking_bot`)."""
GAP = crypto_repair.GAP.total_seconds() / TIMES


class Copy(Enum):
    """What is copied and put back."""

    WHOLE = "the whole data folder, with the homeserver in it"
    CRYPTO = "the bot's crypto folder alone"
    RUNNING = "the bot's crypto folder alone, copied while it runs"


@dataclass
class Installation:
    """A homeserver and a bot over one data folder, which are stopped, copied, put back and started again."""

    folder: Path
    copy: Path
    kind: Copy
    server: SynapseServer
    process: ForkedProcess | None = None
    copied_at: float = 0.0
    used: UsedIndexes = field(default_factory=dict)
    _serving: ExitStack = field(default_factory=ExitStack)

    @property
    def bot(self) -> UserId:
        return self.server.own.bot

    async def start(self) -> None:
        data = self.server.data
        data.ready_file("talking").unlink(missing_ok=True)
        self.process = await fork(
            PROGRAM,
            data.root,
            self.server.url,
            TIMES,
            environment={},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

        async def is_up() -> bool:
            assert self.process is not None
            if self.process.returncode is not None:
                _, errors = await self.process.communicate()
                raise AssertionError(errors.decode()[-3000:])
            return data.ready_file("talking").exists()

        await until(is_up, 60, "the bot to start")

    async def stop(self) -> str:
        """End the bot; return what it has written."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        output, errors = await self.process.communicate()
        assert self.process.returncode == -signal.SIGTERM, errors.decode()[-3000:]
        return output.decode()

    async def make_copy(self) -> None:
        """Copy as docs/operator.md says, or while the bot runs; it runs then."""
        if self.kind is not Copy.RUNNING:
            await self.stop()
        async with self._homeserver_stopped():
            shutil.copytree(self._copied, self.copy)
        self.copied_at = time.time()
        if self.kind is Copy.WHOLE:
            # As long as a copy takes that is not as small as this one. So the bot begins new sessions in the time that
            # will be lost, with one-time keys that the homeserver of the copy still has.
            await asyncio.sleep(GAP + 1)
        if self.kind is not Copy.RUNNING:
            await self.start()

    async def put_back(self) -> None:
        """Put the copy back, when it is as old as a copy is that somebody makes."""
        await asyncio.sleep(max(0.0, self.copied_at + GAP + 2 - time.time()))
        async with self._homeserver_stopped():
            shutil.rmtree(self._copied)
            shutil.copytree(self.copy, self._copied)

    @asynccontextmanager
    async def _homeserver_stopped(self) -> AsyncIterator[None]:
        """Stop the homeserver for a moment, where it is part of what is copied."""
        port = int(self.server.url.rpartition(":")[2])
        if self.kind is Copy.WHOLE:
            await asyncio.to_thread(self._serving.close)
        yield
        if self.kind is Copy.WHOLE:
            running = running_synapse(self.folder, port=port)
            self.server = await asyncio.to_thread(self._serving.enter_context, running)

    @property
    def _copied(self) -> Path:
        return self.folder if self.kind is Copy.WHOLE else self.server.data.bot_crypto

    async def note_indexes(self, peer: Peer, room_id: str) -> None:
        """Note each index that the bot has used in a room; fail where one was used for two events."""
        note_indexes(self.used, await peer.call("backfillAll", roomId=room_id), self.server.data, self.bot)


@asynccontextmanager
async def installation(folder: Path, kind: Copy) -> AsyncIterator[Installation]:
    with ExitStack() as serving:
        server = await asyncio.to_thread(serving.enter_context, running_synapse(folder / "data"))
        place = Installation(folder / "data", folder / "copy", kind, server, _serving=serving)
        try:
            yield place
        finally:
            if place.process is not None and place.process.returncode is None:
                place.process.kill()
                await place.process.communicate()


@asynccontextmanager
async def people(place: Installation, *names: str) -> AsyncIterator[list[Peer]]:
    async with AsyncExitStack() as stack:
        peers = []
        for name in names:
            full = f"{name}-{uuid.uuid4().hex[:6]}"
            await stack.enter_async_context(place.server.person(full))
            async with place.server.provisioner() as http:
                for user in (place.server.user(full), place.bot):
                    await AdminApi(http).lift_rate_limit(user)
            peer = await stack.enter_async_context(open_peer())
            await peer.login(place.server.url, place.server.user(full), PASSWORD)
            peers.append(peer)
        yield peers


async def common_room(peers: Sequence[Peer], bot: UserId) -> str:
    """Make a room of all, with the bot in it."""
    first, *others = peers
    invited = [*(peer.user_id for peer in others), bot]
    body = {"preset": "private_chat", "initial_state": [ENCRYPTION], "invite": invited}
    room_id: str = await first.call("createRoom", body=body)
    for peer in others:
        await peer.call("join", roomId=room_id)

    async def all_see_all() -> bool:
        return all([len(await p.call("members", roomId=room_id)) == len(peers) + 1 for p in peers])

    await until(all_see_all, 30, "all to see all")
    return room_id


async def talk(what: str, rooms: dict[str, list[Peer]], bot: UserId) -> None:
    """Everybody says something in each of their rooms; the bot has read it, and everybody there reads its answer."""
    for number in range(MESSAGES):
        for room_id, members in rooms.items():
            for who, peer in enumerate(members):
                said = f"{what} {number} by {who}"
                await peer.ask(room_id, said)
                for reader in members:
                    await reads(reader, room_id, bot, f"heard: {said}")


async def try_now(peers: Sequence[Peer]) -> None:
    """Have clients try the homeserver again, which was away, and not some seconds later."""
    for peer in peers:
        await peer.call("retry")


async def sync_again(room_id: str, peers: Sequence[Peer]) -> None:
    """Wait until each client hears from the homeserver again; the bot answers meanwhile.

    One that has seen more than the homeserver now knows is given nothing, no message and no key, of what is sent before
    its next sync. That its timeline lacks those messages the bot cannot change; their keys it gives again
    (`bots.encryption.repeated_keys`).
    """
    pings: list[str] = []
    await try_now(peers)

    async def all_hear() -> bool:
        pings.extend([await peer.ask(room_id, f"ping of {peer.user_id}") for peer in peers])
        for peer in peers:
            messages = await peer.messages(room_id)
            if not any(m["eventId"] in pings and m["sender"] != peer.user_id for m in messages):
                await asyncio.sleep(1)
                return False
        return True

    await until(all_hear, 60, "all to hear from the homeserver again")


PATIENCE = 90
"""Seconds, and more on a busy machine, until what was lost with a copy has come again."""


async def reads(peer: Peer, room_id: str, bot: UserId, body: str) -> None:
    seen: list[Message] = []

    async def look() -> bool:
        seen[:] = await peer.messages(room_id)
        return any((m["sender"], m["content"].get("body"), m["failure"]) == (bot, body, None) for m in seen)

    try:
        await until(look, PATIENCE, f"{body!r} to be read by {peer.user_id}")
    except AssertionError as error:
        last = [(m["sender"], m["content"].get("body"), m["failure"]) for m in seen[-4:]]
        raise AssertionError(f"{error}; seen last: {last}") from error


async def reads_all(peer: Peer, room_id: str) -> None:
    """Wait until a client reads everything that its timeline shows."""

    async def look() -> bool:
        return all(m["failure"] is None for m in await peer.messages(room_id))

    await until(look, PATIENCE, f"all to be read by {peer.user_id}")


@pytest.mark.parametrize(
    "kind",
    [Copy.WHOLE, *(pytest.param(kind, marks=pytest.mark.soak) for kind in Copy if kind is not Copy.WHOLE)],
)
async def test_a_copy_is_put_back_and_no_key_is_used_twice_and_every_message_is_read(
    tmp_path: Path, kind: Copy
) -> None:
    async with installation(tmp_path, kind) as place, people(place, "awa", "lucie", "moussa") as peers:
        awa, lucie, moussa = peers
        await place.start()
        rooms = {
            await common_room((awa, lucie), place.bot): [awa, lucie],
            await direct_message(awa, place.bot): [awa],
        }
        await talk("before", rooms, place.bot)
        await place.make_copy()
        await try_now(peers)
        for room_id, members in rooms.items():
            # A copy has no key of what they say from now on.
            for member in members:
                await member.call("discardSession", roomId=room_id)
        await talk("between", rooms, place.bot)
        later = {await direct_message(moussa, place.bot): [moussa]}
        await talk("between", later, place.bot)
        await place.stop()
        for room_id, members in (*rooms.items(), *later.items()):
            await place.note_indexes(members[0], room_id)
        await place.put_back()
        away: list[tuple[Peer, str]] = []
        if kind is not Copy.WHOLE:
            # The homeserver of the copy would not know this room any more.
            rooms |= later
            for room_id, members in rooms.items():
                await members[0].ask(room_id, "while it was away")
                away += [(reader, room_id) for reader in members]
        await place.start()
        for reader, room_id in away:
            await reads(reader, room_id, place.bot, "heard: while it was away")
        if kind is Copy.WHOLE:
            await sync_again(next(iter(rooms)), (awa, lucie))
        await talk("after", rooms, place.bot)
        for room_id, members in rooms.items():
            for member in members:
                await reads_all(member, room_id)
            await place.note_indexes(members[0], room_id)
        assert ("crypto_store_put_back" in await place.stop()) == (kind is not Copy.WHOLE)
