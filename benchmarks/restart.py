"""From a bot's start until it is ready, with many encrypted rooms: ours beside nio's `full_state` sync.

    python benchmarks/restart.py [--quick]

Both have been in the rooms before and have stopped; while they are away one message is said. Each start is a
process of its own; the clock runs from when its modules are imported, memory is what it has grown by at its peak.
Needs Synapse in `.venv-synapse` (`./palabre test`). Prints progress, then one line of JSON: sizes, seconds and MB of
ours and of the peer, ratios (medians).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

from nio import AsyncClient, AsyncClientConfig

from bots.encryption import EncryptedClient, open_device
from community.description.data_folder import DataFolder, write_private_json
from matrix.client_api import ClientApi
from matrix.http import HomeserverClient
from matrix.ids import AccessToken, RoomId, UserId, user_id
from tests.lib.crowd import CrowdDevice, populate
from tests.lib.synapse_server import PASSWORD, SynapseServer, running_synapse

SIZES = ((1000, 5), (100, 50))
"""Rooms, and members of each."""
QUICK_SIZES = ((40, 5), (4, 50))
ROUNDS = 3
AT_ONCE = 8
CONTENDERS = ("ours", "nio")
SERVER = "palabre.localhost"
ENCRYPTION = {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}


# --- in the child process -----------------------------------------------------------------------------------------


async def ours(url: str, account: str, folder: Path) -> int:
    """Start until the first sync is dealt with; return in how many rooms it knows itself."""
    data = DataFolder(folder)
    data.prepare()
    if not data.secret("bot.json").exists():
        write_private_json(data.secret("bot.json"), {"user_id": account, "password": PASSWORD})
    async with HomeserverClient(url) as http:
        device = await open_device(http, data)
        client = EncryptedClient(ClientApi(http), device)
        async for batch in client.batches(asyncio.Event()):
            await client.confirm(batch)
            break
        await device.close()
        return len(client.rooms)


async def nio(url: str, account: str, folder: Path) -> int:
    """Start until the first sync is dealt with; return in how many rooms it knows itself."""
    session = folder / "session.json"
    client = AsyncClient(
        url, account, store_path=str(folder), config=AsyncClientConfig(store_sync_tokens=True)
    )
    try:
        if session.exists():
            kept = json.loads(session.read_text())
            client.restore_login(account, kept["device_id"], kept["access_token"])
        else:
            await client.login(PASSWORD)
            kept = {"device_id": client.device_id, "access_token": client.access_token}
            session.write_text(json.dumps(kept))
        await client.sync(full_state=True)
        return len(client.rooms)
    finally:
        await client.close()


def start(contender: str, url: str, account: str, folder: Path) -> None:
    """Start one contender and print what it took."""
    work = {"ours": ours, "nio": nio}[contender]
    memory, before = _resident("VmRSS"), perf_counter()
    rooms = asyncio.run(work(url, account, folder))
    print(json.dumps({"seconds": perf_counter() - before, "MB": _resident("VmHWM") - memory, "rooms": rooms}))


def _resident(name: str) -> float:
    """Return the process's resident memory in MB: ``VmRSS`` as it is, ``VmHWM`` at its peak.

    Not getrusage: its peak is inherited from the parent.
    """
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(name))
    return int(line.split()[1]) / 1024


# --- in the parent ------------------------------------------------------------------------------------------------


def started(contender: str, url: str, account: str, folder: Path) -> dict[str, float]:
    """Start a contender in a process of its own; return what it says."""
    done = subprocess.run(
        [sys.executable, __file__, "--start", contender, url, account, str(folder)],
        capture_output=True,
        text=True,
        check=True,
    )
    answer: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return answer


async def furnish(url: str, creator: CrowdDevice, members: list[CrowdDevice], rooms: int) -> list[RoomId]:
    """Make encrypted rooms with the same members."""
    lanes = asyncio.Semaphore(AT_ONCE)
    made: list[RoomId] = []

    async def one() -> None:
        async with lanes, HomeserverClient(url, AccessToken(creator.token)) as http:
            body = {"preset": "public_chat", "initial_state": [ENCRYPTION]}
            room_id = await ClientApi(http).create_room(body)
            for member in members:
                await member.join(url, room_id)
            made.append(room_id)
            if len(made) % 50 == 0 or len(made) == rooms:
                progress(f"{len(made)} of {rooms} rooms of {len(members) + 1} and the contenders")

    await asyncio.gather(*(one() for _ in range(rooms)))
    return made


async def enter(url: str, account: UserId, rooms: list[RoomId]) -> None:
    """Let a contender's account join the rooms."""
    async with HomeserverClient(url) as http:
        client = ClientApi(http)
        http.use_token((await client.login(account, PASSWORD, device_name="entering")).access_token)
        for room_id in rooms:
            await client.join(room_id)
        await client.logout()


