"""What the size of a community costs: reading it, planning it, making it, and starting again.

    python benchmarks/scale.py [--quick]

For each size (rooms and members): **check** of its files in a process of its own, beside one that imports what it
needs; the **plan** without a homeserver, from nothing to everything and with nothing to do, and how it grows; the first
**apply** on a homeserver of its own, by kind of change (accounts, rooms, joins, invitations), beside bare calls with
the same bodies on another one, as many at a time as is fastest (found first); a plan with **nothing to do** there,
beside the one bare request that reads the same; a **restart** of the homeserver until that plan stands again.
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
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import structlog
import yaml

from benchmarks.making.bare import bare_homeserver
from benchmarks.provision import OWN, SETTINGS, look, network, planner, progress, provisioner
from community.core.errors import PalabreError
from community.description.model import Description
from matrix.ids import RoomId, UserId
from palabre_cli.main import ALLOCATIONS_BETWEEN_COLLECTIONS
from provisioning.changes import Change, CreateAccount, InviteMember, JoinMember
from provisioning.provisioner import ApplyOptions, Provisioner
from provisioning.snapshot import Membership, Snapshot
from provisioning.topology import topology
from tests.lib.synapse_server import PASSWORD, SynapseServer, running_synapse

ROOT = Path(__file__).parent.parent
SIZES, QUICK_SIZES = ((30, 100), (360, 2_000)), ((30, 100),)
"""Rooms and members."""
PURE_SIZES, QUICK_PURE_SIZES = ((30, 100), (360, 2_000), (360, 5_000)), ((30, 100), (60, 200))
CONCURRENCIES = (1, 2, 4, 8)
TRIED_WITH = 24
"""How many of each kind are made to find the floor's best concurrency."""
KINDS = ("accounts", "rooms", "joins", "invitations")
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
    folder.mkdir()
    written = description.community.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    (folder / "community.yaml").write_text(yaml.safe_dump(written, allow_unicode=True, sort_keys=False))
    for name in ("directory.yaml", "calendar.yaml", "settings.yaml"):
        (folder / name).write_text("version: 1\n")
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
    """How long each kind of change took: an apply makes one kind after the other."""

    seconds: dict[str, float]
    last: float

    def made(self, change: Change, error: PalabreError | None) -> None:
        """Note that a change was made."""
        assert error is None, error
        now = perf_counter()
        kind = kind_of(change)
        self.seconds[kind] = self.seconds.get(kind, 0.0) + now - self.last
        self.last = now


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


async def ours(server: SynapseServer, description: Description) -> dict[str, float]:
    """Apply; return the seconds of each kind."""
    async with provisioner(server, description, Provisioner) as opened:
        watch = Stopwatch({}, 0.0)

        def begin(_plan: object) -> None:
            watch.last = perf_counter()

        await opened.apply(ApplyOptions("benchmark", begin=begin, progress=watch.made, force=True))
        return watch.seconds


async def floor(
    server: SynapseServer, description: Description, concurrency: dict[str, int]
) -> dict[str, float]:
    """Make the same by bare calls; return the seconds of each kind."""
    wanted = Wanted.of(description)
    seconds: dict[str, float] = {}
    ids: dict[str, RoomId] = {}
    for kind in KINDS:
        async with bare_homeserver(
            server, description.community.key, OWN, concurrency=concurrency[kind]
        ) as bare:
            bare.ids.update(ids)
            match kind:
                case "accounts":
                    seconds[kind] = await bare.accounts(wanted.users, PASSWORD)
                case "rooms":
                    seconds[kind] = await bare.rooms(wanted.desired)
                case "joins":
                    seconds[kind] = await bare.joins(wanted.joins)
                case _:
                    seconds[kind] = await bare.invitations(wanted.invitations)
            ids = dict(bare.ids)
    return seconds


def best_concurrency(folder: Path) -> dict[str, int]:
    """Return for each kind how many calls at a time are fastest."""
    description, found = network(TRIED_WITH, people=TRIED_WITH), {}
    for number in CONCURRENCIES:
        with running_synapse(folder / f"try-{number}", more=SYNAPSE) as server:
            found[number] = asyncio.run(floor(server, description, dict.fromkeys(KINDS, number)))
        progress(f"floor with {number} at a time: {rounded(found[number])}")
    return {kind: min(CONCURRENCIES, key=lambda number: found[number][kind]) for kind in KINDS}


async def again(server: SynapseServer, description: Description) -> None:
    """Plan where there is nothing to do."""
    async with provisioner(server, description, Provisioner) as opened:
        made, _ = await opened.plan()
        assert made.changes == (), made.changes[:3]


def making(description: Description, concurrency: dict[str, int], folder: Path) -> dict[str, Any]:
    """Measure the first apply, what is to be done after it, and a restart."""
    with running_synapse(folder / "floor", more=SYNAPSE) as server:
        bare = asyncio.run(floor(server, description, concurrency))
        progress(f"floor: {rounded(bare)}")
    with running_synapse(folder / "ours", more=SYNAPSE) as server:
        mine = asyncio.run(ours(server, description))
        progress(f"ours: {rounded(mine)}")
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
        "ratios: ours / floor": {kind: round(mine[kind] / bare[kind], 2) for kind in KINDS},
        "nothing_to_do": {
            "seconds": round(idle.ours, 3),
            "floor": round(idle.floor, 3),
            "requests": idle.requests,
        },
        "restart_seconds": round(restart, 2),
    }


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
            made = making(description, concurrency, folder)
            report["sizes"].append({"rooms": rooms, "members": members, "check": checked, **made})
    print(json.dumps(report))


if __name__ == "__main__":
    main()
