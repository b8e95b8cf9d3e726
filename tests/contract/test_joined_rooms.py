"""The two ways to read the state of our rooms, on a real Synapse: both tell the same, and what a new reader sees."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from uuid import uuid4

import pytest

from matrix.admin import AdminApi
from matrix.client_api import ClientApi
from matrix.http import Call, HomeserverClient
from matrix.ids import RoomId, UserId
from matrix.joined_rooms import ClassicSync
from matrix.sliding_sync import RoomState, SlidingSync
from tests.lib.synapse_server import SynapseServer

pytestmark = pytest.mark.live


@dataclass(frozen=True)
class Bench:
    server: SynapseServer
    reader: HomeserverClient
    me: UserId
    """Whose rooms are read: nobody else's tests put them anywhere."""
    other: HomeserverClient
    you: UserId
    """Who changes the rooms."""

    async def room(self, *, with_me: bool = True) -> RoomId:
        """Make a room of the other's, in which we are."""
        body = {
            "preset": "private_chat",
            "invite": [self.me],
            "initial_state": [{"type": "org.palabre.test", "state_key": key, "content": {}} for key in "ab"],
        }
        room_id = await ClientApi(self.other).create_room(body)
        if with_me:
            await ClientApi(self.reader).join(room_id)
        return room_id

    async def send(self, room_id: RoomId, text: str = "Palabre") -> str:
        content = {"msgtype": "m.text", "body": text}
        return await ClientApi(self.other).send_event(room_id, "m.room.message", content, uuid4().hex)


@pytest.fixture
async def bench(synapse_server: SynapseServer) -> AsyncIterator[Bench]:
    me, you = f"r{uuid4().hex[:8]}", f"o{uuid4().hex[:8]}"
    async with synapse_server.person(me) as reader, synapse_server.person(you) as other:
        async with synapse_server.provisioner() as admin:
            for name in (me, you):
                await AdminApi(admin).lift_rate_limit(synapse_server.user(name))
        yield Bench(synapse_server, reader, synapse_server.user(me), other, synapse_server.user(you))


def plain(states: tuple[RoomState, ...]) -> dict[str, dict[tuple[str, str], object]]:
    """Return what counts of the states: two readers are told it with different ages."""
    return {
        state.room_id: {key: (event["sender"], event["content"]) for key, event in state.events.items()}
        for state in states
    }


async def nothing(_bench: Bench, _room: RoomId) -> None: ...


async def state_is_changed(bench: Bench, room: RoomId) -> None:
    client = ClientApi(bench.other)
    await client.send_state(room, "m.room.topic", {"topic": "one"})
    await client.send_state(room, "m.room.topic", {"topic": "two"})
    await client.send_state(room, "org.palabre.test", {"now": 1}, "a")
    await client.send_state(room, "org.palabre.test", {}, "new")


async def much_is_said_and_state_is_changed_between(bench: Bench, room: RoomId) -> None:
    for number in range(6):
        await bench.send(room)
        await ClientApi(bench.other).send_state(room, "org.palabre.test", {"number": number}, f"{number % 2}")
        await bench.send(room)
    for _ in range(25):
        await bench.send(room)


async def state_is_emptied(bench: Bench, room: RoomId) -> None:
    await ClientApi(bench.other).send_state(room, "org.palabre.test", {}, "a")
    await ClientApi(bench.other).send_state(room, "m.room.join_rules", {})


async def somebody_comes_and_goes(bench: Bench, room: RoomId) -> None:
    name = f"g{uuid4().hex[:8]}"
    async with bench.server.person(name) as guest:
        await ClientApi(bench.other).invite(room, bench.server.user(name))
        await ClientApi(guest).join(room)
        await ClientApi(guest).leave(room)


async def members_are_kicked_and_banned(bench: Bench, room: RoomId) -> None:
    client = ClientApi(bench.other)
    for membership in ("leave", "ban"):
        name = f"g{uuid4().hex[:8]}"
        async with bench.server.person(name):
            await client.invite(room, bench.server.user(name))
            await client.send_state(
                room, "m.room.member", {"membership": membership}, bench.server.user(name)
            )


async def we_leave(bench: Bench, room: RoomId) -> None:
    await ClientApi(bench.reader).leave(room)


async def we_are_kicked(bench: Bench, room: RoomId) -> None:
    await ClientApi(bench.other).kick(room, bench.me)
    await ClientApi(bench.other).send_state(room, "m.room.topic", {"topic": "without us"})


async def we_are_banned(bench: Bench, room: RoomId) -> None:
    await ClientApi(bench.other).send_state(room, "m.room.member", {"membership": "ban"}, bench.me)


async def we_leave_and_come_back(bench: Bench, room: RoomId) -> None:
    await ClientApi(bench.reader).leave(room)
    await ClientApi(bench.other).send_state(room, "m.room.topic", {"topic": "meanwhile"})
    await ClientApi(bench.other).invite(room, bench.me)
    await ClientApi(bench.reader).join(room)


