"""What the first apply costs where people are described who have not come, beside one where nobody is described.

    python benchmarks/described.py [--quick]

For each size (rooms and members): the first **apply** with so many described, and with nobody, of the same rooms, each
on a homeserver of its own, in turn; then how long one of them takes to be in their rooms once they have an account
(**arrival**). Needs Synapse in `.venv-synapse` (`./palabre test`).

Prints progress, then one line of JSON: sizes, seconds, the ratio.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import statistics
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

import structlog

from benchmarks.provision import OWN, network, progress, provisioner
from community.description.model import Description
from community.jobs.memberships import MembershipUpdate
from community.storage import NewAuditEntry
from matrix.ids import user_id
from provisioning.membership_updates import update_member
from provisioning.provisioner import ApplyOptions, Provisioner
from provisioning.snapshot import Account
from tests.lib.synapse_server import PASSWORD, SynapseServer, running_synapse

SIZES, QUICK_SIZES = ((100, 2_000),), ((30, 300),)
"""Rooms and members."""
ROUNDS = 3
ARRIVALS = 5


def described(rooms: int, members: int) -> Description:
    """Return a network that is no example: ``network`` asks for one room for each pair of theme and cohort."""
    made = network(rooms, bots=True, people=members)
    return replace(made, community=made.community.model_copy(update={"example": False}))


async def first_apply(server: SynapseServer, description: Description) -> float:
    """Return the seconds of the first apply."""
    async with provisioner(server, description, Provisioner) as opened:
        before = perf_counter()
        applied = await opened.apply(ApplyOptions("benchmark", force=True))
        seconds = perf_counter() - before
        assert len(applied.plan.not_come) == len(description.community.members)
        return seconds


async def arrivals(server: SynapseServer, description: Description) -> list[float]:
    """Return how many seconds each of some people takes to be in their rooms once they have an account."""
    found = []
    async with provisioner(server, description, Provisioner) as opened:
        for member in description.community.members[:ARRIVALS]:
            user, now = user_id(member.username, OWN.server), datetime.now(UTC)
            await opened.homeserver.create_account(Account(user, member.name), PASSWORD)
            entry = NewAuditEntry(at=now, actor=user, action="create-account", subject=user)
            await opened.store.audit.add([entry])
            before = perf_counter()
            update = MembershipUpdate(user, user, "come")
            await update_member(opened, update, who="benchmark", now=lambda: datetime.now(UTC))
            found.append(perf_counter() - before)
    return found


def measured(rooms: int, members: int, folder: Path) -> dict[str, Any]:
    """Measure one size."""
    seconds: dict[int, list[float]] = {0: [], members: []}
    came: list[float] = []
    for number in range(ROUNDS):
        for count, taken in seconds.items():
            description = described(rooms, count)
            with running_synapse(folder / f"{number}-{count}") as server:
                taken.append(asyncio.run(first_apply(server, description)))
                if count and not came:
                    came = asyncio.run(arrivals(server, description))
            progress(f"{rooms} rooms, {count} described: {taken[-1]:.1f} s")
    nobody, everybody = (statistics.median(taken) for taken in seconds.values())
    return {
        "rooms": rooms,
        "members": members,
        "seconds": round(everybody, 2),
        "seconds_with_nobody": round(nobody, 2),
        "ratio": round(everybody / nobody, 2),
        "arrival_seconds": round(statistics.median(came), 2),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with tempfile.TemporaryDirectory() as name:
        sizes = [
            measured(rooms, members, Path(name) / f"{rooms}-{members}")
            for rooms, members in (QUICK_SIZES if quick else SIZES)
        ]
    print(json.dumps({"benchmark": "described", "quick": quick, "sizes": sizes}))


if __name__ == "__main__":
    main()
