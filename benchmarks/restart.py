"""A bot's start with many encrypted rooms, beside nio's `full_state` sync and one bare request, in one run.

    python benchmarks/restart.py [--quick] [--keep FOLDER]

All have been in the rooms before and have stopped; while they are away somebody asks the bot something. **bot**: the
command `palabre bots`, from its call until it is ready and until its answer is there. **client**: our encrypted client
alone, **nio**: as it is, with the full state of its rooms, without which it knows none; **bare**: the one request for
what is new since a token that was kept. Each start is a process of its own. ``seconds``: from its call; ``work``: from
when its modules were imported; ``processor``: its processor time in seconds, until the answer for the bot; ``MB``: its
memory at its peak; ``grown_MB``: what of that came after the imports.

``--keep``: the homeservers are left in a folder, and the rooms are made only where it has none yet. Needs Synapse in
`.venv-synapse` (`./palabre test`). Prints progress, then one line of JSON: sizes, medians, ratios.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import structlog

from benchmarks.latency import PATIENCE, Asker, address_of, person
from benchmarks.making.files import write_files
from benchmarks.provision import network, progress
from benchmarks.returning.furnishing import furnish
from benchmarks.returning.used import processor, resident
from community.description.rooms import expand_rooms
from community.storage import Store
from matrix.client_api import ClientApi
from matrix.http import HomeserverClient
from matrix.ids import AccessToken, RoomId, UserId, user_id
from tests.lib.crowd import populate
from tests.lib.synapse_server import PASSWORD, SynapseServer, running_synapse
from tests.lib.templates import templates_of_a_run

ROOT = Path(__file__).parent.parent
SIZES, QUICK_SIZES = ((1000, 3), (40, 50), (10, 3)), ((40, 3),)
"""Rooms, and members of each: the provisioner, the bot, the peer, others."""
ROUNDS, QUICK_ROUNDS = 5, 1
SERVER = "palabre.localhost"
ALONE = ("client", "nio", "bare")
"""The contenders beside the bot: three devices of one account."""
ACCOUNT = user_id("peer", SERVER)
QUESTION = "!p help"
Json = dict[str, Any]


@dataclass(frozen=True)
class World:
    """A homeserver with the rooms. ``folder`` has what each contender keeps, and the description."""

    server: SynapseServer
    rooms: list[RoomId]
    folder: Path

    @property
    def config(self) -> Path:
        return self.folder / "config"


# --- what they come back to -------------------------------------------------------------------------------------------


@contextmanager
def world(rooms: int, size: int, folder: Path) -> Iterator[World]:
    """Run the homeserver with the rooms of a size; make them where ``folder`` has none yet."""
    made = folder / "rooms.json"
    if folder.exists() and not made.exists():
        # Left by a run that was broken off.
        shutil.rmtree(folder)
    folder.mkdir(exist_ok=True)
    with running_synapse(folder / "server") as server:
        if not made.exists():
            description = network(rooms + 10, bots=True)
            write_files(description, folder / "config")
            others = {f"@other{number}:{SERVER}": 1 for number in range(size - 3)}
            database = server.data.synapse / "homeserver.db"
            devices = populate(database, others, one_time_keys=1, others=[ACCOUNT])
            keys = [room.key for room in expand_rooms(description.community) if room.policy is not None][
                :rooms
            ]
            tokens = [device.token for device in devices]
            found = asyncio.run(furnished(server, description.community.key, keys, tokens))
            made.write_text(json.dumps(found))
        yield World(server, [RoomId(each) for each in json.loads(made.read_text())], folder)


async def furnished(
    server: SynapseServer, community: str, keys: Sequence[str], others: Sequence[str]
) -> list[RoomId]:
    """Make the rooms, with the bot, the peer and others in them."""
    async with AsyncExitStack() as stack:
        tokens = [*others]
        for account in (UserId(server.own.bot), ACCOUNT):
            http = await stack.enter_async_context(HomeserverClient(server.url))
            session = await ClientApi(http).login(account, PASSWORD, device_name="entering")
            http.use_token(session.access_token)
            stack.push_async_callback(ClientApi(http).logout)
            tokens.append(session.access_token)
        provisioner = await stack.enter_async_context(server.provisioner())
        return await furnish(provisioner, community, keys, tokens, progress)


@asynccontextmanager
async def asking(place: World) -> AsyncIterator[Asker]:
    """Give somebody new who can ask the bot in the first room, once it has been there."""
    name = f"@asker-{uuid.uuid4().hex[:8]}:{SERVER}"
    database = place.server.data.synapse / "homeserver.db"
    (device,) = await asyncio.to_thread(populate, database, {name: 1}, one_time_keys=8)
    async with await Store.open(place.server.data.store_url) as store:
        members = [device.user_id, ACCOUNT, *(f"@other{number}:{SERVER}" for number in range(50))]
        await store.people.replace([person(user) for user in members])
    async with HomeserverClient(place.server.url, AccessToken(device.token)) as http:
        await device.join(place.server.url, place.rooms[0])
        asker = Asker(device, http, {"bot": place.rooms[0]})
        asker.listening = asyncio.create_task(asker.listen())
        try:
            yield asker
        finally:
            asker.listening.cancel()
            await asyncio.gather(asker.listening, return_exceptions=True)


# --- the starts -------------------------------------------------------------------------------------------------------


def alone(contender: str, place: World) -> Json:
    """Start a contender in a process of its own; return what it says."""
    folder = place.folder / contender
    folder.mkdir(exist_ok=True)
    arguments = (contender, place.server.url, ACCOUNT, PASSWORD, str(folder))
    command = [sys.executable, "-P", "-m", "benchmarks.returning.start", *arguments]
    began = perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment(place))
    seconds = perf_counter() - began
    answer: Json = json.loads(done.stdout.splitlines()[-1])
    if answer["rooms"] != len(place.rooms):
        raise RuntimeError(f"{contender} knows {answer['rooms']} of {len(place.rooms)} rooms")
    return {**answer, "seconds": seconds}


@asynccontextmanager
async def bot(place: World) -> AsyncIterator[tuple[float, int]]:
    """Run the bot; give how many seconds it took from its call until it was ready, and its process."""
    data = place.server.data
    options = ("--config", str(place.config), "--data", str(data.root), "--metrics", "127.0.0.1:0")
    with (place.folder / "bot.log").open("ab") as log:
        began = perf_counter()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "palabre_cli", "bots", *options),
            stdout=log,
            stderr=log,
            env=environment(place),
        )
    ready = data.ready_file("bots")
    try:
        while not (ready.exists() and ready.read_text().strip() == str(process.pid)):
            if process.returncode is not None or perf_counter() - began > 10 * PATIENCE:
                raise RuntimeError(f"the bot is not ready: {place.folder / 'bot.log'}")
            await asyncio.sleep(0.005)
        yield perf_counter() - began, process.pid
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def returned(place: World, asker: Asker) -> Json:
    """Ask while the bot is away, and start it; return seconds until it was ready and until it has answered."""
    asked = await asker.send("bot", QUESTION)
    began = perf_counter()
    async with bot(place) as (ready, process):
        answered, _ = await asker.reply_to(asked, "bot")
        used = {"processor": processor(process), "MB": resident("VmHWM", process)}
        return {"seconds": ready, "answer": answered - began, **used}


def environment(place: World) -> dict[str, str]:
    """Return the environment of a start: its modules are compiled already, as where it is installed."""
    rest = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    own = {"PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": str(place.folder / "compiled"), "LANG": "C.UTF-8"}
    return {**rest, **own}


# --- measuring --------------------------------------------------------------------------------------------------------


async def measured(place: World, rounds: int) -> Json:
    """Let all have been there, and start them again and again, in turns."""
    results: dict[str, list[Json]] = {name: [] for name in ("bot", *ALONE)}
    async with asking(place) as asker:
        async with bot(place) as (seconds, _):
            progress(f"the bot has been there: {seconds:.1f} s")
            address = await address_of(asker.http, UserId(place.server.own.bot))
            await asker.meet("bot", address)
            await asker.ask("bot", QUESTION)
        for name in ALONE:
            first = await asyncio.to_thread(alone, name, place)
            progress(f"{name} has been there: {first['seconds']:.1f} s")
        for number in range(rounds):
            results["bot"].append(await returned(place, asker))
            for name in ALONE:
                results[name].append(await asyncio.to_thread(alone, name, place))
            said = ", ".join(f"{name} {found[-1]['seconds']:.2f} s" for name, found in results.items())
            progress(f"round {number + 1} of {rounds}: {said}")
    return summary(len(place.rooms), results)


def summary(rooms: int, results: dict[str, list[Json]]) -> Json:
    """Return medians and ratios."""
    units = ("seconds", "answer", "work", "processor", "MB", "grown_MB")
    found = {
        name: {
            unit: round(statistics.median(each[unit] for each in many), 3)
            for unit in units
            if unit in many[0]
        }
        for name, many in results.items()
    }

    def ratio(name: str, other: str, unit: str) -> float:
        return round(float(found[name][unit]) / max(float(found[other][unit]), 0.001), 2)

    ratios = {
        "seconds: bot / nio": ratio("bot", "nio", "seconds"),
        "processor: bot / nio": ratio("bot", "nio", "processor"),
        "MB: bot / nio": ratio("bot", "nio", "MB"),
        "work: client / nio": ratio("client", "nio", "work"),
        "work: client / bare": ratio("client", "bare", "work"),
        "grown_MB: client / nio": ratio("client", "nio", "grown_MB"),
    }
    return {"rooms": rooms, **found, "ratios": ratios}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--keep", type=Path, metavar="FOLDER")
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    sizes, rounds = (QUICK_SIZES, QUICK_ROUNDS) if options.quick else (SIZES, ROUNDS)
    report: Json = {"benchmark": "restart", "quick": options.quick, "rounds": rounds, "sizes": []}
    with tempfile.TemporaryDirectory() as name, templates_of_a_run():
        kept = options.keep or Path(name)
        kept.mkdir(parents=True, exist_ok=True)
        for rooms, size in sizes:
            progress(f"{rooms} rooms of {size}")
            with world(rooms, size, kept / f"{rooms}-{size}") as place:
                report["sizes"].append({"members": size, **asyncio.run(measured(place, rounds))})
    print(json.dumps({**report, "load": os.getloadavg()[0]}))


if __name__ == "__main__":
    main()
