"""`--archive`, `--unlist` and `--in`, carried out on a real homeserver, and nothing besides what they name."""

from __future__ import annotations

from pathlib import Path

import pytest

from matrix.admin import AdminApi
from matrix.client_api import ClientApi
from matrix.ids import RoomId, UserId
from provisioning.provisioner import open_provisioner
from provisioning.snapshot import PRESENT, Membership, Snapshot
from provisioning.synapse_accounts import leave_as
from tests.lib.commands import Ran, palabre
from tests.lib.descriptions import SMALL
from tests.lib.places import Place, make_place
from tests.lib.synapse_server import SynapseServer

pytestmark = pytest.mark.live


async def applied(place: Place, *options: str) -> Ran:
    ran = await palabre("apply", "--yes", *options, *place.options)
    assert ran.code == 0, ran.err
    return ran


async def seen(place: Place) -> Snapshot:
    """Return what is there; nothing is left in the plan."""
    async with open_provisioner(place.config, place.data) as provisioner:
        made, actual = await provisioner.plan()
    assert made.changes == ()
    return actual


async def test_archive_closes_the_rooms_of_that_key_alone(
    synapse_server: SynapseServer, tmp_path: Path
) -> None:
    mine, other = (make_place(synapse_server, tmp_path / name, SMALL) for name in ("mine", "other"))
    for place in (mine, other):
        await applied(place)
    before = await seen(mine)
    planned = await palabre("plan", "--archive", other.community, *mine.options)
    assert f"under the key “{other.community}”" in (await palabre("plan", *mine.options)).out
    ran = await applied(mine, "--archive", other.community)
    assert planned.out.split("Digest")[0].strip() in ran.out
    after = await seen(mine)
    # What was made under the other key is archived: nobody writes there any more, and no space of ours lists it.
    async with open_provisioner(other.config, other.data) as provisioner:
        there = await provisioner.homeserver.snapshot()
    assert len(there.rooms) >= len(before.rooms)
    for room in there.rooms.values():
        assert room.is_archived, room.key
        assert room.is_space or room.state["m.room.power_levels", ""]["events_default"] >= 50
    assert (after.rooms.keys(), any(room.is_archived for room in after.rooms.values())) == (
        before.rooms.keys(),
        False,
    )
    assert f"under the key “{other.community}”" not in (await palabre("plan", *mine.options)).out


async def test_unlist_takes_a_foreign_room_out_of_our_spaces(
    synapse_server: SynapseServer, tmp_path: Path
) -> None:
    place = make_place(synapse_server, tmp_path, SMALL)
    await applied(place)
    spaces = [room for room in (await seen(place)).rooms.values() if room.is_space]
    async with synapse_server.provisioner() as http, synapse_server.person("foreigner") as theirs:
        foreign = await ClientApi(theirs).create_room({"preset": "private_chat"})
        kept = await ClientApi(theirs).create_room({"preset": "private_chat"})
        for room_id in (foreign, kept):
            for space in spaces[:2]:
                assert space.room_id is not None
                content = {"via": [synapse_server.own.server]}
                await ClientApi(http).send_state(space.room_id, "m.space.child", content, room_id)
    ran = await applied(place, "--unlist", foreign)
    assert foreign in ran.out
    listed = {room for space in (await seen(place)).rooms.values() for room in space.unknown_children}
    assert listed == {kept}


async def test_in_asks_somebody_again_into_that_room_alone(
    synapse_server: SynapseServer, tmp_path: Path
) -> None:
    place = make_place(synapse_server, tmp_path, SMALL)
    name = place.rename("awa.diallo")
    user = UserId(f"@{name}:{synapse_server.own.server}")
    await applied(place)
    before = await seen(place)
    joined = sorted(key for key, room in before.rooms.items() if room.members.get(user) is Membership.JOINED)
    assert {"lobby", "space"} < set(joined)
    async with synapse_server.provisioner() as http:
        for key in joined:
            room_id = before.rooms[key].room_id
            assert room_id is not None
            await leave_as(synapse_server.url, AdminApi(http), user, RoomId(room_id))
    # Nobody is put back into a room that they have left.
    await applied(place)
    assert rooms_of(user, await seen(place)) & set(joined) == set()
    await applied(place, "--again", name, "--in", "lobby")
    assert rooms_of(user, await seen(place)) & set(joined) == {"lobby"}


def rooms_of(user: UserId, actual: Snapshot) -> set[str]:
    """Return the keys of the rooms that somebody is in, or is invited to."""
    return {key for key, room in actual.rooms.items() if room.members.get(user) in PRESENT}