async def we_are_kicked_and_invited_again(bench: Bench, room: RoomId) -> None:
    await ClientApi(bench.other).kick(room, bench.me)
    await ClientApi(bench.other).invite(room, bench.me)


async def another_room_is_made(bench: Bench, _room: RoomId) -> None:
    await bench.room()


async def another_invites_us(bench: Bench, _room: RoomId) -> None:
    await bench.room(with_me=False)


async def the_room_is_upgraded(bench: Bench, room: RoomId) -> None:
    path = f"/_matrix/client/v3/rooms/{room}/upgrade"
    await bench.other.send(Call("POST", path, "rooms/upgrade", {"new_version": "12"}))


HAPPENINGS: tuple[Callable[[Bench, RoomId], Awaitable[None]], ...] = (
    nothing,
    state_is_changed,
    much_is_said_and_state_is_changed_between,
    state_is_emptied,
    somebody_comes_and_goes,
    members_are_kicked_and_banned,
    we_leave,
    we_are_kicked,
    we_are_banned,
    we_leave_and_come_back,
    we_are_kicked_and_invited_again,
    another_room_is_made,
    another_invites_us,
    the_room_is_upgraded,
)


async def test_two_readers_see_the_same_whatever_happens(bench: Bench) -> None:
    sliding, classic = SlidingSync(bench.reader, bench.me), ClassicSync(bench.reader, bench.me)
    quiet = await bench.room()
    for happening in HAPPENINGS:
        room = await bench.room()
        before = {reader: {s.room_id: s for s in await reader.rooms()} for reader in (sliding, classic)}
        await happening(bench, room)
        requests = bench.reader.counts.reads
        seen = await sliding.rooms()
        assert plain(seen) == plain(await classic.rooms()), happening.__name__
        assert bench.reader.counts.reads == requests + 2, happening.__name__
        for reader in (sliding, classic):
            assert {quiet, room} <= before[reader].keys()
        assert next(state for state in seen if state.room_id == quiet) is before[sliding][quiet]
        assert plain(seen) == plain(await ClassicSync(bench.reader, bench.me).rooms()), happening.__name__
        # Under the same name: from here on the first reader's connection is forgotten, and begins again.
        assert plain(seen) == plain(await SlidingSync(bench.reader, bench.me).rooms()), happening.__name__


async def test_a_purged_room_is_gone(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("matrix.joined_rooms.BEGIN_AGAIN_AFTER", 2)
    quiet, room = await bench.room(), await bench.room()
    sliding, classic = SlidingSync(bench.reader, bench.me), ClassicSync(bench.reader, bench.me)
    for reader in (sliding, classic):
        assert plain(await reader.rooms()).keys() == {quiet, room}
    async with bench.server.provisioner() as admin:
        call = Call("DELETE", f"/_synapse/admin/v1/rooms/{room}", "admin/rooms", {"purge": True})
        await admin.send(call)
    assert plain(await sliding.rooms()).keys() == {quiet}
    seen = [plain(await classic.rooms()).keys() for _ in range(2)]
    assert seen[1] == {quiet}


async def test_members_are_all_told(bench: Bench) -> None:
    room = await bench.room()
    for kind in (SlidingSync, ClassicSync):
        (state,) = await kind(bench.reader, bench.me).rooms()
        assert state.room_id == room
        members = {key for event_type, key in state.events if event_type == "m.room.member"}
        assert members == {bench.me, bench.you}


async def test_a_connection_that_synapse_forgot_begins_again(bench: Bench) -> None:
    room = await bench.room()
    reader = SlidingSync(bench.reader, bench.me)
    await reader.rooms()
    with sqlite3.connect(bench.server.data.synapse / "homeserver.db", timeout=30) as database:
        found = database.execute("DELETE FROM sliding_sync_connections WHERE user_id = ?", (bench.me,))
        assert found.rowcount == 1
    await state_is_changed(bench, room)
    requests = bench.reader.counts.reads
    seen = plain(await reader.rooms())
    assert bench.reader.counts.reads == requests + 2
    assert seen == plain(await ClassicSync(bench.reader, bench.me).rooms())


@pytest.mark.parametrize("kind", [SlidingSync, ClassicSync])
async def test_a_redaction_is_seen_when_all_is_read_again(
    bench: Bench, kind: type[SlidingSync | ClassicSync], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("matrix.sliding_sync", "matrix.joined_rooms"):
        monkeypatch.setattr(f"{module}.BEGIN_AGAIN_AFTER", 2)
    room = await bench.room()
    event = await ClientApi(bench.other).send_state(room, "org.palabre.test", {"secret": 1}, "a")
    reader = kind(bench.reader, bench.me)
    await reader.rooms()
    path = f"/_matrix/client/v3/rooms/{room}/redact/{event}/{uuid4().hex}"
    await bench.other.send(Call("PUT", path, "rooms/redact", {}))
    seen = [plain(await reader.rooms())[room]["org.palabre.test", "a"] for _ in range(2)]
    assert seen[1] == (bench.you, {})
