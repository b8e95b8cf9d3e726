"""What the port to Synapse does beyond its contract: lost answers, a session that has ended, missing rights."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from uuid import uuid4

import pytest

from matrix.admin import AdminApi, ServerRoom
from matrix.client_api import ClientApi
from matrix.errors import Forbidden, HomeserverUnreachable
from matrix.http import Call, HomeserverClient
from matrix.ids import RoomId, UserId
from matrix.locator import LOCATOR_TYPE
from provisioning.accounts import provisioner_client
from provisioning.errors import NotAdministrator, ProvisionerOutside, SessionEnded
from provisioning.snapshot import Account, AccountClosure, Membership, OwnAccounts, Room, Snapshot
from provisioning.synapse_homeserver import SynapseHomeserver
from provisioning.topology import topology
from tests.lib.cutting_proxy import CuttingProxy, cutting_proxy
from tests.lib.descriptions import SETTINGS, small
from tests.lib.synapse_server import PASSWORD, SynapseServer

pytestmark = pytest.mark.live
SERVER = "palabre.localhost"


class Place:
    """One community on the shared Synapse, reached through a proxy that loses what it is told to."""

    def __init__(self, server: SynapseServer, proxy: CuttingProxy, http: HomeserverClient) -> None:
        self.server, self.proxy, self.http = server, proxy, http
        self.community = f"c{uuid4().hex[:8]}"
        self.desired: Snapshot = topology(small(key=self.community).community, SETTINGS)
        self.homeserver = self.on(http)

    def on(self, http: HomeserverClient, own: OwnAccounts | None = None) -> SynapseHomeserver:
        return SynapseHomeserver(
            http, own or self.server.own, community=self.community, server_name=SERVER, patience=5
        )

    async def rooms_made(self) -> list[str]:
        """Return the keys of the community's rooms that Synapse has, also of those that nobody is in."""
        listed = Call("GET", "/_synapse/admin/v1/rooms", "admin/rooms", query={"limit": "5000"})
        async with self.server.provisioner() as http:
            found = []
            for room in (await http.send(listed))["rooms"]:
                path = f"/_synapse/admin/v1/rooms/{room['room_id']}/state"
                events = (await http.send(Call("GET", path, "admin/rooms")))["state"]
                creation: dict[str, str] = next(
                    (e["content"] for e in events if e["type"] == "m.room.create"), {}
                )
                if creation.get("org.palabre.community") == self.community:
                    found.append(creation["org.palabre.key"])
        return sorted(found)


@pytest.fixture
async def place(synapse_server: SynapseServer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Place]:
    monkeypatch.setattr("matrix.http.FIRST_PAUSE", 0.01)
    async with (
        cutting_proxy(synapse_server.url) as proxy,
        provisioner_client(proxy.url, synapse_server.own.provisioner, synapse_server.data) as http,
    ):
        yield Place(synapse_server, proxy, http)


@pytest.mark.parametrize("times", [1, 3])
async def test_a_room_whose_answer_was_lost_is_found_again(place: Place, times: int) -> None:
    place.proxy.lose, place.proxy.times = "/createRoom", times
    ids: dict[str, RoomId] = {}
    for key in ("space", "lobby", "cafe", "announcements"):
        ids[key] = await place.homeserver.create_room(place.desired.rooms[key], ids)
    assert place.proxy.lost == times
    assert await place.rooms_made() == sorted(ids)
    there = (await place.homeserver.snapshot()).rooms
    assert {key: room.room_id for key, room in there.items()} == ids


async def test_a_room_made_by_many_at_once_is_one_room(place: Place) -> None:
    space = place.desired.rooms["space"]
    made = await asyncio.gather(*(place.homeserver.create_room(space, {}) for _ in range(6)))
    assert len(set(made)) == 1
    assert await place.rooms_made() == ["space"]


async def test_a_room_that_everybody_has_left_gives_its_key_to_another(place: Place) -> None:
    space = place.desired.rooms["space"]
    room_id = await place.homeserver.create_room(space, {})
    await ClientApi(place.http).leave(room_id)
    snapshot = await place.homeserver.snapshot()
    assert (snapshot.rooms, snapshot.abandoned) == ({}, {})
    assert await place.homeserver.create_room(space, {}) != room_id


async def test_a_room_that_the_provisioner_has_left_says_what_to_do(place: Place) -> None:
    space = place.desired.rooms["space"]
    room_id = await place.homeserver.create_room(space, {})
    await place.homeserver.join(room_id, place.server.own.bot)
    await ClientApi(place.http).leave(room_id)
    assert (await place.homeserver.snapshot()).rooms == {}
    with pytest.raises(ProvisionerOutside, match=r"no longer in the room space.*@palabre-provisioner"):
        await place.homeserver.create_room(space, {})
    assert await place.rooms_made() == ["space"]


