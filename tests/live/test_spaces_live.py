"""Joining and leaving spaces by asking, with `palabre up` and strict clients (matrix-js-sdk with rust crypto).

A theme that is joined at once, one that the coordinators decide on, and one that leads into a safe room. Whoever has
left reads nothing that is said afterwards.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
import yaml

from community.description.data_folder import DataFolder
from provisioning.provisioner import open_provisioner
from tests.lib.asking import visible
from tests.lib.descriptions import SMALL
from tests.lib.peer_client import Peer, direct_message, open_peer, until
from tests.lib.running import Running, palabre_up

pytestmark = [pytest.mark.live, pytest.mark.timeout(900), pytest.mark.asyncio(loop_scope="module")]

BOT = "@palabre:palabre.localhost"
WASTE, MOBILITY, SAFE = "exchange.waste", "exchange.mobility", "candid.health"
PATIENCE = 90


def described() -> dict[str, Any]:
    """Return the small network with a theme of each kind."""
    community: dict[str, Any] = yaml.safe_load((SMALL / "community.yaml").read_text())
    waste, mobility = community["themes"]
    health = {"key": "health", "name": "Health", "summary": "Health.", "joining": "ask"}
    community["themes"] = [waste, {**mobility, "joining": "ask"}, health]
    keepers = {"people": ["kim", "kaya"], "may": ["moderate"]}
    community["rooms"] += [
        {
            "key": "candid",
            "for": "theme",
            "themes": ["health"],
            "policy": "safe",
            "who": [{"roles": ["city-lead"]}, keepers],
            "name": "Candid on {theme}",
            "topic": "Safe",
        },
        {
            "key": "coordination",
            "for": "community",
            "policy": "closed",
            "roles": ["coordinator"],
            "name": "Coordination",
            "topic": "Among us",
        },
    ]
    themes = {"mo": [], "kim": ["mobility"], "kaya": [], "bo": ["waste"], "awa": []}
    community["members"] = [
        {
            "username": name,
            "name": name.capitalize(),
            "role": "coordinator" if name == "mo" else "city-lead",
            **({} if name == "mo" else {"city": "bamako"}),
            "themes": of,
            "languages": ["en"],
        }
        for name, of in themes.items()
    ]
    community["languages"] = ["en"]
    return community


@dataclass
class SpacesScene:
    """The network, a client of each person, and Awa's direct message with the bot."""

    up: Running
    peers: dict[str, Peer]
    room_ids: dict[str, str]
    direct: str

    async def awa_says(self, text: str) -> str:
        """Ask as Awa; return the answer."""
        peer = self.peers["awa"]
        answer = await peer.reply_to(self.direct, await peer.ask(self.direct, text), patience=PATIENCE)
        assert (answer["sender"], answer["shieldColour"]) == (BOT, 0)
        return visible(answer["content"]["body"])

    async def awa_confirms(self, said: str) -> str:
        """Say “yes” with the number that a reply names."""
        return await self.awa_says(f"yes {number_in(said)}")

    async def is_told(self, name: str, room_id: str, words: str, count: int = 1) -> str:
        """Wait until the bot has said these words to somebody so often; return the last of it."""

        async def look() -> list[str]:
            bodies = [
                visible(str(m["content"].get("body", "")))
                for m in await self.peers[name].messages(room_id)
                if m["sender"] == BOT
            ]
            found = [body for body in bodies if words in body]
            return found if len(found) >= count else []

        return str((await until(look, PATIENCE, f"{name} to be told “{words}”"))[-1])

    async def enters(self, name: str, key: str) -> None:
        """Wait until somebody is in a room or is invited, and accept."""
        peer, room_id = self.peers[name], self.room_ids[key]

        async def stands() -> str | None:
            return next((r["membership"] for r in await peer.rooms() if r["roomId"] == room_id), None)

        async def is_in() -> bool:
            return await stands() == "join"

        async def may_come() -> bool:
            return await stands() in ("invite", "join")

        await until(may_come, PATIENCE, f"{name} to be let into {key}")
        if not await is_in():
            await peer.call("join", roomId=room_id)
        await until(is_in, PATIENCE, f"{name} to be in {key}")

    async def reads(self, name: str, key: str, by: str) -> None:
        """Have somebody say something in a room, and another read it."""
        room_id = self.room_ids[key]

        async def knows() -> bool:
            return self.peers[name].user_id in await self.peers[by].call("members", roomId=room_id)

        await until(knows, PATIENCE, f"{by} to know that {name} is in {key}")
        said = await self.peers[by].ask(room_id, "good morning")

        async def look() -> bool:
            found = [m for m in await self.peers[name].messages(room_id) if m["eventId"] == said]
            return bool(found) and found[0]["failure"] is None and found[0]["shieldColour"] == 0

        await until(look, PATIENCE, f"{name} to read it")

    async def reads_nothing_more(self, name: str, key: str, by: str) -> None:
        """Have somebody say something in a room that another has left: neither event nor key is theirs."""
        room_id = self.room_ids[key]
        left = self.peers[name].user_id

        async def is_gone() -> bool:
            return left not in await self.peers[by].call("members", roomId=room_id)

        await until(is_gone, PATIENCE, f"{name} to be out of {key}")
        said = await self.peers[by].ask(room_id, "after they have left")
        status, _ = await self.peers[name].request("GET", f"/_matrix/client/v3/rooms/{room_id}/event/{said}")
        assert status in (403, 404)
        assert said not in [m["eventId"] for m in await self.peers[name].messages(room_id)]
        there = f"/_matrix/client/v3/rooms/{room_id}"
        _, page = await self.peers[name].request("GET", f"{there}/messages", dir="b", limit="50")
        assert said not in [event["event_id"] for event in page.get("chunk", ())]
        assert (await self.peers[name].request("POST", f"{there}/join"))[0] in (403, 404)
        (session,) = {
            m["outer"]["session_id"] for m in await self.peers[by].messages(room_id) if m["eventId"] == said
        }
        assert session not in await self.peers[name].call("sessions", roomId=room_id)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[SpacesScene]:
    folder = tmp_path_factory.mktemp("spaces")
    config = folder / "config"
    shutil.copytree(SMALL, config)
    (config / "community.yaml").write_text(yaml.safe_dump(described(), allow_unicode=True, sort_keys=False))
    for name in ("directory.yaml", "calendar.yaml"):
        (config / name).write_text("version: 1\n")
    async with palabre_up(folder / "data", config) as up, AsyncExitStack() as stack:
        peers = {}
        for name in ("mo", "kim", "kaya", "bo", "awa"):
            user = f"@{name}:palabre.localhost"
            peers[name] = await stack.enter_async_context(open_peer())
            await peers[name].login(up.url, user, up.password(user))
        data = DataFolder(up.data)
        async with open_provisioner(config, data, changing=False) as provisioner:
            rooms = (await provisioner.homeserver.snapshot()).rooms
        ids = {key: str(room.room_id) for key, room in rooms.items()}
        yield SpacesScene(up, peers, ids, await direct_message(peers["awa"], BOT))


