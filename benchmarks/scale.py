"""What the size of a community costs: reading it, planning it, making it, and starting again.

    python benchmarks/scale.py [--quick]

For each size (rooms and members): **check** of its files in a process of its own, beside one that imports what it
needs; the **plan** without a homeserver, from nothing to everything and with nothing to do, and how it grows; the
first **apply** on a homeserver of its own, by kind of change (accounts, rooms, joins, invitations), beside bare calls
with the same bodies on another one, as many at a time as is fastest (found first), a slice of each in turn, so that a
load that comes and goes meets both; a plan with **nothing to do** there, beside the one bare request that reads the
same; a **restart** of the homeserver until that plan stands again.
Memory is what a process has grown to at its peak. Needs Synapse in `.venv-synapse` (`./palabre test`).

Prints progress, then one line of JSON: sizes, seconds, floors, ratios, MB.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import logging
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any

import structlog

from benchmarks.making.bare import bare_homeserver
from benchmarks.making.files import write_files
from benchmarks.provision import OWN, SETTINGS, look, network, planner, progress, provisioner
from community.core.errors import PalabreError
from community.description.model import Description
from matrix.ids import RoomId, UserId
from palabre_cli.main import ALLOCATIONS_BETWEEN_COLLECTIONS
from provisioning.apply import CONCURRENCY
from provisioning.changes import Change, CreateAccount, InviteMember, JoinMember
from provisioning.provisioner import ApplyOptions, Provisioner
from provisioning.snapshot import Membership, Snapshot
from provisioning.topology import topology
from tests.lib.synapse_server import PASSWORD, SynapseServer, running_synapse

ROOT = Path(__file__).parent.parent
SIZES, QUICK_SIZES = ((30, 100), (360, 2_000)), ((30, 100),)
"""Rooms and members."""
ROUNDS = {30: 3}
"""How often a size is made, by its rooms: what takes seconds is the median of several; once where it takes long."""
PURE_SIZES, QUICK_PURE_SIZES = ((30, 100), (360, 2_000), (360, 5_000)), ((30, 100), (60, 200))
CONCURRENCIES = (1, 2, 4, 8)
TRIED_WITH = 24
"""How many of each kind are made to find the floor's best concurrency."""
RATIOS = "ratios: ours / floor"
KINDS = ("accounts", "rooms", "joins", "invitations")
SLICES = {"accounts": 100, "joins": 200, "invitations": 500}
"""How many changes of a kind ours and the floor make in turn: about a quarter of a minute. Rooms are one slice."""
CHECK = ("-m", "palabre_cli", "check", "--config")
IMPORTS = ("-c", "import click, pydantic, yaml, dateutil.rrule")
SYNAPSE = "bcrypt_rounds: 12\nbackground_updates: {sleep_enabled: false}\n"
"""Passwords are hashed as on any Synapse, which is what an account costs; the database is prepared without pauses."""
MEASURED = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1000)
"""
"""A process's peak of memory begins with that of the one that has started it: this one is small."""


# --- in a process of its own ------------------------------------------------------------------------------------------


def run(arguments: Sequence[str]) -> tuple[float, float]:
    """Run Python; return the seconds of CPU, and the MB of its memory at its peak."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "LANGUAGE": "en"}
    command = [sys.executable, "-S", "-c", MEASURED, sys.executable, "-P", *arguments]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    seconds, megabytes = done.stdout.split()
    return float(seconds), float(megabytes)


def check(description: Description, folder: Path) -> dict[str, Any]:
    """Measure `palabre check` of the description's files."""
    write_files(description, folder)
    (seconds, megabytes), (floor, floor_megabytes) = run((*CHECK, str(folder))), run(IMPORTS)
    return {
        "seconds": round(seconds, 3),
        "floor": round(floor, 3),
        "megabytes": round(megabytes, 1),
        "floor_megabytes": round(floor_megabytes, 1),
    }


# --- making it --------------------------------------------------------------------------------------------------------