async def test_a_server_that_dies_while_it_makes_a_room_is_said_to_be_away(place: Place) -> None:
    place.proxy.lose, place.proxy.times, place.proxy.then_gone = "/createRoom", 1, True
    with pytest.raises(HomeserverUnreachable):
        await place.homeserver.create_room(place.desired.rooms["space"], {})
    place.proxy.then_gone = False
    await place.homeserver.create_room(place.desired.rooms["space"], {})
    assert await place.rooms_made() == ["space"]


async def _joined(place: Place, room: RoomId, user: UserId) -> None:
    await place.homeserver.join(room, user)


async def _invited(place: Place, room: RoomId, user: UserId) -> None:
    await place.homeserver.invite(room, user)


async def _removed(place: Place, room: RoomId, user: UserId) -> None:
    await place.homeserver.join(room, user)
    await place.homeserver.remove(room, user)


@pytest.mark.parametrize(
    ("lost", "act", "reading"),
    [
        ("/admin/v1/join/", _joined, Membership.JOINED),
        ("/invite", _invited, Membership.INVITED),
        ("/kick", _removed, Membership.REMOVED),
    ],
)
async def test_what_is_done_to_a_person_is_done_once_though_its_answer_was_lost(
    place: Place, lost: str, act: Callable[[Place, RoomId, UserId], Awaitable[None]], reading: Membership
) -> None:
    person = Account(place.server.user(f"p{uuid4().hex[:8]}"), "Awa")
    await place.homeserver.create_account(person, PASSWORD)
    room = await place.homeserver.create_room(place.desired.rooms["space"], {})
    place.proxy.lose, place.proxy.times = lost, 2
    await act(place, room, person.user_id)
    assert place.proxy.lost == 2
    assert (await place.homeserver.snapshot()).rooms["space"].members[person.user_id] is reading


@pytest.mark.parametrize(
    "lost", ["/directory/room/", "/state/", "/deactivate/", "/delete_devices", "/v2/users/"]
)
async def test_other_writes_are_done_though_their_answers_were_lost(place: Place, lost: str) -> None:
    person, other = (Account(place.server.user(f"p{uuid4().hex[:8]}"), "Awa") for _ in range(2))
    for account in (person, other):
        await place.homeserver.create_account(account, PASSWORD)
    room = await place.homeserver.create_room(place.desired.rooms["space"], {})
    async with place.server.person(other.user_id[1:].split(":")[0]):
        place.proxy.lose, place.proxy.times = lost, 3
        alias = {"alias": f"#{place.community}.other:{SERVER}"}
        await place.homeserver.set_state(room, "m.room.canonical_alias", "", alias)
        await place.homeserver.close_account(person.user_id, AccountClosure.DEACTIVATE)
        await place.homeserver.close_account(other.user_id, AccountClosure.LOCK)
    assert place.proxy.lost >= 1
    place.proxy.times = 0
    there = await place.homeserver.snapshot()
    assert there.rooms["space"].state["m.room.canonical_alias", ""] == alias
    assert there.accounts[person.user_id].closed is AccountClosure.DEACTIVATE
    assert there.accounts[other.user_id].closed is AccountClosure.LOCK


async def test_looking_costs_three_requests_and_writes_nothing(place: Place) -> None:
    await place.homeserver.create_room(place.desired.rooms["space"], {})
    await place.homeserver.snapshot()  # which learns that other tests' safe rooms are not this community's
    for _ in range(3):
        reads, writes = place.http.counts.reads, place.http.counts.writes
        await place.homeserver.snapshot()
        assert (place.http.counts.reads, place.http.counts.writes) == (reads + 3, writes)


@asynccontextmanager
async def _ordinary(place: Place, name: str) -> AsyncIterator[tuple[HomeserverClient, SynapseHomeserver]]:
    own = place.server.own
    async with place.server.person(name) as http:
        accounts = OwnAccounts(place.server.user(name), own.bot, own.break_glass)
        yield http, place.on(http, accounts)


async def test_a_session_that_has_ended_is_said_with_what_to_do(place: Place) -> None:
    async with _ordinary(place, f"p{uuid4().hex[:8]}") as (http, homeserver):
        await ClientApi(http).logout()
        for call in (homeserver.snapshot(), homeserver.create_room(place.desired.rooms["space"], {})):
            with pytest.raises(SessionEnded) as caught:
                await call
            assert str(caught.value) == (
                "The provisioner's session has ended: the homeserver no longer accepts its token. Run “palabre plan”"
                " or “palabre apply”: Palabre then gets another token with the registration secret."
            )


