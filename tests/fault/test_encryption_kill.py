"""The bot's process is killed again and again while five people talk to it: nothing is unreadable, nothing is lost.

The people are matrix-js-sdk with rust crypto, signed devices only.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sqlite3
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web

from bots.encryption.crypto_file import VERSION
from community.description.data_folder import DataFolder, read_private_json
from matrix.admin import AdminApi
from matrix.ids import RoomId, UserId
from tests.fault.talking_bot import HEARD
from tests.lib.cutting_proxy import CuttingProxy, cutting_proxy
from tests.lib.forked import ForkedProcess, fork
from tests.lib.peer_client import Message, Peer, open_peer, until, until_all
from tests.lib.synapse_server import PASSWORD, SynapseServer, running_synapse

pytestmark = [pytest.mark.live, pytest.mark.fault]

PEERS = 5
FAR_BEHIND = 100
"""Messages said and not heard yet."""
QUICKLY = 8
"""Messages that are said quickly, one after the other, for each kill; then only now and then, so that requests come."""
PROGRAM = Path(__file__).parent / "talking_bot.py"
ENCRYPTION = {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}
PLACES = ("/sync", "/keys/query", "/keys/claim", "/keys/upload", "/sendToDevice/", "/send/m.room.encrypted/")


@dataclass
class Killer:
    """Kills the bot's process: at a random moment, or before or after the homeserver gets a request of some kind."""

    chance: random.Random
    data: DataFolder
    left: int
    process: ForkedProcess | None = None
    due: tuple[str, str] | None = None
    kills: list[str] = field(default_factory=list)

    def plan(self) -> None:
        """Choose where the next kill is: at any time, before a request of some kind, after one, in turns."""
        if self.left:
            moment = ("any", "before", "after")[len(self.kills) % 3]
            self.due = (moment, "" if moment == "any" else self.chance.choice(PLACES))

    def go_on(self) -> None:
        """Kill where any moment will do; where no request of the chosen kind has come, wait for one of another kind.

        On a busy machine none comes for long: that is no reason to kill at any time instead.
        """
        if self.due is not None and self.due[1]:
            self.plan()
        else:
            self.kill("any time")

    async def before(self, request: web.Request, _body: bytes) -> bool:
        return self._at("before", request)

    async def after(self, request: web.Request, _body: bytes) -> bool:
        return self._at("after", request)

    def _at(self, moment: str, request: web.Request) -> bool:
        if self.due is None or self.due[0] != moment or not self.due[1] or self.due[1] not in request.path:
            return False
        self.kill(f"{moment} {self.due[1]}")
        return True

    def kill(self, where: str) -> None:
        if self.process is not None and self.process.returncode is None and self.left:
            os.kill(self.process.pid, signal.SIGKILL)
            self.left -= 1
            self.kills.append(where)
            self.due = None