@dataclass
class Stopwatch:
    """How long each kind of change took: an apply makes one kind after the other. The floor follows slice by slice."""

    floor: FloorInTurns
    seconds: dict[str, float] = field(default_factory=lambda: dict.fromkeys(KINDS, 0.0))
    made: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    pauses: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    kind: str = KINDS[0]
    last: float = 0.0

    def note(self, change: Change, error: PalabreError | None) -> None:
        """Note that a change was made. Where a slice ends, ours waits while the floor makes its own."""
        assert error is None, error
        kind = kind_of(change)
        self.seconds[kind] += perf_counter() - self.last
        self.made[kind] += 1
        if kind != self.kind:
            self.floor.finish(self.kind)
            self.kind = kind
        if kind in SLICES and self.made[kind] % SLICES[kind] == 0:
            self.pauses[kind] += 1
            self.floor.follow(kind, SLICES[kind])
        self.last = perf_counter()

    def whole(self) -> dict[str, float]:
        """Return the seconds; what the homeserver did for ours during a pause is counted as if it were still to do."""
        return {
            kind: seconds * (1 + (CONCURRENCY - 1) * self.pauses[kind] / max(1, self.made[kind]))
            for kind, seconds in self.seconds.items()
        }


def kind_of(change: Change) -> str:
    """Return which of `KINDS` a change is."""
    match change:
        case CreateAccount():
            return "accounts"
        case JoinMember():
            return "joins"
        case InviteMember():
            return "invitations"
        case _:
            return "rooms"


@dataclass(frozen=True)
class Wanted:
    """What a description wants, by kind."""

    desired: Snapshot
    users: list[UserId]
    joins: list[tuple[str, UserId]]
    invitations: list[tuple[str, UserId]]

    @classmethod
    def of(cls, description: Description) -> Wanted:
        """Return it; our own accounts are there already."""
        desired = topology(description.community, SETTINGS)
        stands = {
            kind: [
                (room.key, user)
                for room in desired.rooms.values()
                for user, wanted in room.members.items()
                if wanted is kind and user != OWN.provisioner
            ]
            for kind in (Membership.JOINED, Membership.INVITED)
        }
        users = [user for user in desired.accounts if user not in (OWN.provisioner, OWN.bot, OWN.break_glass)]
        return cls(desired, users, stands[Membership.JOINED], stands[Membership.INVITED])

    @property
    def counts(self) -> dict[str, int]:
        """How many there are of each kind."""
        numbers = (len(self.users), len(self.desired.rooms), len(self.joins), len(self.invitations))
        return dict(zip(KINDS, numbers, strict=True))


async def ours(server: SynapseServer, description: Description, floor: FloorInTurns) -> dict[str, float]:
    """Apply, the floor following; return the seconds of each kind."""
    async with provisioner(server, description, Provisioner) as opened:
        watch = Stopwatch(floor)

        def begin(_plan: object) -> None:
            watch.last = perf_counter()

        await opened.apply(ApplyOptions("benchmark", begin=begin, progress=watch.note, force=True))
        floor.finish(watch.kind)
        return watch.whole()


class FloorInTurns:
    """Makes the same by bare calls, in a thread with an event loop of its own: whoever calls it waits."""

    def __init__(self, server: SynapseServer, description: Description, concurrency: dict[str, int]) -> None:
        wanted = Wanted.of(description)
        self.seconds = dict.fromkeys(KINDS, 0.0)
        self._server = server
        self._community = description.community.key
        self._desired = wanted.desired
        self._left: dict[str, list[Any]] = {
            "accounts": wanted.users,
            "joins": wanted.joins,
            "invitations": wanted.invitations,
        }
        self._concurrency = concurrency
        self._ids: dict[str, RoomId] = {}
        self._thread = ThreadPoolExecutor(1)

    def follow(self, kind: str, number: int) -> None:
        """Make the next ``number`` of a kind."""
        part, self._left[kind] = self._left[kind][:number], self._left[kind][number:]
        made = ", ".join(f"{name} {seconds:.0f} s" for name, seconds in self.seconds.items())
        progress(f"floor: {made}; {len(part)} {kind}, {len(self._left[kind])} left")
        self.seconds[kind] += self._thread.submit(lambda: asyncio.run(self._make(kind, part))).result()

    def finish(self, kind: str) -> None:
        """Make all that is left of a kind."""
        if kind == "rooms":
            self.seconds[kind] += self._thread.submit(lambda: asyncio.run(self._make(kind, []))).result()
        elif self._left[kind]:
            self.follow(kind, len(self._left[kind]))

    async def _make(self, kind: str, part: list[Any]) -> float:
        async with bare_homeserver(
            self._server, self._community, OWN, concurrency=self._concurrency[kind]
        ) as bare:
            bare.ids.update(self._ids)
            match kind:
                case "accounts":
                    return await bare.accounts(part, PASSWORD)
                case "rooms":
                    seconds = await bare.rooms(self._desired)
                    self._ids = dict(bare.ids)
                    return seconds
                case "joins":
                    return await bare.joins(part)
                case _:
                    return await bare.invitations(part)


