"""A safe room under attack: who can read it, who can enter it, and what those in it see of that."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any
from uuid import uuid4

import pytest
import yaml

from community.accounts.faults import AccountFault, FaultKind
from community.core.messages import translator
from matrix.admin import AdminApi
from matrix.client_api import ClientApi
from matrix.errors import Forbidden, MatrixRequestError
from matrix.http import Call, HomeserverClient
from matrix.ids import EventId, RoomId, UserId
from provisioning.account_watch import find_faults
from provisioning.provisioner import ApplyOptions, Provisioner, open_provisioner
from provisioning.safe_rooms import Phase
from provisioning.snapshot import Membership
from tests.lib.descriptions import SMALL
from tests.lib.peer_client import Peer, open_peer, until
from tests.lib.places import Place, make_place
from tests.lib.synapse_server import PASSWORD, SynapseServer

pytestmark = [pytest.mark.live, pytest.mark.timeout(240)]

ORDER = ApplyOptions("test", force=True)
ENGLISH = translator("en", [])
KEEPERS = ("ana", "bo")
PEOPLE = (*KEEPERS, "cy", "dee")
NAME = "Frank talk"
STRICT = {"ana": True, "bo": False, "cy": True, "dee": False}
"""Whose client gives keys to signed devices alone, and whose to all, as clients do by default today."""


@dataclass
class Scene:
    """Two keepers and two members of a safe room that its keepers hold, each with a client."""

    server: SynapseServer
    place: Place
    users: dict[str, UserId]
    room_id: RoomId
    gate_id: RoomId | None
    peers: dict[str, Peer]

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Provisioner]:
        async with open_provisioner(self.place.config, self.place.data) as provisioner:
            yield provisioner

    def describe(self, name: str, **values: str) -> None:
        """Change what the description says of somebody."""
        path = self.place.config / "community.yaml"
        described = yaml.safe_load(path.read_text())
        member = next(m for m in described["members"] if m["username"].startswith(f"{name}."))
        member.update(values)
        path.write_text(yaml.safe_dump(described, allow_unicode=True))

    def describe_room(self, **values: Any) -> None:
        """Change what the description says of the room."""
        path = self.place.config / "community.yaml"
        described = yaml.safe_load(path.read_text())
        described["rooms"][1].update(values)
        path.write_text(yaml.safe_dump(described, allow_unicode=True))

    async def apply(self) -> list[str]:
        """Apply the description; return the plan's lines."""
        async with self.opened() as provisioner:
            return list((await provisioner.apply(ORDER)).plan.lines(ENGLISH))

    async def says(self, name: str, text: str) -> str:
        return await self.peers[name].ask(self.room_id, text)

    async def sees(self, name: str, event_id: str) -> Any:
        """Return a message as somebody's client shows it."""

        async def look() -> Any:
            messages = await self.peers[name].messages(self.room_id)
            return next((m for m in messages if m["eventId"] == event_id), None)

        return await until(look, 30, f"the message at {name}'s")

    async def knows(self, name: str, *others: UserId) -> None:
        """Wait until somebody's client shows exactly these people in the room."""

        async def look() -> bool:
            there = await self.peers[name].call("members", roomId=self.room_id)
            return set(there) == set(others)

        await until(look, 30, f"{name} to see {sorted(others)}")

    async def enter(self, name: str) -> None:
        await self.peers[name].call("join", roomId=self.room_id)


@asynccontextmanager
async def scene(
    server: SynapseServer, folder: Path, talk_as: Mapping[str, Any] = MappingProxyType({})
) -> AsyncIterator[Scene]:
    place = make_place(server, folder, SMALL)
    mark = uuid4().hex[:6]
    path = place.config / "community.yaml"
    described = yaml.safe_load(path.read_text())
    described["members"] = [
        {"username": f"{n}.{mark}", "name": n, "role": "city-lead", "city": "kigali", "languages": ["en"]}
        for n in PEOPLE
    ]
    keepers = {"people": [f"{name}.{mark}" for name in KEEPERS], "may": ["moderate"]}
    talk = {"key": "talk", "for": "community", "policy": "safe", "name": NAME, "topic": "Between us"}
    described["rooms"] = [
        described["rooms"][0],
        {**talk, "who": [{"roles": ["city-lead"]}, keepers], **talk_as},
    ]
    described |= {"themes": [], "cohorts": []}
    path.write_text(yaml.safe_dump(described, allow_unicode=True))
    for name in ("directory.yaml", "calendar.yaml"):
        (place.config / name).write_text("version: 1\n")
    async with open_provisioner(place.config, place.data) as provisioner:
        await provisioner.apply(ORDER)
        made, actual = await provisioner.plan()
        assert made.changes == ()
        assert [safe.phase for safe in made.safe] == ([] if talk_as else [Phase.COMPLETE])
        room_id, gate = actual.rooms["talk"].room_id, actual.rooms.get("space.safe.talk")
    assert room_id is not None
    gate_id = None if gate is None else gate.room_id
    passwords = {a["user_id"]: a["password"] for a in json.loads(place.data.sign_in.read_text())["accounts"]}
    async with AsyncExitStack() as stack:
        users = {name: server.user(f"{name}.{mark}") for name in PEOPLE}
        peers: dict[str, Peer] = {}
        async with server.provisioner() as http:
            for user in users.values():
                await AdminApi(http).lift_rate_limit(user)
        for name, user in users.items():
            peers[name] = await stack.enter_async_context(open_peer())
            await peers[name].login(server.url, user, passwords[user], strict=STRICT[name])
        yield Scene(server, place, users, room_id, gate_id, peers)


