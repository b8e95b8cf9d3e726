"""Making many rooms, looking at them when there is nothing to do, and the planner alone.

    python benchmarks/provision.py [--quick] [--rooms N] [--rounds N] [--postgres]

**Creation** beside a floor: a bare loop of the same createRoom bodies and ``m.space.child`` events, at the best of
several concurrencies (found first), each on a homeserver of its own, interleaved; medians. **Nothing to do** beside
the one bare request that reads the same state, its answer parsed. **The planner** without a homeserver, over three
sizes: seconds, MB, and how they grow. ``--postgres``: creation on PostgreSQL too, in a database that this makes and
ends (needs Debian's package postgresql). Needs Synapse in `.venv-synapse` (`./palabre test`).

Prints progress, then one line of JSON: sizes, seconds, floor, ratios.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import logging
import statistics
import sys
import tempfile
import tracemalloc
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

import aiohttp
import structlog

from benchmarks.making.bare import bare_homeserver
from benchmarks.making.postgres import Cluster, running_postgres
from community.description.calendar_model import Calendar
from community.description.directory_model import Directory
from community.description.model import Description
from community.description.settings import Settings
from community.storage import Store
from matrix.client_api import ClientApi
from provisioning.plan_extras import NO_EXTRAS
from provisioning.planner import plan
from provisioning.provisioner import ApplyOptions, Provisioner
from provisioning.snapshot import Snapshot
from provisioning.synapse_homeserver import SynapseHomeserver
from provisioning.topology import own_accounts, topology
from tests.lib.descriptions import small
from tests.lib.synapse_server import SynapseServer, running_synapse

ROOMS, QUICK_ROOMS = 1000, 30
ROUNDS, QUICK_ROUNDS = 5, 1
CONCURRENCIES = (1, 2, 4, 8)
TRIED_WITH = 60
"""Rooms with which the floor's best concurrency is found."""
PLANNER_SIZES = ((1_250, 12_500), (2_500, 25_000), (5_000, 50_000))
"""Rooms and memberships."""
QUICK_PLANNER_SIZES = ((125, 1_250), (250, 2_500), (500, 5_000))
SETTINGS = Settings()
OWN = own_accounts(SETTINGS)
Server = Callable[[Path], AbstractContextManager[SynapseServer]]


def progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


# --- what is made ---------------------------------------------------------------------------------------------------


def network(rooms: int, *, bots: bool = False, people: int = 0) -> Description:
    """Return a description of about ``rooms`` rooms, one for each pair of theme and cohort, and their spaces."""
    themes = max(1, round(rooms**0.5))
    cohorts = max(1, round(rooms / themes))
    community = small(
        themes=[{"key": f"t{i}", "name": f"Theme {i}", "summary": "Summary"} for i in range(themes)],
        cities=[
            {"key": f"c{i}", "name": f"C{i}", "country": "ML", "timezone": "UTC", "languages": ["fr"]}
            for i in range(cohorts)
        ],
        cohorts=[
            {
                "key": f"c{i}",
                "name": f"C {i}",
                "cities": [f"c{i}"],
                "from": "2026-01-01",
                "until": "2027-01-01",
            }
            for i in range(cohorts)
        ],
        rooms=[
            {"key": "lobby", "for": "community", "policy": "lobby", "bots": True, "name": "L", "topic": "L"},
            {
                "key": "work",
                "for": "theme-cohort",
                "policy": "closed",
                "bots": bots,
                "name": "{theme}, {cohort}",
                "topic": "On {theme}",
            },
        ],
        members=[
            {
                "username": f"m{i}",
                "name": f"M {i}",
                "role": "city-lead",
                "city": f"c{i % cohorts}",
                "themes": [f"t{(i // cohorts + k) % themes}" for k in range(min(4, themes))],
                "languages": ["fr"],
            }
            for i in range(people)
        ],
    ).community
    return Description(community, Directory(version=1), Calendar(version=1))


def without_bot(desired: Snapshot) -> Snapshot:
    """Return the spaces and rooms alone: what the floor makes too."""
    return replace(desired, rooms={key: replace(room, members={}) for key, room in desired.rooms.items()})