async def test_an_account_that_is_no_administrator_is_told_so(place: Place) -> None:
    name = f"p{uuid4().hex[:8]}"
    async with _ordinary(place, name) as (_, homeserver):
        person = Account(place.server.user("somebody"), "Somebody")
        for call in (
            homeserver.snapshot(),
            homeserver.create_account(person, PASSWORD),
            homeserver.join(RoomId("!r"), person.user_id),
            homeserver.close_account(person.user_id, AccountClosure.LOCK),
        ):
            with pytest.raises(NotAdministrator) as caught:
                await call
            assert str(caught.value) == (
                f"The account @{name}:{SERVER} must be an administrator of the homeserver. Make it one (in"
                " Synapse's admin API: “admin: true”), then try again."
            )


async def test_what_an_administrator_may_not_is_the_servers_own_refusal(place: Place) -> None:
    async with place.server.person(f"p{uuid4().hex[:8]}") as http:
        room = await ClientApi(http).create_room({"preset": "private_chat"})
    with pytest.raises(Forbidden):
        await place.homeserver.set_state(room, "m.room.topic", "", {"topic": "ours?"})
    person = Account(place.server.user(f"p{uuid4().hex[:8]}"), "Awa")
    await place.homeserver.create_account(person, PASSWORD)
    with pytest.raises(Forbidden):
        await place.homeserver.join(room, person.user_id)


async def safe_room(place: Place) -> tuple[dict[str, RoomId], Room, Room]:
    """Make a space and, in it, a room that calls itself safe, with somebody in it; return ids and how they are."""
    space = replace(place.desired.rooms["space"], gate=None)
    cafe = place.desired.rooms["cafe"]
    locator = {**cafe.state[LOCATOR_TYPE, ""], "safe": True}
    safe = replace(cafe, state={**cafe.state, (LOCATOR_TYPE, ""): locator})
    ids: dict[str, RoomId] = {}
    ids["space"] = await place.homeserver.create_room(space, ids)
    ids["cafe"] = await place.homeserver.create_room(safe, ids)
    await place.homeserver.join(ids["cafe"], place.server.own.bot)
    return ids, space, safe


async def test_a_safe_room_that_was_seen_half_made_is_seen_once_it_is_whole(
    place: Place,
) -> None:
    ids, _, safe = await safe_room(place)
    cafe = ids["cafe"]
    # As another process sees it that asked for its own rooms a moment earlier: not in it, not yet marked as safe.
    await place.homeserver.set_state(cafe, LOCATOR_TYPE, "", {**safe.state[LOCATOR_TYPE, ""], "safe": False})
    other = place.on(place.http)
    listed = [room for room in await AdminApi(place.http).rooms() if room.room_id == cafe]
    assert await other._left((), listed) == []
    await place.homeserver.set_state(cafe, LOCATOR_TYPE, "", safe.state[LOCATOR_TYPE, ""])
    await ClientApi(place.http).leave(cafe)
    assert (await other.snapshot()).rooms["cafe"].room_id == cafe


async def test_a_safe_room_that_the_servers_list_of_rooms_lacks_is_found_by_the_space_it_is_in(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids, _, _ = await safe_room(place)
    await place.homeserver.set_state(ids["space"], "m.space.child", ids["cafe"], {"via": [SERVER]})
    await ClientApi(place.http).leave(ids["cafe"])

    async def nothing(_self: AdminApi) -> tuple[ServerRoom, ...]:
        return ()

    # The list is of the server's statistics, which are late, or being counted anew, or off.
    monkeypatch.setattr(AdminApi, "rooms", nothing)
    assert (await place.homeserver.snapshot()).rooms["cafe"].room_id == ids["cafe"]


async def test_an_account_that_was_locked_is_locked_again_though_it_could_not_be_made_to_leave(
    place: Place,
) -> None:
    person = Account(place.server.user(f"p{uuid4().hex[:8]}"), "Awa")
    await place.homeserver.create_account(person, PASSWORD)
    room_id = await place.homeserver.create_room(place.desired.rooms["space"], {})
    await place.homeserver.join(room_id, person.user_id)
    await place.homeserver.close_account(person.user_id, AccountClosure.LOCK)
    place.proxy.lose, place.proxy.times = "/leave", 100
    with pytest.raises(HomeserverUnreachable):
        await place.homeserver.withdraw(room_id, person.user_id)
    assert (await place.homeserver.snapshot()).accounts[person.user_id].closed is AccountClosure.LOCK
