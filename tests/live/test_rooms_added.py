"""Rooms added while the bot runs: it is put into each and stays, people are asked in, and posts go out.

The bot is the whole bot (`bots.main.run`). Between it, the provisioner and the homeserver stands a proxy that parts the
invitation of a forced join from the join, and lets either reach the bot first.
"""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web

from community.core.doctor import State
from community.description.load import load_settings
from matrix.admin import AdminApi
from matrix.client_api import ClientApi
from matrix.http import Call, HomeserverClient
from matrix.ids import RoomId, UserId
from provisioning.changes import ReturnProvisioner
from provisioning.checkup import account_findings
from provisioning.provisioner import ApplyOptions, open_provisioner
from provisioning.synapse_accounts import leave_as
from tests.lib.cutting_proxy import cutting_proxy
from tests.lib.descriptions import SMALL, notes_of
from tests.lib.main_bot import running_main
from tests.lib.peer_client import Peer, open_peer, until
from tests.lib.synapse_server import SynapseServer, running_synapse

pytestmark = [
    pytest.mark.live,
    pytest.mark.timeout(600),
    pytest.mark.asyncio(loop_scope="module"),
]

PATIENCE = 60
"""Seconds that the bot has for what a join waits for."""
JOIN = "/_synapse/admin/v1/join/"
READER = UserId("@claudine.uwase:palabre.localhost")
CALENDAR = """version: 1
events:
  - key: opening
    title: {{fr: Ouverture, en: Opening}}
    start: {start}
    lasts: 90min
    rooms: [{rooms}]
    remind: [0]
"""


class Order(Enum):
    """What happens when the bot is put into a room."""

    INVITATION_FIRST = auto()
    """It has answered the invitation before it is joined."""
    JOIN_FIRST = auto()
    """It is joined before it hears of the invitation."""
    NOTHING_SAID = auto()
    """It hears of the invitation first, and not who made the room."""
    LEAVING = auto()
    """A moment after it was joined it has left, as a bot does that declines."""


@dataclass
class PartedJoins:
    """Parts forced joins of the bot; the first join into each room goes by the next one of ``orders``."""

    admin: HomeserverClient
    bot_id: UserId
    orders: Sequence[Order] = ()
    parted: dict[str, Order] = field(default_factory=dict)
    holding: set[str] = field(default_factory=set)
    answered: dict[str, asyncio.Event] = field(default_factory=dict)
    held: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def before(self, request: web.Request, body: bytes) -> bool:
        room_id = request.path.removeprefix(JOIN)
        if room_id == request.path or json.loads(body)["user_id"] != self.bot_id:
            return False
        if self.orders and room_id not in self.parted:
            order = self.parted[room_id] = self.orders[len(self.parted) % len(self.orders)]
            await self._part(RoomId(room_id), order)
        return False

    async def _part(self, room_id: RoomId, order: Order) -> None:
        """Invite as the homeserver does, and wait until the bot has come as far as it is to come before the join."""
        if order is Order.LEAVING:
            return
        answered = self.answered.setdefault(room_id, asyncio.Event())
        if order is Order.JOIN_FIRST:
            self.holding.add(room_id)
            self.held.clear()
        await ClientApi(self.admin).invite(room_id, self.bot_id)
        if order is Order.JOIN_FIRST:
            await asyncio.wait_for(self.held.wait(), PATIENCE)
        elif order is Order.INVITATION_FIRST:
            await asyncio.wait_for(answered.wait(), PATIENCE)

    async def after(self, request: web.Request, _body: bytes) -> bool:
        if request.path.startswith(JOIN):
            await self._joined(request.path.removeprefix(JOIN))
        elif request.path.endswith("/sync") and self.holding:
            self.held.set()
            async with self.released:
                await self.released.wait_for(lambda: not self.holding)
        elif request.path.endswith(("/join", "/leave")):
            self.answered.setdefault(request.path.split("/")[-2], asyncio.Event()).set()
        return False

    @asynccontextmanager
    async def bot_hears_nothing(self) -> AsyncIterator[None]:
        """Keep from the bot the answer to a sync that was given before the block, until its end."""
        self.holding.add("")
        self.held.clear()
        await asyncio.wait_for(self.held.wait(), PATIENCE)
        try:
            yield
        finally:
            await self._release("")

    async def _release(self, room_id: str) -> None:
        async with self.released:
            self.holding.discard(room_id)
            self.released.notify_all()

    async def _joined(self, room_id: str) -> None:
        await self._release(room_id)
        if self.parted.get(room_id) is Order.LEAVING and room_id not in self.answered:
            self.answered[room_id] = asyncio.Event()
            await leave_as(self.admin.url, AdminApi(self.admin), self.bot_id, RoomId(room_id))

    def change(self, request: web.Request, answer: bytes) -> bytes:
        if not request.path.endswith("/sync") or b"invite_state" not in answer:
            return answer
        content = json.loads(answer)
        for room_id, room in content["rooms"]["invite"].items():
            if self.parted.get(room_id) is Order.NOTHING_SAID:
                events = room["invite_state"]["events"]
                room["invite_state"]["events"] = [e for e in events if e["type"] != "m.room.create"]
        return json.dumps(content).encode()


