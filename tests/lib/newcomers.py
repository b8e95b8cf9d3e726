"""The small network with strict clients (matrix-js-sdk): who is invited by the bot, talks, and reads what was said."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from matrix.ids import RoomId, UserId
from provisioning.provisioner import ApplyOptions, open_provisioner
from tests.lib.asking import visible
from tests.lib.descriptions import SMALL
from tests.lib.peer_client import Peer, open_peer, until
from tests.lib.small_server import running_small
from tests.lib.synapse_server import SynapseServer

QUESTION = "!p who do I ask about waste in Kigali?"


@dataclass
class SmallNetwork:
    """The small network, and its room about waste."""

    server: SynapseServer
    config: Path
    waste: RoomId

    @property
    def secrets(self) -> dict[str, str]:
        """People's first passwords."""
        book = json.loads(self.server.data.sign_in.read_text())["accounts"]
        return {each["user_id"]: each["password"] for each in book}

    @asynccontextmanager
    async def person(self, name: str, *, sign: bool = True) -> AsyncIterator[Peer]:
        """Sign in as somebody of the network, for the first time."""
        user, secret = next(each for each in self.secrets.items() if each[0].startswith(f"@{name}."))
        async with open_peer() as peer:
            await peer.login(self.server.url, user, secret, sign=sign)
            yield peer

    async def apply(self, *again: str) -> None:
        """Apply the description; these people are asked again into the rooms that they have left."""
        async with open_provisioner(self.config, self.server.data) as provisioner:
            await provisioner.apply(ApplyOptions("test", again=[UserId(user) for user in again]))

    async def room(self, key: str) -> RoomId:
        """Return the room with a key."""
        async with open_provisioner(self.config, self.server.data) as provisioner:
            room_id = (await provisioner.homeserver.snapshot()).rooms[key].room_id
        assert room_id is not None
        return room_id

    def describe(self, part: str, **entry: object) -> None:
        """Add an entry to a part of the description: ``rooms``, ``members``."""
        described = self._described()
        self.describe_anew(part, [*described[part], entry])

    def describe_anew(self, part: str, value: object) -> None:
        """Have a part of the description be this."""
        described = self._described() | {part: value}
        text = yaml.safe_dump(described, allow_unicode=True, sort_keys=False)
        (self.config / "community.yaml").write_text(text)

    def _described(self) -> dict[str, Any]:
        described: dict[str, Any] = yaml.safe_load((self.config / "community.yaml").read_text())
        return described

    def a_day_later(self) -> None:
        """Have all jobs been filed a day earlier. The bot does not run."""
        with closing(sqlite3.connect(self.server.data.store)) as connection:
            connection.execute("UPDATE jobs SET filed_at = datetime(filed_at, '-1 day')")
            connection.commit()


@asynccontextmanager
async def small_network(folder: Path) -> AsyncIterator[SmallNetwork]:
    """Make it, on a homeserver of its own, with what its description asks for; the bot does not run yet."""
    config = folder / "config"
    shutil.copytree(SMALL, config)
    with running_small(folder / "homeserver") as server:
        at = SmallNetwork(server, config, RoomId(""))
        at.waste = await at.room("exchange.waste")
        yield at


async def invited(peer: Peer, room_id: RoomId) -> None:
    """Wait for the bot's invitation."""

    async def is_invited() -> bool:
        return any((room["roomId"], room["membership"]) == (room_id, "invite") for room in await peer.rooms())

    await until(is_invited, 60, "the bot's invitation")


async def enters(peer: Peer, room_id: RoomId) -> None:
    """Accept the bot's invitation."""
    await invited(peer, room_id)
    await peer.call("join", roomId=room_id)


async def sees(peer: Peer, room_id: RoomId, other: Peer, membership: str) -> None:
    """Wait until somebody's client knows what another is in a room: that decides who gets the keys from then on."""

    async def is_seen() -> bool:
        seen: str | None = await peer.call("membership", roomId=room_id, userId=other.user_id)
        return seen == membership

    await until(is_seen, 30, f"{other.user_id} to be seen as “{membership}”")


async def talk_of(claudine: Peer, room_id: RoomId, count: int) -> set[str]:
    """Let Claudine ask the bot so often, in several sessions; return the events that both have sent."""
    said = set()
    for number in range(count):
        if number % 5 == 0:
            await claudine.call("discardSession", roomId=room_id)
        asked = await claudine.ask(room_id, f"{QUESTION} ({number})")
        answer = await claudine.reply_to(room_id, asked)
        said |= {asked, str(answer["eventId"])}
    return said


async def unread_by(peer: Peer, room_id: RoomId, said: set[str]) -> dict[str, str]:
    """Return which of these events somebody cannot read, with the reason; "" for one that they do not see."""
    await peer.call("backfillAll", roomId=room_id)
    seen = {message["eventId"]: message["failure"] for message in await peer.messages(room_id)}
    return {event: seen.get(event, "") for event in said if seen.get(event, "") is not None}


async def reads_all(peer: Peer, room_id: RoomId, said: set[str]) -> None:
    """Wait until somebody can read all of these events."""
    unread: dict[str, str] = {}

    async def all_of_it() -> bool:
        nonlocal unread
        unread = await unread_by(peer, room_id, said)
        return not unread

    try:
        await until(all_of_it, 30, "everything to be read")
    except AssertionError as error:
        raise AssertionError(f"{error}: {unread}") from error


async def hears(peer: Peer, words: str) -> str:
    """Return what somebody reads with these words in it, in any room; invitations are accepted."""

    async def look() -> str | None:
        for room in await peer.rooms():
            if room["membership"] == "invite":
                await peer.call("join", roomId=room["roomId"])
            elif room["membership"] == "join":
                bodies = [str(m["content"].get("body", "")) for m in await peer.messages(room["roomId"])]
                found = next((body for body in bodies if words in body), None)
                if found is not None:
                    return visible(found)
        return None

    return str(await until(look, 90, f"somebody to read “{words}”"))