async def hierarchy(peer: Peer, room_id: str) -> dict[str, Any]:
    """Return what a space shows somebody: its rooms by id."""
    status, body = await peer.request("GET", f"/_matrix/client/v1/rooms/{room_id}/hierarchy")
    assert status == 200, body
    return {room["room_id"]: room for room in body["rooms"]}


async def test_a_member_finds_the_room_in_its_gate_and_enters_by_themselves(
    synapse_server: SynapseServer, tmp_path: Path
) -> None:
    async with scene(synapse_server, tmp_path) as at:
        gates = [room for room in await at.peers["cy"].rooms() if room["roomId"] == at.gate_id]
        assert [(gate["membership"], gate["isSpace"], gate["alias"]) for gate in gates] == [
            ("join", True, None)
        ]
        assert (await hierarchy(at.peers["cy"], str(at.gate_id)))[at.room_id]["name"] == NAME
        await at.enter("cy")
        await at.knows("ana", at.users["ana"], at.users["bo"], at.users["cy"])
        event_id = await at.says("ana", "among us")
        for name in ("bo", "cy"):
            seen = await at.sees(name, event_id)
            assert (seen["failure"], seen["content"]["body"]) == (None, "among us")
        async with at.opened() as provisioner:
            made, actual = await provisioner.plan()
        assert made.changes == ()
        assert at.server.own.provisioner not in {
            user for user, stands in actual.rooms["talk"].members.items() if stands is Membership.JOINED
        }


async def test_whoever_has_the_provisioners_file_reads_nothing_and_is_seen_where_they_enter(
    synapse_server: SynapseServer, tmp_path: Path
) -> None:
    async with scene(synapse_server, tmp_path) as at:
        await at.enter("cy")
        await at.knows("ana", at.users["ana"], at.users["bo"], at.users["cy"])
        before = await at.says("ana", "before the thief")
        async with at.server.provisioner() as http:
            path = f"/_matrix/client/v3/rooms/{at.room_id}"
            with pytest.raises(MatrixRequestError):
                await http.send(Call("GET", f"{path}/event/{before}", "rooms/event"))
            # From outside nobody of the server's can be put into it.
            for user in (at.server.own.bot, at.server.own.break_glass, at.server.own.provisioner):
                with pytest.raises(MatrixRequestError):
                    await AdminApi(http).join(at.room_id, user)
            make = f"/_synapse/admin/v1/rooms/{at.room_id}/make_room_admin"
            with pytest.raises(MatrixRequestError):
                await http.send(Call("POST", make, "admin/rooms", {"user_id": at.server.own.provisioner}))
            # It can enter while a keeper is in; but not unseen, and what was said before stays closed to it.
            await ClientApi(http).join(at.room_id)
            there = {*(at.users[name] for name in ("ana", "bo", "cy")), at.server.own.provisioner}
            for name in ("ana", "bo", "cy"):
                await at.knows(name, *there)
            with pytest.raises(MatrixRequestError):
                await http.send(Call("GET", f"{path}/event/{before}", "rooms/event"))
        left, *_ = await at.apply()
        assert left == "~ talk: left to its keepers by the provisioner"
        await at.knows("cy", *(at.users[name] for name in ("ana", "bo", "cy")))


