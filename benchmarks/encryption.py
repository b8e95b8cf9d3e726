"""A first message and one after a rotation, in rooms of up to 5,000 devices: ours, nio as it is, matrix-js-sdk, and
the floor (the same requests, bare vodozemac with every signature verified, one transaction), interleaved in one run.

    python benchmarks/encryption.py [--quick] [--rounds N]

Each contender is a fresh device in a room that it has just entered; the clock runs from the call that sends until the
homeserver has taken the message. matrix-js-sdk may have begun to ask for devices before that, and keeps nothing on a
disk: both are in its favour. Needs Synapse in `.venv-synapse` and the tests' Matrix client (`./palabre test`). Prints
progress, then one line of JSON: sizes, seconds (medians), floor, peer, ratios, blocks of the event loop.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any
from uuid import uuid4

import structlog
from nio import AsyncClient, AsyncClientConfig

from benchmarks.encrypting.blocks import Blocks
from benchmarks.encrypting.floor import Floor
from bots.encryption import EncryptedClient, open_device
from community.description.data_folder import DataFolder, write_private_json
from matrix.admin import AdminApi
from matrix.client_api import ClientApi
from matrix.http import HomeserverClient
from matrix.ids import RoomId, UserId, user_id
from tests.lib.crowd import Crowd, crowd_for, populate
from tests.lib.peer_client import NODE, PEER, until
from tests.lib.synapse_server import PASSWORD, SynapseServer, running_synapse

SIZES = (50, 200, 1000, 5000)
QUICK_SIZES = (50, 200)
ROUNDS = 3
SERVER = "palabre.localhost"


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds. Blocks of the event loop during both messages; None where it is not ours to look at."""

    first: float
    rotated: float
    longest_block: float | None = None
    p99_block: float | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A room with its members, and the account that is to speak in it."""

    url: str
    room: RoomId
    members: list[UserId]
    account: UserId
    folder: Path


Contender = Callable[[Place], Awaitable[Measured]]


async def floor(place: Place) -> Measured:
    """Measure the floor."""
    async with signed_in(place) as client:
        await client.join(place.room)
        bare = Floor(client, place.account, "FLOOR", place.room, place.folder / "floor.sqlite")
        first = await seconds(bare.first(place.members))
        rotated = await seconds(bare.rotated())
        await client.leave(place.room)
        return Measured(first, rotated)


async def ours(place: Place) -> Measured:
    """Measure `bots.encryption`."""
    data = DataFolder(place.folder / "ours")
    data.prepare()
    write_private_json(data.secret("bot.json"), {"user_id": place.account, "password": PASSWORD})
    async with HomeserverClient(place.url) as http:
        device = await open_device(http, data)
        client, api, stop = EncryptedClient(ClientApi(http), device), ClientApi(http), asyncio.Event()

        async def listen() -> None:
            async for _batch in client.batches(stop):
                pass

        async def say() -> None:
            await client.send(place.room, {"msgtype": "m.text", "body": "x"}, uuid4().hex)

        listening = asyncio.create_task(listen())
        await api.join(place.room)

        async def entered() -> bool:
            return place.room in client.rooms and len(client.rooms[place.room].joined) > len(place.members)

        await until(entered, 60, "the room's members")
        async with Blocks() as blocks:
            first = await seconds(say())
            await device.worker.run(device.machine.group_sessions.forget, place.room)
            rotated = await seconds(say())
        await api.leave(place.room)
        stop.set()
        await listening
        await device.close()
        return Measured(first, rotated, blocks.longest, blocks.p99)


async def nio(place: Place) -> Measured:
    """Measure nio's AsyncClient with its own store."""
    folder = place.folder / "nio"
    folder.mkdir()
    client = AsyncClient(
        place.url, place.account, store_path=str(folder), config=AsyncClientConfig(store_sync_tokens=True)
    )

    async def say() -> None:
        content = {"msgtype": "m.text", "body": "x"}
        await client.room_send(place.room, "m.room.message", content, ignore_unverified_devices=True)

    async def first_message() -> None:
        await client.keys_query()
        await say()

    try:
        await client.login(PASSWORD)
        await client.join(place.room)
        await client.sync(full_state=True)
        await client.keys_upload()
        async with Blocks() as blocks:
            first = await seconds(first_message())
            client.invalidate_outbound_session(place.room)
            rotated = await seconds(say())
        await client.room_leave(place.room)
    finally:
        await client.close()
    return Measured(first, rotated, blocks.longest, blocks.p99)


async def js_sdk(peer: asyncio.subprocess.Process, place: Place) -> Measured:
    """Measure matrix-js-sdk in its own process."""
    assert peer.stdin is not None
    assert peer.stdout is not None
    order = {
        "homeserver": place.url,
        "user": place.account,
        "secret": PASSWORD,
        "roomId": place.room,
        "members": len(place.members) + 1,
    }
    peer.stdin.write(json.dumps(order).encode() + b"\n")
    await peer.stdin.drain()
    return Measured(**json.loads(await peer.stdout.readline()))


async def seconds(work: Awaitable[None]) -> float:
    """Return how long something takes."""
    before = perf_counter()
    await work
    return perf_counter() - before


