"""Whoever can write one row into the store ends neither the bot nor the service with it, and silences no alarm."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, closing
from pathlib import Path

import pytest

from community.jobs.notices import NOTICE, Notice, NoticeKind
from community.storage import Store
from matrix.admin import AdminApi
from matrix.http import Call
from matrix.ids import RoomId
from provisioning.serve import watch
from tests.lib.bot_process import BotProcess, bot_process
from tests.lib.descriptions import SMALL
from tests.lib.gates import COORDINATOR, GateNetwork, gate_network, signed_in, told
from tests.lib.peer_client import Peer, until
from tests.lib.places import make_place
from tests.lib.synapse_server import PASSWORD, running_synapse

pytestmark = [pytest.mark.live, pytest.mark.timeout(240)]

Net = tuple[GateNetwork, BotProcess, Peer, RoomId]
_LET_IN = {"kind": "let-in", "audience": "coordinators", "occasion": "x", "value.room": "r"}
ROWS = [
    (NOTICE, "{broken"),
    (NOTICE, "[]"),
    (NOTICE, json.dumps({**_LET_IN, "value.room": 5})),
    (NOTICE, json.dumps({**_LET_IN, "audience": ["a"]})),
    ("invite", "{}"),
    ("invite", "null"),
    ("question", "{}"),
    ("question", json.dumps({"user_id": 5})),
    ("proposal", json.dumps({"user_id": "@kim:x", "changes": "[]", "undoes": ""})),
    ("safe-removal", json.dumps({"room_key": [], "user_id": {}, "by": 1})),
    ("apply", json.dumps({"digest": 5, "actor": 5, "again": 5})),
]


WRITTEN = "2026-01-01 00:00:00.000000"
FAILED = ("failed", "malformed")


def write(path: Path, statement: str, *values: str) -> None:
    with closing(sqlite3.connect(path, timeout=30)) as connection:
        connection.execute(statement, values)
        connection.commit()


def write_jobs(path: Path) -> None:
    row = (
        "INSERT INTO jobs (idempotency_key, kind, payload, state, attempts, filed_at, run_after)"
        " VALUES (?, ?, ?, 'pending', 0, ?, ?)"
    )
    for number, (kind, payload) in enumerate(ROWS):
        write(path, row, f"row/{number}", kind, payload, WRITTEN, WRITTEN)


def left(path: Path, *kinds: str) -> list[tuple[str, str, str]]:
    """Return what became of the rows of ``kinds``."""
    with closing(sqlite3.connect(path, timeout=30)) as connection:
        asked = "SELECT kind, state, reason FROM jobs WHERE idempotency_key LIKE 'row/%'"
        return [row for row in connection.execute(asked) if row[0] in kinds and row[1:] != FAILED]


@pytest.fixture
async def net(tmp_path: Path) -> AsyncIterator[Net]:
    async with AsyncExitStack() as stack:
        server = stack.enter_context(running_synapse(tmp_path / "server"))
        network = await stack.enter_async_context(gate_network(server, tmp_path))
        peer = await stack.enter_async_context(signed_in(server, COORDINATOR))
        bots = await stack.enter_async_context(bot_process(network.place))
        coordination = await network.coordination()
        await network.put(coordination, network.user(COORDINATOR))
        yield network, bots, peer, coordination


async def test_the_bot_goes_on_and_tells_what_there_is_to_tell(net: Net) -> None:
    network, bots, peer, coordination = net
    path = network.place.data.store
    write_jobs(path)
    write(path, "INSERT INTO gate_members VALUES ('frank-talk', '@zz:x', 'weird')")
    write(path, "INSERT INTO direct_rooms VALUES ('@zz:x', 'never', NULL)")
    await bots.restart()
    await network.tell_coordinators("Careful (@careful:x)")
    await told(peer, coordination, network.bot, "Je n'arrive pas à joindre Careful")

    async def stumbled() -> bool:
        return any("looking_at_direct_messages_failed" in line for line in bots.log)

    await until(stumbled, 60, "the row that nobody can read to be met")

    async def have_failed() -> bool:
        return left(path, NOTICE, "invite", "question", "proposal") == []

    # What is told comes before what is posted for people, in the same turn of the worker.
    await until(have_failed, 60, "the rows that nobody can read to have failed")
    assert bots.process is not None
    assert bots.process.returncode is None
    assert not any("never" in line for line in bots.log)


async def test_the_service_goes_on_and_looks_again_once_the_row_is_gone(tmp_path: Path) -> None:
    with running_synapse(tmp_path / "server") as server:
        place = make_place(server, tmp_path, SMALL)
        async with await Store.open(place.data.store_url):
            write_jobs(place.data.store)
        write(place.data.store, "INSERT INTO standing_faults VALUES ('x', 'never')")
        stop, ready = asyncio.Event(), place.data.ready_file("serve")
        running = asyncio.create_task(watch(place.config, place.data, stop=stop))

        async def is_ready() -> bool:
            return running.done() or ready.exists()

        async def is_told() -> bool:
            async with await Store.open(place.data.store_url) as store:
                notices = await store.jobs.pending(NOTICE)
            return any(told.kind is NoticeKind.ACCOUNT_FAULT for _job, told in Notice.each(notices))

        async def have_failed() -> bool:
            return left(place.data.store, "safe-removal", "apply") == []

        try:
            await until(is_ready, 60, "the service to have looked")
            assert not running.done()
            write(place.data.store, "DELETE FROM standing_faults")
            async with server.provisioner() as http:
                mallory = server.user("mallory")
                await AdminApi(http).create_account(mallory, PASSWORD, "Mallory")
                path = f"/_synapse/admin/v1/users/{mallory}/admin"
                await http.send(Call("PUT", path, "admin/users/admin", body={"admin": True}))
            await until(is_told, 60, "the next look")
            await until(have_failed, 60, "the rows that say nothing to fail")
        finally:
            stop.set()
            await running