def best_concurrency(folder: Path) -> dict[str, int]:
    """Return for each kind how many calls at a time are fastest."""
    description, found = network(TRIED_WITH, people=TRIED_WITH), {}
    for number in CONCURRENCIES:
        with running_synapse(folder / f"try-{number}", more=SYNAPSE) as server:
            floor = FloorInTurns(server, description, dict.fromkeys(KINDS, number))
            for kind in KINDS:
                floor.finish(kind)
            found[number] = floor.seconds
        progress(f"floor with {number} at a time: {rounded(found[number])}")
    return {kind: min(CONCURRENCIES, key=lambda number: found[number][kind]) for kind in KINDS}


async def again(server: SynapseServer, description: Description) -> None:
    """Plan where there is nothing to do."""
    async with provisioner(server, description, Provisioner) as opened:
        made, _ = await opened.plan()
        assert made.changes == (), made.changes[:3]


def making(description: Description, concurrency: dict[str, int], folder: Path) -> dict[str, Any]:
    """Measure the first apply, what is to be done after it, and a restart."""
    with (
        running_synapse(folder / "floor", more=SYNAPSE) as other,
        running_synapse(folder / "ours", more=SYNAPSE) as server,
    ):
        floor = FloorInTurns(other, description, concurrency)
        mine, bare = asyncio.run(ours(server, description, floor)), floor.seconds
        progress(f"floor: {rounded(bare)}; ours: {rounded(mine)}")
        idle = asyncio.run(look(server, description, Provisioner))
    before = perf_counter()
    with running_synapse(folder / "ours", more=SYNAPSE) as server:
        asyncio.run(again(server, description))
        restart = perf_counter() - before
    return {
        "counts": Wanted.of(description).counts,
        "floor_concurrency": concurrency,
        "seconds": rounded(mine),
        "floor": rounded(bare),
        RATIOS: {kind: round(mine[kind] / bare[kind], 2) for kind in KINDS},
        "nothing_to_do": {
            "seconds": round(idle.ours, 3),
            "floor": round(idle.floor, 3),
            "requests": idle.requests,
        },
        "restart_seconds": round(restart, 2),
    }


def medians(rounds: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the last round, with the medians of seconds and ratios."""
    parts = ("seconds", "floor", RATIOS)
    found = {
        part: {kind: round(statistics.median(each[part][kind] for each in rounds), 2) for kind in KINDS}
        for part in parts
    }
    return {**rounds[-1], **found, "rounds": len(rounds)}


def rounded(seconds: dict[str, float]) -> dict[str, float]:
    return {kind: round(value, 2) for kind, value in seconds.items()}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    # As the service runs.
    gc.set_threshold(ALLOCATIONS_BETWEEN_COLLECTIONS)
    pure = tuple((rooms, members * 8) for rooms, members in (QUICK_PURE_SIZES if quick else PURE_SIZES))
    report: dict[str, Any] = {"benchmark": "scale", "quick": quick, "planner": planner(pure), "sizes": []}
    with tempfile.TemporaryDirectory() as name:
        concurrency = best_concurrency(Path(name))
        for rooms, members in QUICK_SIZES if quick else SIZES:
            description, folder = network(rooms, people=members), Path(name) / f"{rooms}-{members}"
            folder.mkdir()
            progress(f"{rooms} rooms, {members} members")
            checked = check(description, folder / "config")
            made = medians(
                [
                    making(description, concurrency, folder / f"round-{number}")
                    for number in range(ROUNDS.get(rooms, 1))
                ]
            )
            report["sizes"].append({"rooms": rooms, "members": members, "check": checked, **made})
    print(json.dumps(report))


if __name__ == "__main__":
    main()
