"""The only coordinator leaves, and the envelope with break-glass is opened: tried once, as docs/operator.md says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from matrix.admin import AdminApi
from matrix.client_api import ClientApi
from matrix.errors import UnknownToken
from matrix.http import Call, HomeserverClient
from matrix.ids import AccessToken, RoomId, UserId
from provisioning.provisioner import ApplyOptions, open_provisioner
from provisioning.snapshot import Membership
from tests.lib.descriptions import SMALL
from tests.lib.peer_client import until
from tests.lib.places import Place, make_place
from tests.lib.running import palabre
from tests.lib.synapse_server import SynapseServer, running_synapse

pytestmark = [pytest.mark.live, pytest.mark.timeout(600)]

ENVELOPE = "break-glass.json"


async def doctor(place: Place) -> set[str]:
    """Return the names of the faults of accounts."""
    _, out, _ = await palabre("doctor", "--json", *place.options)
    found = json.loads(out)["findings"]
    return {each["name"].partition("/@")[0] for each in found if each["name"].startswith("accounts/")}


async def powers(http: HomeserverClient, room_id: RoomId) -> dict[str, int]:
    path = f"/_matrix/client/v3/rooms/{room_id}/state/m.room.power_levels/"
    return dict((await http.send(Call("GET", path, "state"))).get("users", {}))


def described(place: Place, **changes: dict[str, str]) -> None:
    """Change members of the description by their first names."""
    path = place.config / "community.yaml"
    community = yaml.safe_load(path.read_text())
    for member in community["members"]:
        member.update(changes.get(member["username"].partition(".")[0], {}))
    path.write_text(yaml.safe_dump(community, allow_unicode=True))


async def test_the_only_coordinator_leaves_and_a_successor_is_made_also_without_the_provisioner(
    tmp_path: Path,
) -> None:
    with running_synapse(tmp_path / "synapse") as server:
        place = make_place(server, tmp_path, SMALL)
        async with open_provisioner(place.config, place.data) as provisioner:
            await provisioner.apply(ApplyOptions("test", force=True))
            actual = await provisioner.homeserver.snapshot()
        room_id = actual.rooms["announcements"].room_id
        assert room_id is not None
        moussa, claudine = server.user("moussa.keita"), server.user("claudine.uwase")
        async with server.provisioner() as http:
            assert (await powers(http, room_id))[moussa] >= 50
            # The only coordinator goes, without a word.
            await AdminApi(http).deactivate(moussa)

            async def has_left() -> bool:
                # The homeserver takes them out of one room after the other.
                return not {"join", "invite"} & set((await AdminApi(http).memberships_of(moussa)).values())

            await until(has_left, 60, "the homeserver to take the coordinator out of all rooms")

        # What the files say is enough, as long as the provisioner is there.
        described(place, moussa={"status": "left"}, claudine={"role": "coordinator"})
        code, out, error = await palabre("apply", "--yes", *place.options)
        assert code == 0, out + error
        async with open_provisioner(place.config, place.data) as provisioner:
            made, actual = await provisioner.plan()
        assert made.changes == ()
        assert actual.rooms["announcements"].members.get(moussa) not in {
            Membership.JOINED,
            Membership.INVITED,
        }
        async with server.provisioner() as http:
            held = await powers(http, room_id)
            assert held[claudine] >= 50
            assert moussa not in held

        await with_the_envelope(server, place, room_id, claudine)


async def with_the_envelope(server: SynapseServer, place: Place, room_id: RoomId, claudine: UserId) -> None:
    """Open it: break-glass mends what nobody else can, is seen, and is sealed anew."""
    envelope = json.loads(place.data.secret(ENVELOPE).read_text())
    async with server.provisioner() as http:
        # Somebody has taken the successor's power away.
        own = {**await powers(http, room_id)}
        path = f"/_matrix/client/v3/rooms/{room_id}/state/m.room.power_levels/"
        levels = await http.send(Call("GET", path, "state"))
        users = {user: level for user, level in own.items() if user != claudine}
        await http.send(Call("PUT", path, "state", {**levels, "users": users}))
        # It is in no room: an administrator puts it in.
        await AdminApi(http).join(room_id, server.own.break_glass)
    async with HomeserverClient(server.url) as glass:
        session = await ClientApi(glass).login(
            UserId(envelope["user_id"]), envelope["password"], device_name="the envelope"
        )
        glass.use_token(session.access_token)
        levels = await glass.send(Call("GET", path, "state"))
        levels["users"][claudine] = 100
        await glass.send(Call("PUT", path, "state", levels))
        assert (await powers(glass, room_id))[claudine] == 100
        # It does not stay hidden.
        assert await doctor(place) & {"accounts/break-glass-inside"} != set()
        await ClientApi(glass).leave(room_id)
    code, out, _ = await palabre("seal", *place.options)
    assert (code, "sealed anew" in out) == (0, True)
    async with HomeserverClient(server.url, AccessToken(session.access_token)) as glass:
        with pytest.raises(UnknownToken):
            await ClientApi(glass).whoami()
    # What is described holds again, and nothing is left of the visit.
    code, out, error = await palabre("apply", "--yes", *place.options)
    assert code == 0, out + error
    assert await doctor(place) == set()
