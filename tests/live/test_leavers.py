"""Somebody leaves, somebody becomes an alumna: with real clients, what they can read of what is said next."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import yaml

from community.core.messages import translator
from matrix.admin import AdminApi
from matrix.ids import UserId
from provisioning.provisioner import ApplyOptions, open_provisioner
from provisioning.snapshot import Membership
from tests.lib.descriptions import SMALL
from tests.lib.peer_client import Peer, PeerError, open_peer, until
from tests.lib.places import Place, make_place
from tests.lib.synapse_server import SynapseServer

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]

ROLES = ("anna", "bo", "cy", "dee")
ORDER = ApplyOptions("test", force=True)


@dataclass
class Scene:
    """Four people with a client each, in the lobby of a community of their own."""

    server: SynapseServer
    place: Place
    room_id: str
    users: dict[str, UserId]
    peers: dict[str, Peer]

    async def becomes(self, **statuses: str) -> list[str]:
        """Change people's statuses in the description and apply; return the plan's lines."""
        path = self.place.config / "community.yaml"
        described = yaml.safe_load(path.read_text())
        for member in described["members"]:
            for name, status in statuses.items():
                if member["username"].startswith(f"{name}."):
                    member["status"] = status
        path.write_text(yaml.safe_dump(described, allow_unicode=True))
        async with open_provisioner(self.place.config, self.place.data) as provisioner:
            applied = await provisioner.apply(ORDER)
        return list(applied.plan.lines(translator("en", [])))

    async def says(self, name: str, text: str) -> str:
        """Have somebody say something; return its event id."""
        return await self.peers[name].ask(self.room_id, text)

    async def sees(self, name: str, event_id: str) -> dict[str, Any]:
        """Return a message as somebody's client shows it."""

        async def look() -> dict[str, Any] | None:
            messages = await self.peers[name].call("backfill", roomId=self.room_id)
            return next((m for m in messages if m["eventId"] == event_id), None)

        found: dict[str, Any] = await until(look, 30, f"the message at {name}'s")
        return found

    async def knows(self, name: str, members: int) -> None:
        """Wait until somebody's client knows who is in the room: it encrypts for those."""

        async def look() -> bool:
            # The provisioner and the bot are in it too.
            return len(await self.peers[name].call("members", roomId=self.room_id)) == members + 2

        await until(look, 30, f"{name} to know {members} members")


@asynccontextmanager
async def scene(server: SynapseServer, folder: Path) -> AsyncIterator[Scene]:
    place = make_place(server, folder, SMALL)
    mark = uuid4().hex[:6]
    path = place.config / "community.yaml"
    described = yaml.safe_load(path.read_text())
    described["members"] = [
        {
            "username": f"{name}.{mark}",
            "name": name,
            "role": "city-lead",
            "city": "kigali",
            "languages": ["en"],
        }
        for name in ROLES
    ]
    friends = {
        "key": "friends",
        "for": "community",
        "policy": "closed",
        "name": "Friends",
        "topic": "Friends",
    }
    # Who comes back sees that something was said: not so in a lobby as it is unless described otherwise.
    next(room for room in described["rooms"] if room["key"] == "lobby")["history"] = "shared"
    described["rooms"].append({**friends, "bots": False, "who": [{"status": ["active", "alumni"]}]})
    path.write_text(yaml.safe_dump(described, allow_unicode=True))
    (place.config / "directory.yaml").write_text("version: 1\n")
    (place.config / "calendar.yaml").write_text("version: 1\n")
    async with open_provisioner(place.config, place.data) as provisioner:
        await provisioner.apply(ORDER)
        lobby = (await provisioner.homeserver.snapshot()).rooms["lobby"]
    passwords = {a["user_id"]: a["password"] for a in json.loads(place.data.sign_in.read_text())["accounts"]}
    async with AsyncExitStack() as stack:
        peers: dict[str, Peer] = {}
        users = {name: server.user(f"{name}.{mark}") for name in ROLES}
        async with server.provisioner() as http:
            for user in users.values():
                await AdminApi(http).lift_rate_limit(user)
        for name in ROLES:
            peers[name] = await stack.enter_async_context(open_peer())
            await peers[name].login(server.url, users[name], passwords[users[name]])
        yield Scene(server, place, str(lobby.room_id), users, peers)


async def test_who_has_left_and_who_is_an_alumna_get_no_key_of_what_is_said_then(
    synapse_server: SynapseServer, tmp_path: Path
) -> None:
    async with scene(synapse_server, tmp_path) as at:
        await at.knows("anna", 4)
        before = await at.says("anna", "to the four of us")
        for name in ("bo", "cy", "dee"):
            seen = await at.sees(name, before)
            assert (seen["failure"], seen["shieldColour"]) == (None, 0)

        lines = await at.becomes(cy="left", dee="alumni")
        assert f"- account {at.users['cy']}: sessions ended, account deactivated" in lines
        await at.knows("anna", 2)
        after = await at.says("anna", "to the two of us")
        seen = await at.sees("bo", after)
        assert (seen["failure"], seen["shieldColour"]) == (None, 0)
        sessions = [(await at.sees("anna", event))["outer"]["session_id"] for event in (before, after)]
        assert sessions[0] != sessions[1]

        # Her session is gone, and she cannot begin another.
        status, _ = await at.peers["cy"].request("GET", "/_matrix/client/v3/account/whoami")
        assert status in (401, 403)
        async with open_peer() as anew:
            with pytest.raises(PeerError):
                await anew.login(synapse_server.url, at.users["cy"], "whatever-it-was")

        # The alumna keeps her account and the alumni's room, and no other.
        async with open_provisioner(at.place.config, at.place.data) as provisioner:
            rooms = (await provisioner.homeserver.snapshot()).rooms
            again, _ = await provisioner.plan()
        assert again.changes == ()
        present = (Membership.JOINED, Membership.INVITED)
        assert {k for k, r in rooms.items() if r.members.get(at.users["dee"]) in present} == {
            "friends",
            "space.alumni",
        }
        assert not any(r.members.get(at.users["cy"]) in present for r in rooms.values())

        # Back again, she sees that something was said meanwhile, and cannot read it: its key was never hers.
        await at.becomes(dee="active")
        await at.knows("anna", 3)
        hidden = await at.sees("dee", after)
        assert hidden["failure"] is not None
        back = await at.says("anna", "to the three of us")
        seen = await at.sees("dee", back)
        assert (seen["failure"], seen["shieldColour"]) == (None, 0)
