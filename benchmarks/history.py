"""Handing on a room's earlier keys to somebody who was invited: ours and matrix-js-sdk doing the same, in one run.

    python benchmarks/history.py [--quick] [--sessions N] [--rounds N]

From the call until the newcomer's device was sent the bundle: read, encrypted, uploaded, sent. Ours reads the sessions
from its store on the disk; matrix-js-sdk has them in memory, and keeps nothing on a disk, which is in its favour. Needs
Synapse in `.venv-synapse` and the tests' Matrix client (`./palabre test`). Prints progress, then one line of JSON:
sessions, seconds (medians) and megabytes (what the process grew by at most) of both, their ratio, ours for a second
newcomer, and the longest block of our event loop. ``taken_in``: seconds from then until the newcomer, matrix-js-sdk
in both cases, has all the keys.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import statistics
import sys
import tempfile
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from pathlib import Path
from time import perf_counter
from typing import Any
from uuid import uuid4

import structlog
from nio.crypto import InboundGroupSession, OlmAccount, OutboundGroupSession

from benchmarks.encrypting.blocks import Blocks
from bots.encryption import InvitedPerson
from bots.encryption.history_sharing import AFTER_JOINING
from bots.encryption.room_session import RoomSession
from matrix.ids import RoomId, UserId
from tests.lib.bot import Bot, running_bot
from tests.lib.peer_client import NODE, PEER, Peer, open_peer, until
from tests.lib.synapse_server import PASSWORD, SynapseServer, running_synapse

SESSIONS, QUICK_SESSIONS = 20_000, 400
ROUNDS, QUICK_ROUNDS = 3, 1
PATIENCE = 600.0
LOOK_EVERY = 0.05
STATE = {
    "m.room.encryption": {"algorithm": "m.megolm.v1.aes-sha2"},
    "m.room.history_visibility": {"history_visibility": "shared"},
}


@dataclass(frozen=True, slots=True)
class HandedOn:
    """Seconds and megabytes; of ours also for the second newcomer, and the longest block of the event loop.

    ``taken_in``: seconds until the newcomer has all keys.
    """

    seconds: float
    megabytes: float
    taken_in: float
    second: float = 0.0
    block: float = 0.0


def drawn(count: int) -> list[InboundGroupSession]:
    """Return so many sessions, of a hundred devices."""
    devices = [OlmAccount().identity_keys for _ in range(100)]
    return [
        InboundGroupSession(OutboundGroupSession().session_key, keys["ed25519"], keys["curve25519"], "")
        for keys in islice(cycle(devices), count)
    ]


def exported(sessions: list[InboundGroupSession]) -> list[dict[str, Any]]:
    """Return the sessions as matrix-js-sdk imports them."""
    return [
        {
            "algorithm": "m.megolm.v1.aes-sha2",
            "forwarding_curve25519_key_chain": [],
            "sender_claimed_keys": {"ed25519": session.ed25519},
            "sender_key": session.sender_key,
            "session_id": session.id,
            "session_key": session.export_session(0),
            "org.matrix.msc3061.shared_history": True,
        }
        for session in sessions
    ]


async def newcomer(server: SynapseServer, stack: AsyncExitStack) -> Peer:
    """Return somebody new, signed in."""
    name = f"new-{uuid4().hex[:8]}"
    await stack.enter_async_context(server.person(name))
    peer = await stack.enter_async_context(open_peer())
    await peer.login(server.url, server.user(name), PASSWORD)
    return peer


async def joins(peer: Peer, room_id: str) -> None:
    """Accept the invitation."""

    async def invited() -> bool:
        return any((room["roomId"], room["membership"]) == (room_id, "invite") for room in await peer.rooms())

    await until(invited, 60, "the invitation")
    await peer.call("join", roomId=room_id)


async def ours(server: SynapseServer, bot: Bot, sessions: list[InboundGroupSession]) -> HandedOn:
    """Measure ours, for one newcomer and then another."""
    async with AsyncExitStack() as stack:
        body = {
            "preset": "private_chat",
            "initial_state": [{"type": t, "state_key": "", "content": c} for t, c in STATE.items()],
        }
        room_id = await bot.api.create_room(body)
        await bot.device.worker.run(put, bot, room_id, sessions)
        people = [await newcomer(server, stack) for _ in range(2)]
        persons = [await arrived(bot, peer, room_id) for peer in people]
        await asyncio.sleep(AFTER_JOINING.total_seconds())
        await bot.client.history.due(persons)
        first, block, megabytes = await given(bot, persons[0])
        taken = await taken_in(people[0], len(sessions))
        second, _, _ = await given(bot, persons[1])
        return HandedOn(first, megabytes, taken, second, block)


def put(bot: Bot, room_id: RoomId, sessions: list[InboundGroupSession]) -> None:
    """Put the sessions into the store of the bot."""
    store = bot.device.machine.store
    for session in sessions:
        session.room_id = room_id
        store.put_inbound(RoomSession(session, shared_history=True))
    store.commit(datetime.now(UTC))


async def arrived(bot: Bot, peer: Peer, room_id: RoomId) -> InvitedPerson:
    """Invite somebody, who joins; return them."""
    user_id = UserId(peer.user_id)
    await bot.api.invite(room_id, user_id)
    await joins(peer, room_id)

    async def is_there() -> bool:
        return bot.client.rooms[room_id].members.get(user_id) == "join"

    await until(is_there, 60, "the bot to see who has joined")
    await bot.client.know([user_id])
    master = await bot.client.shown_identity(user_id)
    person = InvitedPerson(room_id, user_id, master or "", datetime.now(UTC) - timedelta(minutes=1))
    await bot.client.history.due([person])
    return person


async def given(bot: Bot, person: InvitedPerson) -> tuple[float, float, float]:
    """Hand on the keys; return seconds, the longest block of the event loop, and megabytes."""
    before = forget_peak()
    async with Blocks() as blocks:
        began = perf_counter()
        assert await bot.client.history.give(person) == 1
        passed = perf_counter() - began
    return passed, blocks.longest, memory("VmHWM") - before


def forget_peak() -> float:
    """Have the peak of this process's memory begin anew; return what it has now, in megabytes."""
    Path("/proc/self/clear_refs").write_text("5")
    return memory("VmRSS")


