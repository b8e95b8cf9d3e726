"""A network with a safe room whose gate is made by hand, as the provisioner makes it, for tests of the bot's side."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from community.description.model import Status
from community.description.person import Person
from community.description.rooms import safe_space
from community.jobs.notices import COORDINATORS, Notice, NoticeKind
from community.storage import Store
from matrix.admin import AdminApi
from matrix.client_api import ClientApi
from matrix.ids import RoomId, UserId
from matrix.locator import LOCATOR_TYPE, Locator, Origin
from tests.lib.asking import visible
from tests.lib.descriptions import SMALL
from tests.lib.peer_client import Message, Peer, open_peer, until
from tests.lib.places import Place, make_place
from tests.lib.synapse_server import PASSWORD, SynapseServer

SAFE = "frank-talk"
KEEPER, SECOND, MEMBER, COORDINATOR, OUTSIDER = "kim", "kaya", "awa", "mo", "eve"
ALUMNA, LEAVER = "olga", "lina"
_ENCRYPTION = {"algorithm": "m.megolm.v1.aes-sha2"}


def describe(config: Path) -> None:
    """Write the small network with a safe room, two keepers of it, and a coordinators' room."""
    path = config / "community.yaml"
    described = yaml.safe_load(path.read_text())
    described["rooms"] += [
        {
            "key": SAFE,
            "for": "community",
            "policy": "safe",
            "who": [
                {"roles": ["city-lead"]},
                {"people": [KEEPER, SECOND], "may": ["moderate"]},
                {"people": [ALUMNA], "status": ["alumni"]},
            ],
            "name": {"fr": "Parler librement", "en": "Speaking freely"},
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
    spoken = {
        KEEPER: ["en"],
        SECOND: ["fr"],
        MEMBER: ["en"],
        COORDINATOR: ["en"],
        ALUMNA: ["fr"],
        LEAVER: ["en"],
    }
    described["members"] = [
        {
            "username": name,
            "name": name.capitalize(),
            "role": "coordinator" if name == COORDINATOR else "city-lead",
            "city": "kigali",
            "languages": languages,
            "status": "alumni" if name == ALUMNA else "active",
        }
        for name, languages in spoken.items()
    ]
    path.write_text(yaml.safe_dump(described, allow_unicode=True, sort_keys=False))
    for name in ("directory.yaml", "calendar.yaml"):
        (config / name).write_text("version: 1\n")


@dataclass
class GateNetwork:
    """What is there: a Synapse, a place on it, the store. Rooms are made by the provisioner, as it makes them."""

    server: SynapseServer
    place: Place
    store: Store
    api: ClientApi
    admin: AdminApi

    @property
    def bot(self) -> UserId:
        return self.server.own.bot

    def user(self, name: str) -> UserId:
        return self.server.user(name)

    async def gate(self, key: str = SAFE) -> RoomId:
        """Make the gate of a safe room; nobody but the provisioner is in it."""
        return await self._room(Locator(safe_space(key), "space"), {"type": "m.space"}, [])

    async def safe_room(self) -> RoomId:
        """Make a safe room, in which a keeper and the bot may invite."""
        encryption = {"type": "m.room.encryption", "state_key": "", "content": _ENCRYPTION}
        return await self._room(Locator(SAFE, "room", safe=True), {}, [encryption], self.user(KEEPER))

    async def coordination(self) -> RoomId:
        """Make the coordinators' room, with the bot in it."""
        encryption = {"type": "m.room.encryption", "state_key": "", "content": _ENCRYPTION}
        room_id = await self._room(Locator("coordination", "room"), {}, [encryption])
        await self.put(room_id, self.bot)
        return room_id

    async def _room(
        self, locator: Locator, more: dict[str, Any], state: list[dict[str, Any]], *moderators: UserId
    ) -> RoomId:
        origin = Origin(self.place.community, locator.key)
        return await self.api.create_room(
            {
                "preset": "private_chat",
                "creation_content": {**origin.creation_content(), "m.federate": False, **more},
                "power_level_content_override": {
                    "invite": 50,
                    "users": dict.fromkeys((self.bot, *moderators), 50),
                },
                "initial_state": [
                    {"type": LOCATOR_TYPE, "state_key": "", "content": locator.content()},
                    *state,
                ],
            }
        )

    async def put(self, room_id: RoomId, *users: UserId) -> None:
        """Put people into a room by the admin API, as the provisioner does."""
        for user in users:
            await self.admin.join(room_id, user)

    async def joined(self, room_id: RoomId) -> set[str]:
        """Return who is joined in a room, by the homeserver's word."""
        state = await self.admin.room_state(room_id)
        members = [event for event in state if event["type"] == "m.room.member"]
        return {event["state_key"] for event in members if event["content"]["membership"] == "join"}

    async def tell(self, name: str, occasion: str) -> None:
        """File a notice for somebody."""
        notice = Notice(NoticeKind.LET_IN, self.user(name), occasion, {"room": occasion})
        await self.store.jobs.file(notice, at=datetime.now(UTC))

    async def tell_coordinators(self, person: str) -> None:
        """File a notice for the coordinators."""
        notice = Notice(NoticeKind.NOT_REACHED, COORDINATORS, person, {"person": person})
        await self.store.jobs.file(notice, at=datetime.now(UTC))


@asynccontextmanager
async def gate_network(server: SynapseServer, folder: Path) -> AsyncIterator[GateNetwork]:
    """Make the network: accounts and people, no rooms yet."""
    place = make_place(server, folder, SMALL)
    describe(place.config)
    names = (KEEPER, SECOND, MEMBER, COORDINATOR, LEAVER)
    roles = {COORDINATOR: "coordinator"}
    languages = {SECOND: ("fr",)}
    async with server.provisioner() as http, await Store.open(place.data.store_url) as store:
        admin = AdminApi(http)
        for name in (*names, ALUMNA, OUTSIDER):
            if await admin.find_account(server.user(name)) is None:
                await admin.create_account(server.user(name), PASSWORD, name)
        members = [
            Person(
                server.user(name),
                name,
                name.capitalize(),
                roles.get(name, "city-lead"),
                "kigali",
                (),
                languages.get(name, ("en",)),
            )
            for name in names
        ]
        await store.people.replace(members, {server.user(ALUMNA): Status.ALUMNI})
        yield GateNetwork(server, place, store, ClientApi(http), admin)


@asynccontextmanager
async def signed_in(server: SynapseServer, name: str) -> AsyncIterator[Peer]:
    """Give a strict client of somebody with a verified device."""
    async with open_peer() as peer:
        await peer.login(server.url, server.user(name), PASSWORD)
        yield peer


async def direct_of(peer: Peer, bot: str) -> str:
    """Wait for the bot's invitation, accept it, and return the room."""

    async def invited() -> str | None:
        for room in await peer.rooms():
            if room["membership"] == "invite" and not room["isSpace"]:
                return str(room["roomId"])
        return None

    room_id = str(await until(invited, 30, "the bot's direct message"))
    await peer.call("join", roomId=room_id)

    async def arrived() -> bool:
        return bot in await peer.call("members", roomId=room_id)

    await until(arrived, 20, "the room to be known")
    return room_id


async def told(peer: Peer, room_id: str, bot: str, words: str, *, patience: float = 30) -> Message:
    """Wait for what the bot tells with these words in it, and return it: readable, and trusted by a strict client."""

    async def look() -> Message | None:
        found = [
            m for m in await peer.messages(room_id) if words in visible(str(m["content"].get("body", "")))
        ]
        return next((message for message in found if message["sender"] == bot), None)

    message: Message = await until(look, patience, f"the bot to say “{words}”")
    assert (message["failure"], message["shieldColour"]) == (None, 0)
    return message
