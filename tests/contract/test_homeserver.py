"""The contract of the homeserver port, on the homeserver in memory and on a real Synapse."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol
from uuid import uuid4

import pytest

from matrix.client_api import ClientApi
from matrix.errors import MatrixRequestError
from matrix.http import Call, HomeserverClient
from matrix.ids import RoomId, UserId, user_id
from provisioning.errors import AliasTaken, NeedsRoom
from provisioning.homeserver import Homeserver
from provisioning.snapshot import CHILD, PARENT, Account, Membership, Room, Snapshot
from provisioning.synapse_homeserver import SynapseHomeserver
from provisioning.topology import resolved, topology
from tests.lib.descriptions import SETTINGS, small
from tests.lib.memory_homeserver import OWN, SERVER, MemoryHomeserver
from tests.lib.synapse_server import SynapseServer


class Outside(Protocol):
    """What others do on the homeserver."""

    async def make_room(self, creator: str, body: Mapping[str, Any]) -> RoomId: ...

    async def leave(self, room_id: RoomId, user: UserId) -> None: ...

    async def invite(self, room_id: RoomId, user: UserId) -> None: ...

    async def deactivate(self, user: UserId) -> None: ...


@dataclass(frozen=True)
class Bench:
    homeserver: Homeserver
    outside: Outside
    community: str
    desired: Snapshot

    async def made(self, *keys: str) -> dict[str, RoomId]:
        """Make rooms in the order given."""
        ids: dict[str, RoomId] = {}
        for key in keys:
            ids[key] = await self.homeserver.create_room(self.desired.rooms[key], ids)
        return ids

    async def room(self, key: str) -> Room:
        return (await self.homeserver.snapshot()).rooms[key]


class InMemory:
    def __init__(self, homeserver: MemoryHomeserver) -> None:
        self._homeserver = homeserver

    async def make_room(self, creator: str, body: Mapping[str, Any]) -> RoomId:
        return self._homeserver.make_room(user_id(creator, SERVER), body)

    async def invite(self, room_id: RoomId, user: UserId) -> None:
        self._homeserver.put(room_id, OWN.bot, "m.room.member", user, {"membership": "invite"})

    async def leave(self, room_id: RoomId, user: UserId) -> None:
        self._homeserver.put(room_id, user, "m.room.member", user, {"membership": "leave"})

    async def deactivate(self, user: UserId) -> None:
        self._homeserver.close(user)


class OnSynapse:
    def __init__(self, server: SynapseServer, provisioner: HomeserverClient) -> None:
        self._server = server
        self._provisioner = provisioner

    async def make_room(self, creator: str, body: Mapping[str, Any]) -> RoomId:
        if user_id(creator, SERVER) == self._server.own.provisioner:
            return await ClientApi(self._provisioner).create_room(body)
        async with self._server.person(creator) as http:
            return await ClientApi(http).create_room(body)

    async def invite(self, room_id: RoomId, user: UserId) -> None:
        await ClientApi(self._provisioner).invite(room_id, user)

    async def leave(self, room_id: RoomId, user: UserId) -> None:
        async with self._server.person(user[1:].split(":")[0]) as http:
            await ClientApi(http).leave(room_id)

    async def deactivate(self, user: UserId) -> None:
        path = f"/_synapse/admin/v1/deactivate/{user}"
        await self._provisioner.send(Call("POST", path, "admin/deactivate", {"erase": False}))


@pytest.fixture(params=["memory", pytest.param("synapse", marks=pytest.mark.live)])
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    community = f"c{uuid4().hex[:8]}"
    desired = topology(small(key=community).community, SETTINGS)
    if request.param == "memory":
        memory = MemoryHomeserver(community)
        yield Bench(memory, InMemory(memory), community, desired)
        return
    server: SynapseServer = request.getfixturevalue("synapse_server")
    async with server.provisioner() as http:
        homeserver = SynapseHomeserver(
            http, server.own, community=community, server_name=SERVER, patience=1.0
        )
        yield Bench(homeserver, OnSynapse(server, http), community, desired)


def without_children(room: Room) -> dict[tuple[str, str], object]:
    return {key: content for key, content in room.state.items() if key[0] != CHILD}


async def new_person(bench: Bench) -> Account:
    account = Account(user_id(f"p{uuid4().hex[:8]}", SERVER), "Awa Diallo")
    await bench.homeserver.create_account(account, "a-long-enough-password")
    return account


async def test_an_untouched_homeserver_has_no_rooms_of_ours(bench: Bench) -> None:
    snapshot = await bench.homeserver.snapshot()
    assert snapshot.rooms == {}
    assert OWN.provisioner in snapshot.accounts


async def test_rooms_read_back_as_they_are_described(bench: Bench) -> None:
    ids = await bench.made("space", "space.theme.waste", "lobby", "announcements", "cafe", "exchange.waste")
    there = (await bench.homeserver.snapshot()).rooms
    assert {key: room.room_id for key, room in there.items()} == ids
    for key, room in there.items():
        assert room.is_space is key.startswith("space")
        assert dict(room.state) == without_children(bench.desired.rooms[key])
        assert room.members == {OWN.provisioner: Membership.JOINED}


async def test_a_room_made_twice_is_one_room(bench: Bench) -> None:
    ids = await bench.made("space", "lobby")
    assert await bench.homeserver.create_room(bench.desired.rooms["lobby"], ids) == ids["lobby"]
    assert len((await bench.homeserver.snapshot()).rooms) == 2


async def test_a_room_whose_parent_is_not_there_is_not_made(bench: Bench) -> None:
    with pytest.raises(NeedsRoom, match=r"It needs the room space, which could not be made\."):
        await bench.homeserver.create_room(bench.desired.rooms["lobby"], {})
    assert (await bench.homeserver.snapshot()).rooms == {}


async def test_an_alias_that_a_room_of_others_has_is_named(bench: Bench) -> None:
    body = {"room_alias_name": f"{bench.community}.space", "preset": "private_chat"}
    await bench.outside.make_room("palabre-provisioner", body)
    with pytest.raises(AliasTaken, match=f"#{bench.community}.space:"):
        await bench.homeserver.create_room(bench.desired.rooms["space"], {})


async def test_rooms_of_others_are_not_read(bench: Bench) -> None:
    origin = {"org.palabre.community": bench.community, "org.palabre.key": "lobby"}
    locator = {"type": "org.palabre.room", "state_key": "", "content": {"key": "lobby", "kind": "room"}}
    person = f"m{uuid4().hex[:8]}"
    await bench.outside.make_room(person, {"creation_content": origin, "initial_state": [locator]})
    await bench.outside.make_room("palabre-provisioner", {"initial_state": [locator]})
    assert (await bench.homeserver.snapshot()).rooms == {}


async def test_state_is_set(bench: Bench) -> None:
    ids = await bench.made("space", "lobby")
    await bench.homeserver.set_state(ids["lobby"], "m.room.topic", "", {"topic": "Palabre"})
    assert (await bench.room("lobby")).state["m.room.topic", ""] == {"topic": "Palabre"}


async def test_a_link_is_made_and_taken_away(bench: Bench) -> None:
    ids = await bench.made("space", "lobby")
    for content, linked in (({"via": [SERVER], "suggested": False}, True), ({}, False)):
        (_, state_key), filled = resolved((CHILD, "lobby"), content, ids)
        await bench.homeserver.set_state(ids["space"], CHILD, state_key, filled)
        assert ((CHILD, "lobby") in (await bench.room("space")).state) is linked


async def test_links_to_rooms_of_others_are_not_read(bench: Bench) -> None:
    ids = await bench.made("space")
    other = await bench.outside.make_room("palabre-provisioner", {})
    for event_type in (CHILD, PARENT):
        await bench.homeserver.set_state(ids["space"], event_type, other, {"via": [SERVER]})
    state = (await bench.room("space")).state
    assert [key for event_type, key in state if event_type in (CHILD, PARENT)] == []


async def test_an_account_is_made(bench: Bench) -> None:
    account = await new_person(bench)
    there = (await bench.homeserver.snapshot()).accounts[account.user_id]
    assert there == account


async def test_a_closed_account_is_seen_to_be_closed(bench: Bench) -> None:
    account = await new_person(bench)
    await bench.outside.deactivate(account.user_id)
    there = (await bench.homeserver.snapshot()).accounts[account.user_id]
    assert replace(there, name=account.name) == replace(account, closed=True)


async def test_joining_is_seen_and_may_be_repeated(bench: Bench) -> None:
    ids = await bench.made("space", "lobby")
    person = await new_person(bench)
    for user in (person.user_id, OWN.bot, person.user_id):
        await bench.homeserver.join(ids["lobby"], user)
    assert (await bench.room("lobby")).members == {
        OWN.provisioner: Membership.JOINED,
        OWN.bot: Membership.JOINED,
        person.user_id: Membership.JOINED,
    }


async def test_who_was_invited_can_be_joined(bench: Bench) -> None:
    ids = await bench.made("space", "lobby")
    person = await new_person(bench)
    await bench.outside.invite(ids["lobby"], person.user_id)
    assert (await bench.room("lobby")).members[person.user_id] is Membership.INVITED
    await bench.homeserver.join(ids["lobby"], person.user_id)
    assert (await bench.room("lobby")).members[person.user_id] is Membership.JOINED


async def test_an_account_that_is_not_there_can_not_join(bench: Bench) -> None:
    ids = await bench.made("space")
    with pytest.raises(MatrixRequestError):
        await bench.homeserver.join(ids["space"], user_id(f"n{uuid4().hex[:8]}", SERVER))


async def test_who_left_is_seen_to_have_left(bench: Bench) -> None:
    ids = await bench.made("space", "lobby")
    person = await new_person(bench)
    await bench.homeserver.join(ids["lobby"], person.user_id)
    await bench.outside.leave(ids["lobby"], person.user_id)
    assert (await bench.room("lobby")).members[person.user_id] is Membership.LEFT
