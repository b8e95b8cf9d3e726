"""Who comes later reads what was said before: the whole bot (`bots.main.run`), people with matrix-js-sdk, strict."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bots import main
from matrix.ids import RoomId
from provisioning.provisioner import ApplyOptions, open_provisioner
from tests.lib.descriptions import SMALL
from tests.lib.peer_client import Peer, open_peer, until
from tests.lib.synapse_server import SynapseServer, running_synapse

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]

EACH = 15
QUESTION = "!p who do I ask about waste in Kigali?"


@dataclass
class Network:
    """The small network, its bot, and the room about waste."""

    server: SynapseServer
    config: Path
    waste: RoomId
    secrets: dict[str, str]

    @asynccontextmanager
    async def bot(self) -> AsyncIterator[None]:
        """Run the bot, past its first sync."""
        data, stop = self.server.data, asyncio.Event()
        data.ready_file("bots").unlink(missing_ok=True)
        running = asyncio.create_task(main.run(self.config, data, stop=stop))
        try:

            async def ready() -> bool:
                if running.done():
                    running.result()
                return data.ready_file("bots").exists()

            await until(ready, 60, "the bot to be ready")
            yield
        finally:
            stop.set()
            await running

    @asynccontextmanager
    async def person(self, name: str) -> AsyncIterator[Peer]:
        """Sign in as somebody of the network, for the first time."""
        user = next(user for user in self.secrets if user.startswith(f"@{name}."))
        async with open_peer() as peer:
            await peer.login(self.server.url, user, self.secrets[user])
            yield peer


@asynccontextmanager
async def network(folder: Path) -> AsyncIterator[Network]:
    config = folder / "config"
    shutil.copytree(SMALL, config)
    with running_synapse(folder / "homeserver") as server:
        async with open_provisioner(config, server.data) as provisioner:
            await provisioner.apply(ApplyOptions("test"))
            waste = (await provisioner.homeserver.snapshot()).rooms["exchange.waste"].room_id
        assert waste is not None
        book = json.loads(server.data.sign_in.read_text())["accounts"]
        yield Network(server, config, waste, {each["user_id"]: each["password"] for each in book})


async def invited(peer: Peer, room_id: RoomId) -> None:
    async def is_invited() -> bool:
        return any((room["roomId"], room["membership"]) == (room_id, "invite") for room in await peer.rooms())

    await until(is_invited, 60, "the bot's invitation")


async def enters(peer: Peer, room_id: RoomId) -> None:
    await invited(peer, room_id)
    await peer.call("join", roomId=room_id)


async def talk(claudine: Peer, room_id: RoomId) -> set[str]:
    """Let Claudine ask the bot again and again, in several sessions; return the events that both have sent."""
    said = set()
    for number in range(EACH):
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
    unread: dict[str, str] = {}

    async def all_of_it() -> bool:
        nonlocal unread
        unread = await unread_by(peer, room_id, said)
        return not unread

    try:
        await until(all_of_it, 30, "everything to be read")
    except AssertionError as error:
        raise AssertionError(f"{error}: {unread}") from error


async def test_who_signs_in_later_is_invited_and_reads_on_though_the_bot_was_away_when_they_came(
    tmp_path: Path,
) -> None:
    async with network(tmp_path) as at, AsyncExitStack() as stack:
        claudine = await stack.enter_async_context(at.person("claudine"))
        async with at.bot():
            await enters(claudine, at.waste)
            said = await talk(claudine, at.waste)
            awa = await stack.enter_async_context(at.person("awa"))
            await invited(awa, at.waste)
        await awa.call("join", roomId=at.waste)
        assert len(await unread_by(awa, at.waste, said)) == len(said) == 2 * EACH
        async with at.bot():
            await reads_all(awa, at.waste, said)
            # Whoever comes while it is there waits for no restart.
            moussa = await stack.enter_async_context(at.person("moussa"))
            await enters(moussa, at.waste)
            await reads_all(moussa, at.waste, said)
