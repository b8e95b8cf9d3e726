"""The coordinators are told who cannot read the bot, in a room where nobody else can read it."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bots.posting import PostOnce
from bots.unreachable import ReportAudience, Unreachable
from community.core.messages import translator
from community.description.person import Person
from community.storage import Store
from matrix.ids import RoomId, UserId
from tests.lib.bot import Bot, running_bot
from tests.lib.peer_client import Peer, open_peer, until
from tests.lib.synapse_server import PASSWORD, SynapseServer

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]

START = datetime(2026, 11, 20, 9, tzinfo=UTC)
ENCRYPTION = {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}


@asynccontextmanager
async def signed_in(server: SynapseServer, name: str, *, sign: bool) -> AsyncIterator[Peer]:
    async with server.person(name), open_peer() as peer:
        await peer.login(server.url, server.user(name), PASSWORD, sign=sign)
        yield peer


def member(user_id: str, role: str) -> Person:
    return Person(user_id, user_id[1:].partition(":")[0], user_id[1:5], role, None, (), ("en",))


async def texts(peer: Peer, room_id: RoomId, bot: Bot) -> list[str]:
    messages = await peer.messages(room_id)
    return [
        str(m["content"]["body"])
        for m in messages
        if m["sender"] == bot.client.user_id and m["type"] == "m.room.message"
    ]


async def test_people_without_a_verified_device_are_named_to_the_coordinators_alone(
    synapse_server: SynapseServer, tmp_path: Path
) -> None:
    server, tag = synapse_server, uuid.uuid4().hex[:6]
    never = server.user(f"never-{tag}")
    async with (
        signed_in(server, f"coordinator-{tag}", sign=True) as coordinator,
        signed_in(server, f"unsigned-{tag}", sign=False) as unsigned,
        server.person(f"never-{tag}"),
        running_bot(server.url, server.data) as bot,
        await Store.open(f"sqlite+aiosqlite:///{tmp_path}/palabre.db") as store,
    ):
        await store.people.replace(
            [
                member(coordinator.user_id, "coordinator"),
                member(unsigned.user_id, "member"),
                member(never, "member"),
            ]
        )
        body = {"preset": "private_chat", "initial_state": [ENCRYPTION], "invite": [coordinator.user_id]}
        room_id = await bot.api.create_room(body)
        await coordinator.call("join", roomId=room_id)
        await bot.knows(room_id, members=2)
        clock = START

        def now() -> datetime:
            return clock

        audience = ReportAudience(
            "coordination",
            frozenset({"coordinator"}),
            frozenset({bot.client.user_id}),
            [translator("en", [])],
            START,
        )
        looking = Unreachable(
            store,
            bot.client,
            PostOnce(store, bot.client, bot.api, late_limit=timedelta(days=2), now=now),
            lambda: audience,
            ours=lambda: {"coordination": bot.client.rooms[room_id]},
            now=now,
        )
        await looking.look()
        clock = START + timedelta(days=1)
        for _ in range(2):
            await looking.look()

        async def told() -> list[str]:
            return await texts(coordinator, room_id, bot)

        (text,) = await until(told, 20, "the message to the coordinators")
        assert "2 people cannot read what I write" in text
        assert unsigned.user_id in text
        assert never in text
        assert coordinator.user_id not in text

        await unsigned.call("sign")
        clock = START + timedelta(days=2)

        async def told_of_one() -> bool:
            await looking.look()
            return len(await told()) == 2

        await until(told_of_one, 20, "the news that there is one fewer")
        assert "1 person cannot read" in (await told())[1]

        # Somebody else is let into the room: nobody is named there any more.
        await bot.api.invite(room_id, UserId(unsigned.user_id))

        async def invited() -> bool:
            return UserId(unsigned.user_id) in bot.client.rooms[room_id].members

        await until(invited, 20, "the bot to see the guest")
        await store.people.replace(
            [member(coordinator.user_id, "coordinator"), member("@new:x.org", "member")]
        )
        clock = START + timedelta(days=3)
        await looking.look()
        assert len(await told()) == 2