@dataclass
class Growing:
    """The small network with its bot."""

    server: SynapseServer
    admin: HomeserverClient
    config: Path
    joins: PartedJoins
    url: str
    reader: Peer

    def describe(self, keys: Sequence[str], start: datetime, only: str = "") -> None:
        """Describe rooms of these keys (``only``: for whom), and a message that is due in each at ``start``."""
        path = self.config / "community.yaml"
        head, _, members = path.read_text().partition("members:\n")
        kept = [line for line in head.splitlines() if not any(f"{{key: {key}, " in line for key in keys)]
        rest = f"for: community, policy: closed, {only}name: N, topic: T"
        rooms = [f"  - {{key: {key}, {rest}}}" for key in keys]
        path.write_text("\n".join([*kept, *rooms, "members:\n"]) + members)
        (self.config / "calendar.yaml").write_text(
            CALENDAR.format(start=start.strftime("%Y-%m-%d %H:%M:%S"), rooms=", ".join(keys))
        )

    async def apply(self) -> dict[str, RoomId]:
        """Apply through the proxy; return the ids of the rooms by key."""
        async with open_provisioner(self.config, self.server.data, url=self.url) as provisioner:
            await provisioner.apply(ApplyOptions("test", force=True))
            rooms = (await provisioner.homeserver.snapshot()).rooms
        return {key: room.room_id for key, room in rooms.items() if room.room_id is not None}

    async def is_whole(self, room_id: RoomId) -> bool:
        """Whether the bot is in a room, has asked the reader in, and has posted once."""
        client = ClientApi(self.admin)
        bot = await client.membership(room_id, self.joins.bot_id)
        reader = await client.membership(room_id, READER)
        return (bot, reader, await self.posts(room_id)) == ("join", "invite", 1)

    async def posts(self, room_id: RoomId) -> int:
        """Return how many encrypted messages the bot has sent into a room."""
        said = (await ClientApi(self.admin).messages(room_id, limit=50, start=None))["chunk"]
        wanted = ("m.room.encrypted", self.joins.bot_id)
        return sum((each["type"], each["sender"]) == wanted for each in said)

    async def until_whole(self, rooms: Sequence[RoomId]) -> None:
        left = set(rooms)

        async def look() -> bool:
            left.difference_update([room_id for room_id in left if await self.is_whole(room_id)])
            return not left

        await until(look, 120, "the bot, the reader's invitation and one post in every room")


def soon() -> datetime:
    """Return a moment by which the rooms are there, however long it is until it."""
    return datetime.now(UTC) + timedelta(seconds=15)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def growing(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Growing]:
    config = tmp_path_factory.mktemp("growing") / "config"
    shutil.copytree(SMALL, config)
    async with AsyncExitStack() as stack:
        server = stack.enter_context(running_synapse(tmp_path_factory.mktemp("server")))
        proxy = await stack.enter_async_context(cutting_proxy(server.url))
        (config / "settings.yaml").write_text(f"version: 1\nhomeserver: {{bots_url: '{proxy.url}'}}\n")
        admin = await stack.enter_async_context(server.provisioner())
        joins = PartedJoins(admin, server.own.bot)
        peer = await stack.enter_async_context(open_peer())
        made = Growing(server, admin, config, joins, proxy.url, peer)
        await made.apply()
        proxy.before, proxy.after, proxy.change = joins.before, joins.after, joins.change
        accounts = json.loads(server.data.sign_in.read_text())["accounts"]
        password = next(each["password"] for each in accounts if each["user_id"] == READER)
        await peer.login(server.url, READER, password)
        await stack.enter_async_context(running_main(config, server.data))
        yield made