async def keep_running(killer: Killer, url: str, stop: asyncio.Event) -> None:
    """Start the bot, and again whenever it was killed; look at its store each time."""
    while not stop.is_set():
        killer.data.ready_file("talking").unlink(missing_ok=True)
        killer.process = await fork(
            PROGRAM, killer.data.root, url, environment={}, stderr=asyncio.subprocess.PIPE
        )
        # Sometimes while it is still starting.
        killer.plan()
        ended, stopped = asyncio.create_task(killer.process.communicate()), asyncio.create_task(stop.wait())
        if killer.due is not None and not killer.due[1]:
            await asyncio.wait({ended, stopped}, timeout=killer.chance.uniform(0.2, 4))
            killer.kill("any time")
        await asyncio.wait({ended, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if not ended.done():
            killer.process.kill()
        _, errors = await ended
        stopped.cancel()
        # It ends by our hand alone: anything else is a fault of its own.
        assert killer.process.returncode == -signal.SIGKILL, errors.decode()[-3000:]
        assert_token_is_not_ahead(killer.data)


def assert_token_is_not_ahead(data: DataFolder) -> None:
    """The token is in the file of the crypto state, in one row with the account: whole, or as it was."""
    device_id = (read_private_json(data.secret("bot.json")) or {}).get("device_id")
    path = data.bot_crypto / f"{device_id}.sqlite"
    if not path.exists():
        return
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    if connection.execute("PRAGMA user_version").fetchone() == (VERSION,):
        ((token, published),) = connection.execute("SELECT sync_token, published FROM device").fetchall()
        assert token is None or published
    connection.close()
    assert not list(data.bot_crypto.glob("*.sync.json"))


@asynccontextmanager
async def people(server: SynapseServer) -> AsyncIterator[list[Peer]]:
    async with AsyncExitStack() as stack:
        peers = []
        for number in range(PEERS):
            name = f"talker-{number}-{uuid.uuid4().hex[:6]}"
            await stack.enter_async_context(server.person(name))
            peer = await stack.enter_async_context(open_peer())
            async with server.provisioner() as http:
                await AdminApi(http).lift_rate_limit(server.user(name))
            await peer.login(server.url, server.user(name), PASSWORD)
            peers.append(peer)
        yield peers


async def rooms_of(peers: list[Peer], bot: UserId) -> dict[RoomId, list[Peer]]:
    """Make a room of everybody, and one of two people; the bot is in both."""
    rooms: dict[RoomId, list[Peer]] = {}
    for members in (peers, peers[:2]):
        first, *others = members
        body = {
            "preset": "private_chat",
            "initial_state": [ENCRYPTION],
            "invite": [*(peer.user_id for peer in others), bot],
        }
        room_id = RoomId(await first.call("createRoom", body=body))
        for peer in others:
            await peer.call("join", roomId=room_id)
        rooms[room_id] = members
    return rooms


@pytest.mark.parametrize(
    ("kills", "seed"),
    [
        pytest.param(6, 1, id="6 kills", marks=pytest.mark.timeout(1200)),
        pytest.param(200, 2, id="200 kills", marks=[pytest.mark.soak, pytest.mark.timeout(14_400)]),
    ],
)
async def test_killed_at_any_moment_while_five_people_talk_nothing_is_unreadable_or_lost(
    tmp_path: Path, kills: int, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - which moments are tried, not a secret
    with running_synapse(tmp_path / "server") as server:
        async with people(server) as peers, cutting_proxy(server.url) as proxy:
            await Campaign(server, peers, proxy, Killer(chance, server.data, kills)).run()


@dataclass
class Campaign:
    """A bot behind a proxy, people who talk to it, and who kills it."""

    server: SynapseServer
    peers: list[Peer]
    proxy: CuttingProxy
    killer: Killer
    rooms: dict[RoomId, list[Peer]] = field(default_factory=dict)
    said: dict[str, tuple[RoomId, str]] = field(default_factory=dict)
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    noted: int = 0
    talking: list[asyncio.Task[None]] = field(default_factory=list)
    running: asyncio.Task[None] = field(init=False)

    async def run(self) -> None:
        """Start, kill while people talk, and see that everything is there."""
        kills, self.killer.left = self.killer.left, 0
        async with self.server.provisioner() as http:
            await AdminApi(http).lift_rate_limit(self.server.own.bot)
        self.proxy.before, self.proxy.after = self.killer.before, self.killer.after
        self.running = asyncio.create_task(keep_running(self.killer, self.proxy.url, self.stop))
        try:
            await self.talk_and_look(kills)
        finally:
            await self.end()
        self.running.result()
        assert len(self.killer.kills) == kills
        assert {kill.split(" ")[0] for kill in self.killer.kills} == {"before", "after", "any"}

    async def talk_and_look(self, kills: int) -> None:
        await until(self.alive, 60, "the bot to start")
        self.rooms = await rooms_of(self.peers, self.server.own.bot)
        await until(self.everybody_sees_the_bot, 60, "everybody to see the bot")
        await self.kill_while_they_talk(kills)
        await self.until_all_is_heard()
        for room_id, members in self.rooms.items():
            said = [body for room, body in self.said.values() if room == room_id]
            for peer in members:
                await assert_answered_once(peer, room_id, self.server.own.bot, said)

    async def end(self) -> None:
        """End the bot, and wait for it: what is left of a test that has failed would make others fail."""
        self.stop.set()
        await asyncio.gather(*self.talking, self.running, return_exceptions=True)

    async def alive(self) -> bool:
        """Whether the bot is up; fails where it has ended otherwise than by our hand."""
        if self.running.done():
            self.running.result()
        return self.killer.data.ready_file("talking").exists()

    async def everybody_sees_the_bot(self) -> bool:
        for room_id, members in self.rooms.items():
            for peer in members:
                if self.server.own.bot not in await peer.call("members", roomId=room_id):
                    return False
        return await self.alive()

    async def kill_while_they_talk(self, kills: int) -> None:
        quiet, chance = asyncio.Event(), self.killer.chance
        self.talking = [
            asyncio.create_task(
                self.talk(peer, [r for r, members in self.rooms.items() if peer in members], quiet)
            )
            for peer in self.peers
        ]

        async def killed() -> int:
            await self.alive()
            self.noted = len(heard(self.killer.data))
            for task in self.talking:
                if task.done():
                    task.result()
            if self.killer.due is not None and chance.random() < 0.05:
                self.killer.go_on()
            return kills - self.killer.left

        self.killer.left = kills
        self.killer.plan()
        await until_all(killed, kills, 120, "kills")
        quiet.set()
        await asyncio.gather(*self.talking)

    async def talk(self, peer: Peer, rooms: list[RoomId], quiet: asyncio.Event) -> None:
        """Say things until told to be quiet, and wait where the bot is far behind: it is killed all the time."""
        number, chance = 0, self.killer.chance
        while not (quiet.is_set() or self.stop.is_set()):
            if len(self.said) - self.noted < FAR_BEHIND:
                room_id, body = chance.choice(rooms), f"{peer.user_id[1:9]} says {number}"
                self.said[await peer.ask(room_id, body)] = (room_id, body)
                number += 1
            is_quick = len(self.said) < QUICKLY * (len(self.killer.kills) + 1)
            await asyncio.sleep(chance.uniform(0.1, 0.8) if is_quick else chance.uniform(1, 8))

    async def until_all_is_heard(self) -> None:
        """Wait until the bot has noted each message, with what was said in it, as long as it notes any more."""

        async def noted_of_said() -> int:
            await self.alive()
            return len(self.said.keys() & heard(self.killer.data).keys())

        await until_all(noted_of_said, len(self.said), 60, "messages that were heard")
        noted = heard(self.killer.data)
        assert {event: noted[event] for event in self.said} == {e: body for e, (_, body) in self.said.items()}


def heard(data: DataFolder) -> dict[str, str]:
    """Return what the bot has noted, by event id: each as often as it was read, of which one is enough."""
    path = data.root / HEARD
    whole, _, _half = path.read_text().rpartition("\n") if path.exists() else ("", "", "")
    # A line may be seen, or be cut off by a kill, while it is half written: only what has its end counts.
    return dict(line.split("\t", 1) for line in whole.splitlines() if "\t" in line)


async def assert_answered_once(peer: Peer, room_id: RoomId, bot: UserId, said: list[str]) -> None:
    """Everybody in the room reads each answer, and there is one to each message."""
    expected = sorted(f"heard: {body}" for body in said)

    async def answers() -> list[Message]:
        messages = await peer.call("backfillAll", roomId=room_id)
        return [m for m in messages if m["sender"] == bot and m["encrypted"]]

    async def readable() -> int:
        # A message can come by /messages before the sync that has its key. What was heard before a kill may still be
        # answered: the bot reads it once more.
        return sum(m["failure"] is None for m in await answers())

    try:
        await until_all(readable, len(expected), 60, f"answers that {peer.user_id} can read")
    except AssertionError as error:
        raise AssertionError(f"{error}; cannot be read: {unreadable(await answers())}") from error
    found = await answers()
    assert unreadable(found) == []
    assert sorted(str(m["content"]["body"]) for m in found) == expected


def unreadable(messages: list[Message]) -> list[str]:
    """Return why messages cannot be read, of those that cannot."""
    return [str(message["failure"]) for message in messages if message["failure"] is not None]