async def test_who_is_signed_in_as_somebody_by_the_admin_api_gets_no_key(
    synapse_server: SynapseServer, tmp_path: Path
) -> None:
    async with scene(synapse_server, tmp_path) as at:
        await at.enter("cy")
        await at.knows("ana", at.users["ana"], at.users["bo"], at.users["cy"])
        event_id = await at.says("ana", "not for the server")
        async with at.server.provisioner() as http:
            path = f"/_synapse/admin/v1/users/{at.users['cy']}/login"
            token = (await http.send(Call("POST", path, "admin/login", {})))["access_token"]
        async with HomeserverClient(at.server.url, token) as http:
            event = await ClientApi(http).event(at.room_id, EventId(event_id))
            assert event["type"] == "m.room.encrypted"
            assert "not for the server" not in json.dumps(event)
            # Such a token belongs to no device, so nobody can share a key with it.
            with pytest.raises(MatrixRequestError):
                await ClientApi(http).upload_keys({"device_keys": {}})


async def test_break_glass_cannot_enter_by_itself(synapse_server: SynapseServer, tmp_path: Path) -> None:
    async with scene(synapse_server, tmp_path) as at:
        async with HomeserverClient(at.server.url) as http:
            session = await ClientApi(http).login(at.server.own.break_glass, PASSWORD, device_name="test")
            http.use_token(session.access_token)
            with pytest.raises(Forbidden):
                await ClientApi(http).join(at.room_id)
            await ClientApi(http).logout()
        await at.knows("ana", at.users["ana"], at.users["bo"])


async def test_nobody_outside_the_gate_learns_that_there_is_a_room(
    synapse_server: SynapseServer, tmp_path: Path
) -> None:
    async with scene(synapse_server, tmp_path) as at:
        at.describe("dee", role="coordinator")
        assert f"- space.safe.talk: {at.users['dee']} removed" in await at.apply()
        dee = at.peers["dee"]
        async with at.opened() as provisioner:
            root = (await provisioner.homeserver.snapshot()).rooms["space"].room_id
        shown = await hierarchy(dee, str(root))
        assert not {at.room_id, at.gate_id} & shown.keys()
        assert NAME not in json.dumps(shown)
        for room_id in (at.room_id, at.gate_id):
            for path in (f"v1/room_summary/{room_id}", f"v1/rooms/{room_id}/hierarchy"):
                status, body = await dee.request("GET", f"/_matrix/client/{path}")
                assert status in (403, 404)
                assert NAME not in json.dumps(body)
        for key in ("talk", "space.safe.talk"):
            alias = f"%23{at.place.community}.{key}:palabre.localhost"
            status, _ = await dee.request("GET", f"/_matrix/client/v3/directory/room/{alias}")
            assert status == 404
        status, _ = await dee.request("POST", f"/_matrix/client/v3/join/{at.room_id}", {})
        assert status in (403, 404)


async def test_who_no_longer_belongs_is_taken_out_from_outside_and_can_come_back_when_they_belong_again(
    synapse_server: SynapseServer, tmp_path: Path
) -> None:
    async with scene(synapse_server, tmp_path) as at:
        for name in ("cy", "dee"):
            await at.enter(name)
        await at.knows("ana", *at.users.values())
        at.describe("dee", role="coordinator")
        lines = await at.apply()
        assert [line for line in lines if line.endswith("removed")] == [
            f"- space.safe.talk: {at.users['dee']} removed",
            f"- talk: {at.users['dee']} removed",
        ]
        await at.knows("ana", *(at.users[name] for name in ("ana", "bo", "cy")))
        event_id = await at.says("ana", "without her")
        assert (await at.sees("cy", event_id))["failure"] is None
        status, _ = await at.peers["dee"].request("POST", f"/_matrix/client/v3/join/{at.room_id}", {})
        assert status == 403
        async with at.server.provisioner() as http:
            assert len(await AdminApi(http).devices(at.users["dee"])) == 1
        at.describe("dee", role="city-lead")
        assert f"+ space.safe.talk: {at.users['dee']} let in" in await at.apply()
        await at.enter("dee")
        await at.knows("ana", *at.users.values())


async def test_a_keeper_changes_no_rule_and_a_kick_alone_is_undone_by_rejoining(
    synapse_server: SynapseServer, tmp_path: Path
) -> None:
    async with scene(synapse_server, tmp_path) as at:
        await at.enter("cy")
        await at.knows("ana", at.users["ana"], at.users["bo"], at.users["cy"])
        path = f"/_matrix/client/v3/rooms/{at.room_id}"
        _, powers = await at.peers["ana"].request("GET", f"{path}/state/m.room.power_levels/")
        more = {**powers, "users": {**powers["users"], at.users["cy"]: 50}}
        for event_type, content in (
            ("m.room.power_levels", more),
            ("m.room.history_visibility", {"history_visibility": "shared"}),
            ("m.room.join_rules", {"join_rule": "public"}),
            ("m.room.name", {"name": "Open"}),
            ("m.room.pinned_events", {"pinned": []}),
            ("org.palabre.room", {"key": "lobby", "kind": "room"}),
        ):
            status, _ = await at.peers["ana"].request("PUT", f"{path}/state/{event_type}/", content)
            assert status == 403, event_type
        status, _ = await at.peers["ana"].request("POST", f"{path}/kick", {"user_id": at.users["cy"]})
        assert status == 200
        await at.enter("cy")
        status, _ = await at.peers["ana"].request("POST", f"{path}/ban", {"user_id": at.users["cy"]})
        assert status == 200
        status, _ = await at.peers["cy"].request("POST", f"/_matrix/client/v3/join/{at.room_id}", {})
        assert status == 403


