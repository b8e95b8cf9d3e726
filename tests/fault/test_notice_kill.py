"""The bot is killed around every request by which it tells somebody something: it is told once, in one room."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from matrix.http import Call
from tests.lib.bot_process import bot_process
from tests.lib.cutting_proxy import cutting_proxy
from tests.lib.gates import (
    COORDINATOR,
    KEEPER,
    MEMBER,
    GateNetwork,
    direct_of,
    gate_network,
    signed_in,
    told,
)
from tests.lib.peer_client import Peer, until
from tests.lib.request_killer import RequestKiller, survive
from tests.lib.synapse_server import SynapseServer, running_synapse

pytestmark = [pytest.mark.live, pytest.mark.fault, pytest.mark.timeout(700)]

CREATE, CLAIM, GIVE, SEND = "/createRoom", "/keys/claim", "/sendToDevice/", "/send/m.room.encrypted/"


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SynapseServer]:
    """A Synapse for one bot: another data folder would be another identity of its account."""
    with running_synapse(tmp_path_factory.mktemp("notices")) as running:
        yield running


async def rooms_of(network: GateNetwork, name: str) -> list[str]:
    """Return the rooms that the homeserver knows a person and the bot to be in."""
    path = f"/_synapse/admin/v1/users/{network.user(name)}/joined_rooms"
    answer = await network.admin.http.send(Call("GET", path, "admin/joined_rooms"))
    rooms: list[str] = answer["joined_rooms"]
    return rooms


async def invitations_of(peer: Peer) -> list[str]:
    return [room["roomId"] for room in await peer.rooms() if room["membership"] == "invite"]


async def bodies(peer: Peer, room_id: str, words: str) -> list[str]:
    found = (str(m["content"].get("body", "")) for m in await peer.messages(room_id))
    return [body for body in found if words in body]


@pytest.mark.parametrize(
    ("name", "moments"),
    [
        pytest.param(
            MEMBER,
            [
                ("after", CREATE),
                *((side, part) for part in (CLAIM, GIVE, SEND) for side in ("before", "after")),
            ],
            id="each request",
        ),
        # Nobody knows whether a room still comes of it: the bot waits for longer than that could take.
        pytest.param(KEEPER, [("before", CREATE)], id="before the room is made", marks=pytest.mark.soak),
    ],
)
async def test_a_person_is_told_once_in_one_room(
    server: SynapseServer, tmp_path: Path, name: str, moments: list[tuple[str, str]]
) -> None:
    async with AsyncExitStack() as stack:
        network = await stack.enter_async_context(gate_network(server, tmp_path))
        proxy = await stack.enter_async_context(cutting_proxy(server.url))
        network.place.set("homeserver", bots_url=proxy.url)
        peer = await stack.enter_async_context(signed_in(server, name))
        bots = await stack.enter_async_context(bot_process(network.place))
        killer = RequestKiller(bots, list(moments))
        proxy.before, proxy.after = killer.before, killer.after
        await network.tell(name, "Occasion one")
        await survive(bots, killer)
        await until(lambda: invitations_of(peer), 300, "the invitation")
        room_id = await direct_of(peer, network.bot)
        await told(peer, room_id, network.bot, "Occasion one")
        await network.tell(name, "Occasion two")
        await told(peer, room_id, network.bot, "Occasion two")
        await bots.restart()
        await network.tell(name, "Occasion three")
        await told(peer, room_id, network.bot, "Occasion three")
        for words in ("Occasion one", "Occasion two", "Occasion three"):
            assert len(await bodies(peer, room_id, words)) == 1
        assert await invitations_of(peer) == []
        assert await rooms_of(network, name) == [room_id]


async def test_the_coordinators_are_told_once(server: SynapseServer, tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        network = await stack.enter_async_context(gate_network(server, tmp_path))
        proxy = await stack.enter_async_context(cutting_proxy(server.url))
        network.place.set("homeserver", bots_url=proxy.url)
        peer = await stack.enter_async_context(signed_in(server, COORDINATOR))
        bots = await stack.enter_async_context(bot_process(network.place))
        room_id = await network.coordination()
        await network.put(room_id, network.user(COORDINATOR))
        killer = RequestKiller(bots, [("before", SEND), ("after", SEND)])
        proxy.before, proxy.after = killer.before, killer.after
        await network.tell_coordinators("Occasion one")
        await survive(bots, killer)
        await told(peer, room_id, network.bot, "Occasion one")
        await network.tell_coordinators("Occasion two")
        await told(peer, room_id, network.bot, "Occasion two")
        assert len(await bodies(peer, room_id, "Occasion one")) == 1
