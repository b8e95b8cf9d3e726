"""Rooms added while the bot runs: it is put into each and stays, people are asked in, and posts go out.

The bot is the whole bot (`bots.main.run`). Between it, the provisioner and the homeserver stands a proxy that parts the
invitation of a forced join from the join, and lets either reach the bot first.
"""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web

from bots import main
from matrix.client_api import ClientApi
from matrix.http import HomeserverClient
from matrix.ids import RoomId, UserId
from provisioning.provisioner import ApplyOptions, open_provisioner
from tests.lib.cutting_proxy import cutting_proxy
from tests.lib.descriptions import SMALL
from tests.lib.peer_client import open_peer, until
from tests.lib.synapse_server import SynapseServer, running_synapse

pytestmark = [pytest.mark.live, pytest.mark.timeout(600)]

PATIENCE = 60
"""Seconds that the bot has to do what a join waits for."""
JOIN = "/_synapse/admin/v1/join/"
READER = "@claudine.uwase:palabre.localhost"
CALENDAR = """version: 1
events:
  - key: opening
    title: {{fr: Ouverture, en: Opening}}
    start: {start}
    lasts: 90min
    rooms: [{rooms}]
    remind: [0]
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SynapseServer]:
    with running_synapse(tmp_path_factory.mktemp("added")) as made:
        yield made


@dataclass
class PartedJoins:
    """Parts forced joins of the bot: ``order`` says what of one reaches the bot first, by the number of the join.

    ``invitation``: the bot has answered it before it is joined. ``join``: the bot's syncs are held back from the
    invitation until it is joined. ``bare``: as ``invitation``, of which it does not hear who made the room.
    """

    server: SynapseServer
    admin: HomeserverClient
    order: Sequence[str]
    seen: list[str] = field(default_factory=list)
    bare: set[str] = field(default_factory=set)
    answered: dict[str, asyncio.Event] = field(default_factory=dict)
    holding: set[str] = field(default_factory=set)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    held: asyncio.Event = field(default_factory=asyncio.Event)

    async def before(self, request: web.Request, body: bytes) -> bool:
        if request.method != "POST" or not request.path.startswith(JOIN):
            return False
        if json.loads(body)["user_id"] != self.server.own.bot:
            return False
        room_id = request.path.removeprefix(JOIN)
        order = self.order[len(self.seen) % len(self.order)]
        self.seen.append(room_id)
        answered = self.answered.setdefault(room_id, asyncio.Event())
        if order == "join":
            self.holding.add(room_id)
            self.held.clear()
        elif order == "bare":
            self.bare.add(room_id)
        await ClientApi(self.admin).invite(RoomId(room_id), self.server.own.bot)
        # A bot that does nothing about it is not waited for.
        if order != "bare":
            await asyncio.wait_for(self.held.wait() if order == "join" else answered.wait(), PATIENCE)
        return False

    async def after(self, request: web.Request, _body: bytes) -> bool:
        if request.path.startswith(JOIN):
            async with self.changed:
                self.holding.discard(request.path.removeprefix(JOIN))
                self.changed.notify_all()
        elif request.path.endswith("/sync") and self.holding:
            self.held.set()
            async with self.changed:
                await self.changed.wait_for(lambda: not self.holding)
        elif request.method == "POST" and request.path.rsplit("/", 1)[-1] in ("join", "leave"):
            self.answered.setdefault(request.path.split("/")[-2], asyncio.Event()).set()
        return False

    def change(self, request: web.Request, answer: bytes) -> bytes:
        if not request.path.endswith("/sync") or not self.bare:
            return answer
        content = json.loads(answer)
        for room_id, room in content.get("rooms", {}).get("invite", {}).items():
            if room_id in self.bare:
                events = room["invite_state"]["events"]
                room["invite_state"]["events"] = [e for e in events if e["type"] != "m.room.create"]
        return json.dumps(content).encode()


@dataclass
class Growing:
    """The small network with its bot, whose clock is ``later`` than it is."""

    server: SynapseServer
    admin: HomeserverClient
    config: Path
    joins: PartedJoins
    url: str
    later: timedelta = field(default=timedelta(0))

    def now(self) -> datetime:
        return datetime.now(UTC) + self.later

    def describe(self, keys: Sequence[str], start: datetime) -> None:
        """Describe rooms of these keys, and a message that is due in each at ``start``."""
        path = self.config / "community.yaml"
        rooms = [
            f"  - {{key: {key}, for: community, policy: closed, name: {key}, topic: {key}}}\n" for key in keys
        ]
        path.write_text(path.read_text().replace("members:\n", "".join(rooms) + "members:\n"))
        (self.config / "calendar.yaml").write_text(
            CALENDAR.format(start=start.strftime("%Y-%m-%d %H:%M"), rooms=", ".join(keys))
        )

    async def apply(self) -> dict[str, RoomId]:
        """Apply through the proxy; return the ids of the rooms by key."""
        async with open_provisioner(self.config, self.server.data, url=self.url) as provisioner:
            await provisioner.apply(ApplyOptions("test"))
            rooms = (await provisioner.homeserver.snapshot()).rooms
        return {key: room.room_id for key, room in rooms.items() if room.room_id is not None}

    async def stands(self, room_id: RoomId, user: str) -> str | None:
        return await ClientApi(self.admin).membership(room_id, UserId(user))

    async def posts(self, room_id: RoomId) -> int:
        """Return how many encrypted messages the bot has sent into a room."""
        chunk = (await ClientApi(self.admin).messages(room_id, limit=50, start=None))["chunk"]
        own = self.server.own.bot
        return sum((each["type"], each["sender"]) == ("m.room.encrypted", own) for each in chunk)


@asynccontextmanager
async def running(config: Path, server: SynapseServer) -> AsyncIterator[None]:
    """Run the bot, past its first sync."""
    stop = asyncio.Event()
    server.data.ready_file("bots").unlink(missing_ok=True)
    bot = asyncio.create_task(main.run(config, server.data, stop=stop))
    try:

        async def ready() -> bool:
            if bot.done():
                bot.result()
            return server.data.ready_file("bots").exists()

        await until(ready, 60, "the bot to be ready")
        yield
    finally:
        stop.set()
        await bot


@pytest.fixture
async def growing(
    server: SynapseServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Growing]:
    config = tmp_path / "config"
    shutil.copytree(SMALL, config)
    async with server.provisioner() as admin, cutting_proxy(server.url) as proxy:
        joins = PartedJoins(server, admin, ("none",))
        made = Growing(server, admin, config, joins, proxy.url)
        (config / "settings.yaml").write_text(f"version: 1\nhomeserver: {{bots_url: '{proxy.url}'}}\n")
        await made.apply()
        proxy.before, proxy.after, proxy.change = joins.before, joins.after, joins.change
        monkeypatch.setattr(main, "utc_now", made.now)
        async with running(config, server):
            yield made


@pytest.mark.parametrize(
    "count",
    [
        pytest.param(6, id="6"),
        pytest.param(60, id="60", marks=[pytest.mark.soak, pytest.mark.timeout(3_600)]),
    ],
)
async def test_in_every_room_that_is_added_the_bot_stays_people_are_asked_in_and_posts_go_out(
    growing: Growing, count: int
) -> None:
    growing.joins.order = ("invitation", "join", "bare")
    keys = [f"added{count}-{number}" for number in range(count)]
    secrets = {
        a["user_id"]: a["password"] for a in json.loads(growing.server.data.sign_in.read_text())["accounts"]
    }
    async with open_peer() as peer:
        await peer.login(growing.server.url, READER, secrets[READER])
        start = growing.now() + timedelta(minutes=10)
        growing.later = timedelta(minutes=11)
        growing.describe(keys, start)
        rooms = await growing.apply()
        bot = growing.server.own.bot

        async def all_there() -> bool:
            return all(
                [
                    await growing.stands(rooms[key], bot) == "join"
                    and await growing.stands(rooms[key], READER) == "invite"
                    and await growing.posts(rooms[key]) == 1
                    for key in keys
                ]
            )

        await until(all_there, 60, "the bot, the reader's invitation and the post in every room")
    assert len(growing.joins.seen) >= count