class _RoomsAlone(Provisioner):
    """A provisioner whose description asks for rooms and links, and for nobody in them."""

    async def plan(self, *, again: Any = (), extras: Any = NO_EXTRAS) -> Any:
        """Return the plan."""
        desired = without_bot(topology(self.description.community, self.settings))
        actual = await self.homeserver.snapshot()
        return plan(desired, actual, again=again, extras=extras), actual


@asynccontextmanager
async def provisioner(
    server: SynapseServer, description: Description, kind: type[Provisioner] = _RoomsAlone
) -> AsyncIterator[Provisioner]:
    """Open a provisioner of this ``kind``."""
    async with (
        await Store.open(server.data.store_url) as store,
        server.provisioner() as http,
    ):
        homeserver = SynapseHomeserver(
            http, OWN, community=description.community.key, server_name=SETTINGS.homeserver.server_name
        )
        yield kind(
            description, SETTINGS, server.data.root, server.data, homeserver, store, server.url, http.counts
        )


# --- creation -------------------------------------------------------------------------------------------------------


async def ours(server: SynapseServer, description: Description) -> float:
    """Apply; return the seconds."""
    async with provisioner(server, description) as opened:
        before = perf_counter()
        await opened.apply(ApplyOptions("benchmark"))
        return perf_counter() - before


async def floor(server: SynapseServer, description: Description, *, concurrency: int) -> float:
    """Make the same by a bare loop; return the seconds."""
    desired = without_bot(topology(description.community, SETTINGS))
    async with bare_homeserver(server, description.community.key, OWN, concurrency=concurrency) as bare:
        return await bare.rooms(desired)


def best_concurrency(server: Server, rooms: int, folder: Path) -> int:
    """Return the concurrency at which the floor is fastest."""
    found = {}
    for concurrency in CONCURRENCIES:
        with server(folder / f"try-{concurrency}") as running:
            seconds = asyncio.run(floor(running, network(rooms), concurrency=concurrency))
        found[concurrency] = seconds
        progress(f"floor with {concurrency} at a time: {rooms} rooms in {seconds:.2f} s")
    return min(found, key=lambda concurrency: found[concurrency])


def creation(server: Server, rooms: int, rounds: int, folder: Path) -> dict[str, Any]:
    """Measure making ``rooms`` rooms, and return the medians; the last homeserver of ours is looked at too."""
    concurrency = best_concurrency(server, min(rooms, TRIED_WITH), folder)
    description = network(rooms)
    made = len(topology(description.community, SETTINGS).rooms)
    seconds: dict[str, list[float]] = {"floor": [], "ours": []}
    looks: list[Look] = []
    for number in range(rounds):
        for name, contender in (("floor", partial(floor, concurrency=concurrency)), ("ours", ours)):
            with server(folder / f"{name}-{number}") as running:
                took = asyncio.run(contender(running, description))
                seconds[name].append(took)
                progress(f"round {number + 1} of {rounds}, {name}: {made} spaces and rooms in {took:.2f} s")
                if name == "ours":
                    looks.append(asyncio.run(look(running, description)))
                    progress(f"round {number + 1} of {rounds}, nothing to do: {looks[-1]}")
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    pairs = [mine / bare for mine, bare in zip(seconds["ours"], seconds["floor"], strict=True)]
    return {
        "rooms": made,
        "floor_concurrency": concurrency,
        "seconds": rounded(medians),
        "ratio: ours / floor": round(statistics.median(pairs), 3),
        "nothing_to_do": {
            "seconds": round(statistics.median(each.ours for each in looks), 3),
            "floor": round(statistics.median(each.floor for each in looks), 3),
            "ratio: ours / floor": round(statistics.median(each.ours / each.floor for each in looks), 3),
            "requests": max(each.requests for each in looks),
            "again_seconds": round(statistics.median(each.again for each in looks), 4),
            "again_requests": max(each.again_requests for each in looks),
        },
    }


# --- nothing to do --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Look:
    """Seconds of a plan with nothing to do, of the one request that reads the same, of a second plan in one process."""

    ours: float
    floor: float
    requests: int
    again: float
    again_requests: int


LOOKS = 5