@pytest.mark.parametrize(
    "count",
    [
        pytest.param(8, id="8 rooms"),
        pytest.param(60, id="60 rooms", marks=[pytest.mark.soak, pytest.mark.timeout(3_600)]),
    ],
)
async def test_in_every_room_that_is_added_the_bot_stays_people_are_asked_in_and_posts_go_out(
    growing: Growing, count: int
) -> None:
    growing.joins.orders = tuple(Order)
    keys = [f"added{count}-{number}" for number in range(count)]
    growing.describe(keys, soon())
    rooms = await growing.apply()
    there = await AdminApi(growing.admin).rooms_of(growing.joins.bot_id)
    assert {rooms[key] for key in keys} <= set(there), "when it ends without an error the bot is in"
    await growing.until_whole([rooms[key] for key in keys])
    parted = [growing.joins.parted[rooms[key]] for key in keys]
    assert {parted.count(order) for order in Order} == {count // len(Order)}


async def test_the_bot_that_somebody_has_taken_out_is_told_of_and_brought_back_by_the_next_apply(
    growing: Growing,
) -> None:
    growing.joins.orders, keys = (), ("kicked", "banned")
    due = soon()
    growing.describe(keys, due, only="roles: [coordinator], ")
    rooms = await growing.apply()
    owner = ClientApi(growing.admin)
    await owner.kick(rooms["kicked"], growing.joins.bot_id)
    await owner.ban(rooms["banned"], growing.joins.bot_id)
    await asyncio.sleep(max(0.0, (due - datetime.now(UTC)).total_seconds()))
    found = await account_findings(growing.config, growing.server.data, load_settings(growing.config))
    missing = {each.name: each.state for each in found if each.name.startswith("bot/")}
    assert missing == {"bot/banned": State.WARNING, "bot/kicked": State.WARNING}

    growing.describe(keys, due)
    await growing.apply()
    await growing.until_whole([rooms[key] for key in keys])
    found = await account_findings(growing.config, growing.server.data, load_settings(growing.config))
    assert [each for each in found if each.name.startswith("bot/")] == []


async def test_the_provisioner_comes_back_where_it_has_left_and_a_deleted_room_is_said_to_be_made_again(
    growing: Growing,
) -> None:
    growing.joins.orders = ()
    rooms, bot = await growing.apply(), growing.joins.bot_id
    await ClientApi(growing.admin).leave(rooms["exchange.waste"])
    client = ClientApi(growing.admin)

    async def invited() -> bool:
        return await client.membership(rooms["cafe"], READER) == "invite"

    await until(invited, 60, "the reader's invitation")
    await growing.reader.call("join", roomId=rooms["cafe"])
    path = f"/_synapse/admin/v1/rooms/{rooms['cafe']}"
    # Purged before the bot's next sync is answered, it goes without a word, with the reader in it.
    async with growing.joins.bot_hears_nothing():
        await growing.admin.send(Call("DELETE", path, "admin/rooms", {"purge": True}))
    async with open_provisioner(growing.config, growing.server.data) as provisioner:
        made, _actual = await provisioner.plan()
    assert [str(note) for note in notes_of(made)] == [
        "cafe: was deleted on the homeserver; it is made again, empty"
    ]
    assert ReturnProvisioner("exchange.waste", growing.server.own.provisioner) in made.changes

    again = await growing.apply()
    assert again["exchange.waste"] == rooms["exchange.waste"]
    assert again["cafe"] != rooms["cafe"]
    assert await client.membership(again["exchange.waste"], growing.server.own.provisioner) == "join"

    async def asked_in() -> bool:
        stands = [await client.membership(again["cafe"], user) for user in (bot, READER)]
        return stands == ["join", "invite"]

    await until(asked_in, 60, "the reader's invitation into the room that was made again")
    async with open_provisioner(growing.config, growing.server.data) as provisioner:
        made, _actual = await provisioner.plan()
    assert (made.changes, notes_of(made)) == ((), ())