async def speak(url: str, device: CrowdDevice, room_id: RoomId, number: int) -> None:
    """Let something be said, so that there is something to come back to."""
    async with HomeserverClient(url, AccessToken(device.token)) as http:
        content = {"msgtype": "m.text", "body": "x"}
        await ClientApi(http).send_event(room_id, "m.room.message", content, f"speak-{number}")


def measure(server: SynapseServer, devices: list[CrowdDevice], rooms: int, size: int, folder: Path) -> Any:
    """Furnish, let both have been there, and start them again and again."""
    creator, *others = devices
    # The two contenders are members too.
    made = asyncio.run(furnish(server.url, creator, others[: size - 3], rooms))
    accounts = {name: user_id(f"{name}-{rooms}-{size}", SERVER) for name in CONTENDERS}
    results: dict[str, list[dict[str, float]]] = {name: [] for name in CONTENDERS}
    for name, account in accounts.items():
        asyncio.run(enter(server.url, account, made))
        (folder / account).mkdir()
        started(name, server.url, account, folder / account)
        progress(f"{name} has been in {rooms} rooms of {size}")
    for number in range(ROUNDS):
        asyncio.run(speak(server.url, creator, made[0], number))
        for name, account in accounts.items():
            answer = started(name, server.url, account, folder / account)
            if answer["rooms"] != rooms:
                raise RuntimeError(f"{name} knows {answer['rooms']} of {rooms} rooms")
            results[name].append(answer)
            progress(f"{rooms} rooms of {size}, round {number + 1}, {name}: {answer}")
    return summary(results)


def summary(results: dict[str, list[dict[str, float]]]) -> dict[str, Any]:
    """Return medians and ratios."""
    medians = {
        name: {unit: round(statistics.median(each[unit] for each in many), 3) for unit in ("seconds", "MB")}
        for name, many in results.items()
    }
    ratios = {
        f"{unit}: nio / ours": round(medians["nio"][unit] / max(medians["ours"][unit], 0.001), 1)
        for unit in ("seconds", "MB")
    }
    return {**medians, "ratios": ratios}


def progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main() -> None:
    """Measure and print, or be one of the starts."""
    if sys.argv[1:2] == ["--start"]:
        contender, url, account, folder = sys.argv[2:]
        start(contender, url, account, Path(folder))
        return
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true")
    sizes = QUICK_SIZES if parser.parse_args().quick else SIZES
    with tempfile.TemporaryDirectory() as name, running_synapse(Path(name) / "server") as server:
        people = {f"@member{i}:{SERVER}": 1 for i in range(max(size for _, size in sizes))}
        accounts = [str(user_id(f"{c}-{rooms}-{size}", SERVER)) for c in CONTENDERS for rooms, size in sizes]
        database = server.data.synapse / "homeserver.db"
        devices = populate(database, people, one_time_keys=1, others=accounts)
        results = {
            f"{rooms} rooms of {size}": measure(server, devices, rooms, size, Path(name))
            for rooms, size in sizes
        }
    print(json.dumps({"sizes": [list(size) for size in sizes], **results}))


if __name__ == "__main__":
    main()