async def look(
    server: SynapseServer, description: Description, kind: type[Provisioner] = _RoomsAlone
) -> Look:
    """Plan where there is nothing to do, and read the same by one bare request, in turns."""
    body = {
        "lists": {
            "all": {
                "ranges": [[0, 1_000_000]],
                "required_state": [["*", "*"]],
                "timeline_limit": 0,
                "filters": {},
            }
        }
    }
    mine, bare, again, requests, again_requests = [], [], [], 0, 0
    for _ in range(LOOKS):
        async with server.provisioner() as http, aiohttp.ClientSession() as session:
            url = f"{server.url}/_matrix/client/unstable/org.matrix.simplified_msc3575/sync?timeout=0"
            headers = {"Authorization": f"Bearer {http._token}"}
            await ClientApi(http).whoami()
            gc.collect()
            before = perf_counter()
            async with session.post(url, json=body, headers=headers) as answer:
                json.loads(await answer.read())
            bare.append(perf_counter() - before)
        gc.collect()
        before = perf_counter()
        async with provisioner(server, description, kind) as opened:
            made, _ = await opened.plan()
            mine.append(perf_counter() - before)
            assert made.changes == (), made.changes[:3]
            requests = opened.counts.reads + opened.counts.writes
            before = perf_counter()
            await opened.plan()
            again.append(perf_counter() - before)
            again_requests = opened.counts.reads + opened.counts.writes - requests
    ratio = statistics.median(a / b for a, b in zip(mine, bare, strict=True))
    floor_seconds = statistics.median(bare)
    return Look(ratio * floor_seconds, floor_seconds, requests, statistics.median(again), again_requests)


# --- the planner alone ------------------------------------------------------------------------------------------------


def planner(sizes: tuple[tuple[int, int], ...]) -> dict[str, Any]:
    """Measure the pure planner for sizes in rooms and memberships: from nothing to everything, with nothing to do."""
    results = []
    for rooms, memberships in sizes:
        description = network(rooms, bots=True, people=memberships // 8)
        desired = topology(description.community, SETTINGS)
        count = sum(len(room.members) for room in desired.rooms.values())
        nothing = Snapshot({}, {}, OWN)
        everything, megabytes = measured(lambda: plan(desired, nothing))  # noqa: B023 - called at once
        idle, _ = measured(lambda: plan(desired, desired))  # noqa: B023 - called at once
        results.append(
            {
                "rooms": len(desired.rooms),
                "memberships": count,
                "seconds_everything": round(everything, 3),
                "seconds_nothing": round(idle, 3),
                "megabytes": round(megabytes, 1),
            }
        )
        progress(f"planner: {results[-1]}")
    first, last = results[0], results[-1]
    things = (last["rooms"] + last["memberships"]) / (first["rooms"] + first["memberships"])
    growth = {
        name: round(last[name] / first[name] / things, 2)
        for name in ("seconds_everything", "seconds_nothing", "megabytes")
    }
    return {"sizes": results, "growth_over_linear": growth}


def measured(work: Callable[[], object]) -> tuple[float, float]:
    """Return the best of three times in seconds, and the MB that are held at the peak."""
    seconds = []
    for _ in range(3):
        gc.collect()
        before = perf_counter()
        work()
        seconds.append(perf_counter() - before)
    gc.collect()
    tracemalloc.start()
    work()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return min(seconds), peak / 1e6


def rounded(values: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 3) for name, value in values.items()}


# --- the whole --------------------------------------------------------------------------------------------------------


@contextmanager
def on_postgres(folder: Path, cluster: Cluster) -> Iterator[SynapseServer]:
    """Run a Synapse on a new database of the cluster."""
    with (
        cluster.database() as database,
        running_synapse(folder, postgresql=database, driver=cluster.driver) as server,
    ):
        yield server


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--rooms", type=int)
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--postgres", action="store_true")
    arguments = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    rooms = arguments.rooms or (QUICK_ROOMS if arguments.quick else ROOMS)
    rounds = arguments.rounds or (QUICK_ROUNDS if arguments.quick else ROUNDS)
    report: dict[str, Any] = {"benchmark": "provision"}
    report["planner"] = planner(QUICK_PLANNER_SIZES if arguments.quick else PLANNER_SIZES)
    with tempfile.TemporaryDirectory() as name:
        report["sqlite"] = creation(running_synapse, rooms, rounds, Path(name) / "sqlite")
        if arguments.postgres:
            with running_postgres(Path(name) / "cluster") as cluster:
                server = partial(on_postgres, cluster=cluster)
                report["postgresql"] = creation(server, rooms, rounds, Path(name) / "postgresql")
    print(json.dumps(report))


if __name__ == "__main__":
    main()