def memory(name: str) -> float:
    """Return a figure of this process's memory in megabytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:")) / 1e3


async def taken_in(peer: Peer, count: int) -> float:
    """Wait until a newcomer has so many keys; return the seconds."""
    began = perf_counter()
    while await peer.call("roomKeyCount") < count:
        if perf_counter() - began > PATIENCE:
            raise RuntimeError("the newcomer has not taken in the keys")
        await asyncio.sleep(LOOK_EVERY)
    return perf_counter() - began


async def peers(server: SynapseServer, keys: Path, count: int) -> HandedOn:
    """Measure matrix-js-sdk."""
    async with AsyncExitStack() as stack:
        name = f"sharer-{uuid4().hex[:8]}"
        await stack.enter_async_context(server.person(name))
        peer = await newcomer(server, stack)
        process = await asyncio.create_subprocess_exec(
            NODE, "history_bench.mjs", cwd=PEER, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        assert process.stdin is not None
        assert process.stdout is not None

        def say(value: dict[str, str]) -> None:
            assert process.stdin is not None
            process.stdin.write(json.dumps(value).encode() + b"\n")

        account = {"homeserver": server.url, "user": server.user(name), "secret": PASSWORD}
        say({**account, "newcomer": peer.user_id, "keys": str(keys)})
        ready = json.loads(await process.stdout.readline())
        await joins(peer, ready["roomId"])
        await asyncio.sleep(AFTER_JOINING.total_seconds())
        say({})
        found = json.loads(await process.stdout.readline())
        taken = await taken_in(peer, count)
        await process.wait()
        return HandedOn(found["seconds"], found["megabytes"], taken)


async def measured(count: int, rounds: int) -> dict[str, object]:
    """Measure both, interleaved."""
    ours_found: list[HandedOn] = []
    peers_found: list[HandedOn] = []
    with (
        tempfile.TemporaryDirectory(prefix="palabre-history-") as folder,
        running_synapse(Path(folder)) as server,
    ):
        sessions = await asyncio.to_thread(drawn, count)
        keys = Path(folder) / "keys.json"
        keys.write_text(json.dumps(await asyncio.to_thread(exported, sessions)))
        async with running_bot(server.url, server.data) as bot:
            for number in range(rounds):
                ours_found.append(await ours(server, bot, sessions))
                peers_found.append(await peers(server, keys, count))
                print(f"round {number + 1} of {rounds}: {ours_found[-1]} {peers_found[-1]}", file=sys.stderr)
    return summary(count, ours_found, peers_found)


def summary(count: int, ours_found: list[HandedOn], peers_found: list[HandedOn]) -> dict[str, object]:
    """Return the medians."""

    def median(found: list[HandedOn], name: str) -> float:
        return round(statistics.median(float(getattr(each, name)) for each in found), 3)

    return {
        "benchmark": "history",
        "sessions": count,
        "seconds": median(ours_found, "seconds"),
        "peer": median(peers_found, "seconds"),
        "ratio": round(median(ours_found, "seconds") / median(peers_found, "seconds"), 3),
        "taken_in": median(ours_found, "taken_in"),
        "peer_taken_in": median(peers_found, "taken_in"),
        "second_newcomer": median(ours_found, "second"),
        "megabytes": median(ours_found, "megabytes"),
        "peer_megabytes": median(peers_found, "megabytes"),
        "longest_block": median(ours_found, "block"),
        "load": os.getloadavg()[0],
    }


def main() -> None:
    """Measure, and print one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--sessions", type=int)
    parser.add_argument("--rounds", type=int)
    options = parser.parse_args()
    count = options.sessions or (QUICK_SESSIONS if options.quick else SESSIONS)
    rounds = options.rounds or (QUICK_ROUNDS if options.quick else ROUNDS)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    print(json.dumps(asyncio.run(measured(count, rounds))))


if __name__ == "__main__":
    main()