async def test_whom_a_keeper_lets_in_past_the_gate_is_told_of_and_taken_out(
    synapse_server: SynapseServer, tmp_path: Path
) -> None:
    async with scene(synapse_server, tmp_path) as at:
        keepers = [at.users[name].removeprefix("@").partition(":")[0] for name in KEEPERS]
        at.describe_room(who=[{"people": keepers, "may": ["moderate"]}])
        await at.apply()
        path = f"/_matrix/client/v3/rooms/{at.room_id}/invite"
        assert (await at.peers["ana"].request("POST", path, {"user_id": at.users["cy"]}))[0] == 200
        await at.enter("cy")
        past = AccountFault(FaultKind.PAST_GATE, at.users["cy"], NAME)
        async with at.opened() as provisioner:
            assert past in (await find_faults(provisioner, *await provisioner.plan())).faults
        assert f"- talk: {at.users['cy']} removed" in await at.apply()
        async with at.opened() as provisioner:
            assert past not in (await find_faults(provisioner, *await provisioner.plan())).faults


async def test_a_room_of_before_becomes_safe_and_nobody_loses_it_or_a_message(
    synapse_server: SynapseServer, tmp_path: Path
) -> None:
    async with scene(
        synapse_server, tmp_path, {"policy": "closed", "bots": False, "history": "joined"}
    ) as at:
        for name in PEOPLE:
            await at.enter(name)
        await at.knows("ana", *at.users.values(), at.server.own.provisioner)
        before = await at.says("ana", "under the old rules")
        for name in ("bo", "cy"):
            assert (await at.sees(name, before))["content"]["body"] == "under the old rules"
        at.describe_room(policy="safe", bots=False, history="joined")
        lines = await at.apply()
        assert "~ talk: left to its keepers by the provisioner" in lines
        async with at.opened() as provisioner:
            made, actual = await provisioner.plan()
        assert made.changes == ()
        assert actual.rooms["talk"].room_id == at.room_id
        await at.knows("cy", *at.users.values())
        assert (await at.sees("cy", before))["content"]["body"] == "under the old rules"
        after = await at.says("dee", "under the new rules")
        for name in ("ana", "bo", "cy"):
            assert (await at.sees(name, after))["content"]["body"] == "under the new rules"
        alias = f"%23{at.place.community}.talk:palabre.localhost"
        status, _ = await at.peers["cy"].request("GET", f"/_matrix/client/v3/directory/room/{alias}")
        assert status == 404


async def test_without_keepers_members_go_on_and_the_plan_offers_a_successor(
    synapse_server: SynapseServer, tmp_path: Path
) -> None:
    async with scene(synapse_server, tmp_path) as at:
        await at.enter("cy")
        path = f"/_matrix/client/v3/rooms/{at.room_id}/leave"
        await at.peers["ana"].request("POST", path, {})
        async with at.opened() as provisioner:
            thin, _ = await provisioner.plan()
        assert [ENGLISH(note) for note in thin.notes if "one keeper left" in note.msgid]
        at.describe("bo", status="left")
        lines = await at.apply()
        assert f"- account {at.users['bo']}: sessions ended, account locked" in lines
        assert (
            f"! talk: {at.users['bo']} is its last keeper and stays until another keeper has joined" in lines
        )
        await at.enter("dee")  # newcomers can still come in
        await at.knows("cy", *(at.users[name] for name in ("bo", "cy", "dee")))
        await at.enter("ana")  # a keeper who comes back is one again
        assert f"- talk: {at.users['bo']} removed" in await at.apply()
        await at.knows("cy", *(at.users[name] for name in ("ana", "cy", "dee")))
        await at.peers["ana"].request("POST", path, {})
        async with at.opened() as provisioner:
            locked, _ = await provisioner.plan()
        assert [safe.phase for safe in locked.safe] == [Phase.LOCKED]
        assert locked.changes == ()
        await at.knows("cy", at.users["cy"], at.users["dee"])
        event_id = await at.says("cy", "we go on")
        assert (await at.sees("dee", event_id))["content"]["body"] == "we go on"