@asynccontextmanager
async def signed_in(place: Place) -> AsyncIterator[ClientApi]:
    async with HomeserverClient(place.url) as http:
        client = ClientApi(http)
        session = await client.login(place.account, PASSWORD, device_name="benchmark")
        http.use_token(session.access_token)
        yield client


@asynccontextmanager
async def js_process() -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        str(NODE), "bench.mjs", cwd=PEER, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    try:
        yield process
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()


async def furnish(server: SynapseServer, crowd: Crowd, sizes: tuple[int, ...]) -> dict[int, RoomId]:
    """Make an encrypted room of each size and put its members into it."""
    rooms: dict[int, RoomId] = {}
    async with server.provisioner() as http:
        client, admin = ClientApi(http), AdminApi(http)
        for size in sizes:
            encryption = {
                "type": "m.room.encryption",
                "state_key": "",
                "content": {"algorithm": "m.megolm.v1.aes-sha2"},
            }
            rooms[size] = await client.create_room({"preset": "public_chat", "initial_state": [encryption]})
            for number, user in enumerate(members := crowd.of(size), 1):
                await admin.join(rooms[size], UserId(user))
                progress(f"room of {size} devices: {number} of {len(members)} members")
    return rooms


async def measure(
    server: SynapseServer, crowd: Crowd, sizes: tuple[int, ...], rounds: int, folder: Path
) -> dict[int, dict[str, list[Measured]]]:
    """Let every contender speak in every room, round by round."""
    rooms = await furnish(server, crowd, sizes)
    results: dict[int, dict[str, list[Measured]]] = {}
    async with js_process() as peer:
        contenders: dict[str, Contender] = {
            "floor": floor,
            "ours": ours,
            "nio": nio,
            "js": partial(js_sdk, peer),
        }
        for size in sizes:
            provisioner = server.own.provisioner
            members = [UserId(user) for user in crowd.of(size)] + [provisioner]
            for number in range(rounds):
                for name, contender in contenders.items():
                    account = account_of(name, size, number)
                    place = Place(
                        server.url, rooms[size], members, account, folder / f"{name}-{size}-{number}"
                    )
                    place.folder.mkdir()
                    if name == "floor":
                        place = Place(place.url, place.room, members[:-1], account, place.folder)
                    measured = await contender(place)
                    results.setdefault(size, {}).setdefault(name, []).append(measured)
                    progress(f"{size} devices, round {number + 1}, {name}: {measured}")
    return results


def account_of(contender: str, size: int, number: int) -> UserId:
    return user_id(f"{contender}-{size}-{number}", SERVER)


def progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def summary(results: dict[int, dict[str, list[Measured]]]) -> dict[str, Any]:
    """Return medians and ratios by room size."""
    lines: dict[str, Any] = {"sizes": sorted(results)}
    for size, by_name in results.items():
        medians = {name: median(measured) for name, measured in by_name.items()}
        own, bare, js, other = (medians[name] for name in ("ours", "floor", "js", "nio"))
        assert own.longest_block is not None
        assert own.p99_block is not None
        assert other.longest_block is not None
        assert other.p99_block is not None
        lines[str(size)] = {
            "seconds": {name: asdict(each) for name, each in medians.items()},
            "ratios": {
                "first: ours / floor": round(own.first / bare.first, 2),
                "rotated: ours / floor": round(own.rotated / bare.rotated, 2),
                "first: ours / matrix-js-sdk": round(own.first / js.first, 2),
                "rotated: ours / matrix-js-sdk": round(own.rotated / js.rotated, 2),
                "first: nio / ours": round(other.first / own.first, 2),
                "rotated: nio / ours": round(other.rotated / own.rotated, 2),
                "longest block: nio / ours": round(other.longest_block / own.longest_block, 1),
                "p99 block: nio / ours": round(other.p99_block / own.p99_block, 1),
            },
        }
    return lines


def median(measured: list[Measured]) -> Measured:
    def of(name: str) -> float | None:
        values = [value for each in measured if (value := getattr(each, name)) is not None]
        return round(statistics.median(values), 4) if values else None

    first, rotated = of("first"), of("rotated")
    assert first is not None
    assert rotated is not None
    return Measured(first, rotated, of("longest_block"), of("p99_block"))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--sizes", type=int, nargs="+")
    arguments = parser.parse_args()
    logging.getLogger("nio").setLevel(logging.CRITICAL)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    sizes = tuple(arguments.sizes or (QUICK_SIZES if arguments.quick else SIZES))
    rounds = 1 if arguments.quick else arguments.rounds
    contenders = ("floor", "ours", "nio", "js")
    accounts = [
        str(account_of(c, size, number)) for c in contenders for size in sizes for number in range(rounds)
    ]
    crowd = crowd_for(max(sizes), SERVER)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with running_synapse(folder / "server") as server:
            progress("Synapse has its database")
        one_time_keys = len(contenders) * rounds * len(sizes) + 4
        database = server.data.synapse / "homeserver.db"
        populate(database, crowd.devices, one_time_keys=one_time_keys, others=accounts)
        progress(f"{sum(crowd.devices.values())} devices of {len(crowd.devices)} accounts")
        with running_synapse(folder / "server") as server:
            results = asyncio.run(measure(server, crowd, sizes, rounds, folder))
    print(json.dumps(summary(results)))


if __name__ == "__main__":
    main()
