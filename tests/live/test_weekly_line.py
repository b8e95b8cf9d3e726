"""The weekly line, from the service's look to what a coordinator's strict client reads in the coordinators' room."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from community.core.messages import translator
from community.core.zones import ZoneInfo
from community.jobs.weekly_text import Concern, weekly_sentences
from community.storage import Store
from matrix.http import Call
from matrix.ids import RoomId
from provisioning.provisioner import ApplyOptions, open_provisioner
from tests.lib.asking import visible
from tests.lib.bot_process import bot_process
from tests.lib.descriptions import SMALL
from tests.lib.forked import ROOT
from tests.lib.gates import told
from tests.lib.peer_client import Peer, open_peer, until
from tests.lib.places import Place, make_place
from tests.lib.serving import serving
from tests.lib.synapse_server import SynapseServer, running_synapse

pytestmark = [pytest.mark.live, pytest.mark.timeout(600)]

COORDINATOR = "moussa.keita"
COORDINATION = {
    "key": "coordination",
    "for": "community",
    "policy": "closed",
    "roles": ["coordinator"],
    "name": "Coordination",
    "topic": "Entre nous",
}


def describe(place: Place, *rooms: Mapping[str, object]) -> None:
    """Add rooms to the description."""
    path = place.config / "community.yaml"
    community = yaml.safe_load(path.read_text())
    community["rooms"] += rooms
    path.write_text(yaml.safe_dump(community, allow_unicode=True))


def due_now(place: Place) -> datetime:
    """Have the weekly line be due a minute ago; return that moment."""
    community = yaml.safe_load((place.config / "community.yaml").read_text())
    moment = (datetime.now(UTC) - timedelta(minutes=1)).replace(second=0, microsecond=0)
    there = moment.astimezone(ZoneInfo(community["timezone"]))
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    path = place.config / "settings.yaml"
    settings = yaml.safe_load(path.read_text())
    path.write_text(yaml.safe_dump({**settings, "weekly_line": f"{days[there.weekday()]} {there:%H:%M}"}))
    return moment


async def in_the_room(server: SynapseServer, place: Place, peer: Peer, room_id: RoomId) -> None:
    """Sign the coordinator in, and wait until they and the bot are in the coordinators' room."""
    accounts = json.loads(place.data.sign_in.read_text())["accounts"]
    user = server.user(COORDINATOR)
    secret = next(each["password"] for each in accounts if each["user_id"] == user)
    await peer.login(server.url, COORDINATOR, secret)

    async def both_are_in() -> bool:
        for room in await peer.rooms():
            if room["roomId"] == room_id and room["membership"] == "invite":
                await peer.call("join", roomId=room_id)
        known = {room["roomId"]: room["membership"] for room in await peer.rooms()}
        return known.get(room_id) == "join" and server.own.bot in await peer.call("members", roomId=room_id)

    await until(both_are_in, 60, "the coordinator and the bot to be in the room")


@pytest.mark.parametrize("waits", [False, True], ids=["all is well", "a room waits to be made"])
async def test_a_coordinator_reads_it_in_the_encrypted_room(tmp_path: Path, waits: bool) -> None:
    with running_synapse(tmp_path / "synapse") as server:
        place = make_place(server, tmp_path, SMALL)
        # What is free here says nothing of the line.
        place.set("homeserver", least_free_mb=0)
        describe(place, COORDINATION)
        async with open_provisioner(place.config, place.data) as provisioner:
            await provisioner.apply(ApplyOptions("test", force=True))
            room_id = (await provisioner.homeserver.snapshot()).rooms["coordination"].room_id
        assert room_id is not None
        if waits:
            describe(place, {**COORDINATION, "key": "garden", "name": "Jardin"})
        moment = due_now(place)
        async with await Store.open(place.data.store_url) as store, open_peer() as peer, bot_process(place):
            # As if it had begun a week before: it says nothing of the week in which it began.
            await store.marks.note("weekly-line", moment - timedelta(days=7))
            await in_the_room(server, place, peer, room_id)
            async with serving(place):
                translate = translator("fr", [ROOT / "community"])
                expected = [
                    visible(translate(each))
                    for each in weekly_sentences({Concern.DRIFT: "1"} if waits else {})
                ]
                message = await told(peer, room_id, server.own.bot, expected[0], patience=30)
        said = visible(str(message["content"]["body"]))
        # What waits is in what was read alone: a notice that was told has its values no more.
        assert len(expected) > 1 or not waits
        for sentence in expected[1:2]:
            before, _, after = sentence.partition("1")
            assert before in said
            assert after in said
        async with server.provisioner() as http:
            path = f"/_matrix/client/v3/rooms/{room_id}/messages?dir=b&limit=50"
            events = (await http.send(Call("GET", path, "messages")))["chunk"]
        from_bot = {e["type"] for e in events if e["sender"] == server.own.bot and "state_key" not in e}
        assert from_bot == {"m.room.encrypted"}
