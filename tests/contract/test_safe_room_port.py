"""What the homeserver port does for safe rooms, in memory and on a real Synapse."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from matrix.ids import RoomId
from provisioning.creation import resolved
from provisioning.errors import NeedsKeepers, NotAsDescribed
from provisioning.snapshot import Account, AccountClosure, Content, Membership, Room, StateKey
from provisioning.topology import topology
from tests.lib.descriptions import SETTINGS, small
from tests.lib.homeserver_bench import Bench, localpart, new_person
from tests.lib.memory_homeserver import OWN, SERVER

GATE = "space.safe.talk"
LOBBY = {"key": "lobby", "for": "community", "policy": "lobby", "name": "Lobby", "topic": "Lobby"}


class SafeBench:
    """A safe room and its gate, just made, with two keepers described in it."""

    def __init__(self, bench: Bench, keepers: tuple[Account, Account], room: Room, ids: Mapping[str, RoomId]):
        self.homeserver = bench.homeserver
        self.outside = bench.outside
        self.keepers = keepers
        self.room = room
        self.ids = ids
        self.room_id = ids["talk"]

    @property
    def state(self) -> dict[StateKey, Content]:
        return dict(resolved(key, content, self.ids) for key, content in self.room.state.items())

    async def there(self) -> Room:
        return (await self.homeserver.snapshot()).rooms["talk"]

    async def hand_over(self) -> None:
        for keeper in self.keepers:
            await self.homeserver.join(self.room_id, keeper.user_id)
        await self.homeserver.ban(self.room_id, OWN.bot)
        await self.homeserver.leave(self.room_id, self.state)


@pytest.fixture
async def safe(bench: Bench) -> SafeBench:
    first, second = await new_person(bench), await new_person(bench)
    names = [localpart(account.user_id) for account in (first, second)]
    who = [{"people": names, "may": ["moderate"]}]
    talk = {"key": "talk", "for": "single", "policy": "safe", "who": who, "name": "Talk", "topic": "Talk"}
    members = [
        {"username": name, "name": name, "role": "city-lead", "city": "kigali", "languages": ["fr"]}
        for name in names
    ]
    parts = {"rooms": [LOBBY, talk], "members": members, "themes": [], "cohorts": []}
    desired = topology(small(key=bench.community, **parts).community, SETTINGS)
    ids: dict[str, RoomId] = {}
    for key in ("space", GATE, "talk"):
        ids[key] = await bench.homeserver.create_room(desired.rooms[key], ids)
    return SafeBench(bench, (first, second), desired.rooms["talk"], ids)


async def test_a_safe_room_and_its_gate_have_no_alias_and_read_back_as_described(safe: SafeBench) -> None:
    for key in (GATE, "talk"):
        assert await safe.outside.aliases(safe.ids[key]) == set()
    room = await safe.there()
    assert dict(room.state) == dict(safe.room.state)
    assert room.inside
    assert not room.federated


async def test_a_safe_room_made_twice_by_a_lost_answer_is_one_room(safe: SafeBench) -> None:
    rooms = (await safe.homeserver.snapshot()).rooms
    assert {key: room.room_id for key, room in rooms.items()} == safe.ids


async def test_the_provisioner_stays_until_two_keepers_have_joined(safe: SafeBench) -> None:
    await safe.homeserver.ban(safe.room_id, OWN.bot)
    for keeper in safe.keepers:
        with pytest.raises(NeedsKeepers, match="Two keepers must have joined talk"):
            await safe.homeserver.leave(safe.room_id, safe.state)
        assert (await safe.there()).inside
        await safe.homeserver.join(safe.room_id, keeper.user_id)
    await safe.homeserver.leave(safe.room_id, safe.state)
    assert not (await safe.there()).inside


async def test_the_provisioner_stays_while_the_room_is_not_as_described(safe: SafeBench) -> None:
    for keeper in safe.keepers:
        await safe.homeserver.join(safe.room_id, keeper.user_id)
    with pytest.raises(NotAsDescribed, match="talk is not as described yet"):
        await safe.homeserver.leave(safe.room_id, safe.state)  # the bot could come in
    await safe.homeserver.ban(safe.room_id, OWN.bot)
    wrong = {**safe.state, ("m.room.history_visibility", ""): {"history_visibility": "shared"}}
    with pytest.raises(NotAsDescribed):
        await safe.homeserver.leave(safe.room_id, wrong)
    assert (await safe.there()).inside


async def test_a_room_that_was_left_is_read_from_outside_and_may_be_left_again(safe: SafeBench) -> None:
    await safe.hand_over()
    await safe.homeserver.leave(safe.room_id, safe.state)
    room = await safe.there()
    assert (room.room_id, room.inside) == (safe.room_id, False)
    assert dict(room.state) == dict(safe.room.state)
    assert room.members[OWN.bot] is Membership.BANNED
    assert {user for user, stands in room.members.items() if stands is Membership.JOINED} == {
        keeper.user_id for keeper in safe.keepers
    }


async def test_another_room_that_the_provisioner_has_left_is_not_read(safe: SafeBench, bench: Bench) -> None:
    lobby = await safe.homeserver.create_room(
        topology(small(key=bench.community).community, SETTINGS).rooms["lobby"], safe.ids
    )
    await safe.homeserver.join(lobby, safe.keepers[0].user_id)
    await safe.outside.member(lobby, "palabre-provisioner", OWN.provisioner, "leave")
    assert "lobby" not in (await safe.homeserver.snapshot()).rooms


@pytest.mark.parametrize("locked", [False, True])
async def test_somebody_is_made_to_leave_from_outside(safe: SafeBench, locked: bool) -> None:
    await safe.hand_over()
    leaver = safe.keepers[0].user_id
    if locked:
        await safe.homeserver.close_account(leaver, AccountClosure.LOCK)
    devices = await safe.outside.devices(leaver)
    for _ in range(2):
        await safe.homeserver.withdraw(safe.room_id, leaver)
        snapshot = await safe.homeserver.snapshot()
        assert snapshot.rooms["talk"].members[leaver] is Membership.LEFT
        assert snapshot.accounts[leaver].closed is (AccountClosure.LOCK if locked else None)
        assert await safe.outside.devices(leaver) == devices


async def test_an_invitation_into_a_safe_room_is_refused_from_outside(safe: SafeBench, bench: Bench) -> None:
    await safe.hand_over()
    guest = await new_person(bench)
    keeper = localpart(safe.keepers[0].user_id)
    await safe.outside.member(safe.room_id, keeper, guest.user_id, "invite")
    assert (await safe.there()).members[guest.user_id] is Membership.INVITED
    await safe.homeserver.withdraw(safe.room_id, guest.user_id)
    assert (await safe.there()).members[guest.user_id] is Membership.LEFT


async def test_nobody_is_made_to_leave_who_was_never_there(safe: SafeBench, bench: Bench) -> None:
    await safe.hand_over()
    stranger = await new_person(bench)
    await safe.homeserver.withdraw(safe.room_id, stranger.user_id)
    assert stranger.user_id not in (await safe.there()).members


async def test_a_renamed_safe_room_has_its_new_key_and_no_alias(safe: SafeBench) -> None:
    locator = {**safe.room.state["org.palabre.room", ""], "key": "frank"}
    frank = replace(safe.room, key="frank", state={**safe.room.state, ("org.palabre.room", ""): locator})
    await safe.homeserver.rename_room(safe.room_id, frank, was="talk")
    rooms = (await safe.homeserver.snapshot()).rooms
    assert rooms["frank"].room_id == safe.room_id
    assert await safe.outside.aliases(safe.room_id) == set()


async def test_an_emptied_canonical_alias_takes_the_aliases_away(safe: SafeBench, bench: Bench) -> None:
    alias = {"alias": f"#{bench.community}.talk:{SERVER}"}
    await safe.homeserver.set_state(safe.room_id, "m.room.canonical_alias", "", alias)
    assert await safe.outside.aliases(safe.room_id) == {alias["alias"]}
    await safe.homeserver.set_state(safe.room_id, "m.room.canonical_alias", "", {})
    assert await safe.outside.aliases(safe.room_id) == set()
    assert dict((await safe.there()).state) == dict(safe.room.state)
