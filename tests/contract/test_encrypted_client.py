"""What features and posts rely on, on the client in memory and on the real one with real people (matrix-js-sdk)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Protocol
from uuid import uuid4

import pytest

from bots.encryption import Received
from matrix.client_api import ClientApi
from matrix.ids import EventId, RoomId, UserId
from tests.lib.bot import Bot, running_bot
from tests.lib.memory_client import ClientPort, MemoryClient
from tests.lib.peer_client import Peer, open_peer, until
from tests.lib.synapse_server import PASSWORD, SynapseServer

ENCRYPTION = {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}


class ClientBench(Protocol):
    """A client, and the people that it meets."""

    @property
    def client(self) -> ClientPort:
        """The client that is tried."""

    async def person(self, *, signed: bool = True) -> UserId:
        """Return somebody new, who is signed in on a device."""

    async def room(self, *people: UserId) -> RoomId:
        """Return a new encrypted room of the client's with these people."""

    async def says(self, room_id: RoomId, user: UserId, body: str) -> EventId:
        """Have somebody say something, and the client hear it."""


@dataclass
class InMemoryClient:
    client: MemoryClient
    members: dict[RoomId, tuple[UserId, ...]] = field(default_factory=dict)

    async def person(self, *, signed: bool = True) -> UserId:
        user = UserId(f"@{uuid4().hex}:x")
        if signed:
            self.client.signed.add(user)
            self.client.identities[user] = uuid4().hex
        return user

    async def room(self, *people: UserId) -> RoomId:
        room_id = RoomId(f"!{uuid4().hex}")
        self.members[room_id] = people
        return room_id

    async def says(self, room_id: RoomId, user: UserId, body: str) -> EventId:
        assert user in self.members[room_id]
        event_id = EventId(f"${uuid4().hex}")
        self.client.said(Received(room_id, event_id, user, {"msgtype": "m.text", "body": body}, 0))
        return event_id


@dataclass
class OnHomeserver:
    server: SynapseServer
    bot: Bot
    stack: AsyncExitStack
    peers: dict[UserId, Peer] = field(default_factory=dict)

    @property
    def client(self) -> ClientPort:
        return self.bot.client

    async def person(self, *, signed: bool = True) -> UserId:
        name = f"met-{uuid4().hex[:8]}"
        await self.stack.enter_async_context(self.server.person(name))
        peer = await self.stack.enter_async_context(open_peer())
        user = self.server.user(name)
        await peer.login(self.server.url, user, PASSWORD, sign=signed, strict=False)
        self.peers[user] = peer
        return user

    async def room(self, *people: UserId) -> RoomId:
        body = {"preset": "private_chat", "initial_state": [ENCRYPTION], "invite": [*people]}
        room_id = await self.bot.api.create_room(body)
        for user in people:
            await self.peers[user].call("join", roomId=room_id)
        await self.bot.knows(room_id, members=len(people) + 1)
        return room_id

    async def says(self, room_id: RoomId, user: UserId, body: str) -> EventId:
        peer = self.peers[user]

        async def knows_the_bot() -> bool:
            return self.client.user_id in await peer.call("members", roomId=room_id)

        await until(knows_the_bot, 20, "the person to see the bot")
        event_id = EventId(await peer.ask(room_id, body))

        async def heard() -> bool:
            return any(message.event_id == event_id for message in self.bot.heard)

        await until(heard, 20, "the bot to hear it")
        return event_id


@pytest.fixture(params=["memory", pytest.param("synapse", marks=pytest.mark.live)])
async def at(request: pytest.FixtureRequest) -> AsyncIterator[ClientBench]:
    if request.param == "memory":
        yield InMemoryClient(MemoryClient())
        return
    server: SynapseServer = request.getfixturevalue("synapse_server")
    async with AsyncExitStack() as stack, running_bot(server.url, server.data) as bot:
        yield OnHomeserver(server, bot, stack)


async def test_a_transaction_is_one_event_however_often_it_is_sent(at: ClientBench) -> None:
    room_id, name = await at.room(), uuid4().hex
    sent = [await at.client.send(room_id, {"msgtype": "m.notice", "body": "once"}, name) for _ in range(2)]
    other = await at.client.send(room_id, {"msgtype": "m.notice", "body": "once"}, uuid4().hex)
    assert sent[0] == sent[1] != other


async def test_what_it_says_is_read_back_without_what_stands_in_clear(at: ClientBench) -> None:
    room_id = await at.room()
    content = {"msgtype": "m.notice", "body": "said", "org.palabre.test": "kept"}
    event_id = await at.client.send(room_id, content, uuid4().hex, outer={"org.palabre.occurrence": "x"})
    read = await at.client.read_back(room_id, event_id)
    assert read is not None
    assert (read.room_id, read.event_id, read.sender) == (room_id, event_id, at.client.user_id)
    assert {key: read.content[key] for key in content} == content
    assert "org.palabre.occurrence" not in read.content


async def test_what_a_person_says_is_read_back_in_its_room_alone(at: ClientBench) -> None:
    person = await at.person()
    room_id, other = await at.room(person), await at.room()
    event_id = await at.says(room_id, person, "between people")
    read = await at.client.read_back(room_id, event_id)
    assert read is not None
    assert (read.sender, read.content["body"]) == (person, "between people")
    assert await at.client.read_back(other, event_id) is None
    assert await at.client.read_back(room_id, EventId("$unknown")) is None


async def test_who_was_there_could_read_it_and_nobody_what_is_unknown(at: ClientBench) -> None:
    person = await at.person()
    room_id, other = await at.room(person), await at.room()
    event_id = await at.says(room_id, person, "between people")
    assert await at.client.could_read(room_id, event_id, person)
    assert not await at.client.could_read(other, event_id, person)
    assert not await at.client.could_read(room_id, EventId("$unknown"), person)


@pytest.mark.live
async def test_the_state_without_members_is_the_history_visibility_of_then(
    synapse_server: SynapseServer,
) -> None:
    async with synapse_server.person("historian") as http:
        api = ClientApi(http)
        room_id = await api.create_room({"preset": "private_chat"})
        event_id = await api.send_event(room_id, "m.room.message", {"msgtype": "m.text", "body": "x"}, "1")
        visibility = {"history_visibility": "joined"}
        await api.send_state(room_id, "m.room.history_visibility", visibility)
        alone = await api.state_at(room_id, event_id, members=False)
        assert [(each["type"], each["content"]) for each in alone] == [
            ("m.room.history_visibility", {"history_visibility": "shared"})
        ]
        whole = await api.state_at(room_id, event_id, members=True)
        assert {"m.room.member", "m.room.history_visibility"} < {each["type"] for each in whole}


async def test_only_who_has_signed_a_device_counts(at: ClientBench) -> None:
    signed, unsigned = await at.person(), await at.person(signed=False)
    found = await at.client.with_signed_device({signed, unsigned})
    assert found == {signed}
    assert await at.client.with_signed_device({signed, unsigned}, at_least=2) == frozenset()
    assert await at.client.with_signed_device(set()) == frozenset()


async def test_an_identity_is_shown_once_after_it_was_learnt(at: ClientBench) -> None:
    first, second = await at.person(), await at.person()
    await at.client.know({first})
    shown = (await at.client.identities_shown())[first]
    await at.client.know({first, second})
    learnt = await at.client.identities_shown()
    assert first not in learnt
    # A pin is an opinion of ours: it is no news of anybody's identity.
    await at.client.use_pins({first: "another"})
    assert await at.client.shown_identity(first) == shown
    assert await at.client.identities_shown() == {}