async def test_a_theme_is_joined_and_left_at_once(scene: SpacesScene) -> None:
    await scene.enters("bo", WASTE)
    assert "you have joined “Waste”" in await scene.awa_says("join waste")
    await scene.is_told("awa", scene.direct, "“Waste” is ready for you.")
    await scene.enters("awa", WASTE)
    await scene.reads("awa", WASTE, by="bo")
    assert "Waste" in await scene.awa_says("my rooms")
    said = await scene.awa_says("leave waste")
    assert "You are then taken out of: Waste" in said
    await scene.awa_confirms(said)
    await scene.is_told("awa", scene.direct, "You are out of the rooms of “Waste” now.")
    await scene.reads_nothing_more("awa", WASTE, by="bo")


async def test_a_theme_is_asked_for_refused_and_granted_by_the_coordinators(scene: SpacesScene) -> None:
    await scene.enters("mo", "coordination")
    await scene.enters("kim", MOBILITY)
    coordination = scene.room_ids["coordination"]
    assert "I bring the coordinators your wish" in await scene.awa_says("join mobility")
    shown = await scene.is_told("mo", coordination, "Awa (Bamako) would like to join “Mobility”.")
    await scene.peers["mo"].ask(coordination, f"no {number_in(shown)}")
    await scene.is_told("awa", scene.direct, "For now that is not possible.")
    await scene.awa_says("join mobility")
    shown = await scene.is_told("mo", coordination, "Awa (Bamako) would like to join “Mobility”.")
    await scene.peers["mo"].ask(coordination, f"yes {number_in(shown)}")
    await scene.is_told("awa", scene.direct, "Good news: you may join “Mobility”.")
    await scene.enters("awa", MOBILITY)
    await scene.reads("awa", MOBILITY, by="kim")
    await scene.awa_confirms(await scene.awa_says("leave mobility"))
    await scene.reads_nothing_more("awa", MOBILITY, by="kim")


async def test_a_safe_room_is_entered_by_a_keepers_word_and_left(scene: SpacesScene) -> None:
    await scene.enters("kim", SAFE)
    told = await direct_message(scene.peers["kim"], BOT)
    said = await scene.awa_says("join health")
    assert "a safe room: Candid on Health" in said
    assert "No bot: I am not in it" in said
    before = (
        await scene.peers["awa"].request("POST", f"/_matrix/client/v3/rooms/{scene.room_ids[SAFE]}/join")
    )[0]
    assert before in (403, 404)
    assert "I bring the keepers your wish" in await scene.awa_confirms(said)
    shown = await scene.is_told("kim", told, "would like to join “Health”")
    await scene.peers["kim"].ask(told, f"yes {number_in(shown)}")
    await scene.is_told("awa", scene.direct, "You are now in the safe space “Candid on Health”.")
    await scene.peers["awa"].call("join", roomId=scene.room_ids[SAFE])
    await scene.reads("awa", SAFE, by="kim")
    await scene.awa_confirms(await scene.awa_says("leave health"))
    await scene.reads_nothing_more("awa", SAFE, by="kim")


def number_in(shown: str) -> str:
    """Return the number by which a request is decided."""
    found = re.search(r"“yes (\d+)”", shown)
    assert found is not None, shown
    return found[1]
