"""Taking a key backup back with the recovery key: ours and matrix-js-sdk restoring the same backup, in one run.

    python benchmarks/recovery.py [--quick] [--sessions N] [--rounds N]

The backup is the bot's own, as the bot makes it, of so many sessions in 20 rooms, on a Synapse; once more with all of
them in one room, which is the largest piece that the homeserver gives. Ours is what `palabre bot recover` does, from
signing in until all keys are on the disk, the identity verified and the device signed; matrix-js-sdk has signed in,
has the backup's key already, and keeps nothing on a disk, which is in its favour. Each restoring is a process of its
own. Needs Synapse in `.venv-synapse` and the tests' Matrix client (`./palabre test`). Prints progress, then one line
of JSON: sessions, and for each distribution seconds, processor time, megabytes (what the process grew by at its peak)
of both, and their ratios (medians).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import structlog

from benchmarks.history import drawn
from benchmarks.returning.used import resident
from bots.encryption.cross_signing import Json, decoded, unpadded
from bots.encryption.key_backup.kept_writers import kept_backup
from bots.encryption.key_backup.making import make_recovery_key
from bots.encryption.key_backup.recovery_key import read
from bots.encryption.key_backup.restoring import recover
from bots.encryption.key_backup.secret_storage import SecretStorageKey
from bots.encryption.key_backup.server_secrets import BACKUP_SECRET, ServerSecrets
from bots.encryption.key_backup.sessions import for_backup
from bots.encryption.room_session import RoomSession
from bots.encryption.short_session import short_session
from community.description.data_folder import DataFolder
from matrix.http import HomeserverClient
from matrix.ids import RoomId
from matrix.key_backup_api import KeyBackupApi
from tests.lib.bot import Bot, running_bot
from tests.lib.peer_client import NODE, PEER
from tests.lib.recovering import empty_disk
from tests.lib.synapse_server import PASSWORD, SynapseServer, running_synapse

ROOT = Path(__file__).parent.parent
SESSIONS, QUICK_SESSIONS = 20_000, 400
ROUNDS, QUICK_ROUNDS = 3, 1
ROOMS = 20
MEGOLM = {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}
UNITS = ("seconds", "processor", "megabytes", "peak")


@dataclass(frozen=True)
class Backup:
    """A backup on the homeserver: its recovery key, its version, its own key in base64."""

    recovery_key: str
    version: str
    private: str


def progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


# --- the backup -------------------------------------------------------------------------------------------------------


async def made_backup(server: SynapseServer, count: int, rooms: int) -> Backup:
    """Let the bot be in so many more rooms, and have a new backup of so many sessions of theirs."""
    async with running_bot(server.url, server.data) as bot:
        names = [await bot.api.create_room({"initial_state": [MEGOLM]}) for _ in range(rooms)]
        key = await recovery_key(server)
        backed_up = await bot.device.worker.run(sealed, bot, server.data, count, names)
        async with HomeserverClient(server.url) as http, short_session(http, server.data) as session:
            version = str((await KeyBackupApi(http).version() or {})["version"])
            secrets = ServerSecrets(session.client, session.user_id)
            opened = await secrets.opened(SecretStorageKey(read(key)), [BACKUP_SECRET])
    database = server.data.synapse / "homeserver.db"
    await asyncio.to_thread(put, database, bot.client.user_id, version, backed_up)
    return Backup(key, version, opened[BACKUP_SECRET])


async def recovery_key(server: SynapseServer) -> str:
    async with HomeserverClient(server.url) as http:
        return await make_recovery_key(http, server.data)


def sealed(bot: Bot, data: DataFolder, count: int, rooms: list[RoomId]) -> Mapping[str, Mapping[str, Json]]:
    """Return sessions as the bot puts them into the backup, by room and id."""
    store, (writer, *_) = bot.device.machine.store, kept_backup(data, bot.client.user_id).writers
    names = []
    for session, room_id in zip(drawn(count), cycle(rooms), strict=False):
        session.room_id = room_id
        store.put_inbound(RoomSession(session, shared_history=True))
        names.append((str(room_id), session.id))
    store.commit(datetime.now(UTC))
    return for_backup(bot.device.machine, writer, names)


def put(database: Path, user_id: str, version: str, rooms: Mapping[str, Mapping[str, Json]]) -> None:
    """Write sessions into Synapse's database: by requests it would take minutes."""
    rows = [
        (user_id, room_id, session_id, version, 0, 0, 1, json.dumps(each["session_data"]))
        for room_id, sessions in rooms.items()
        for session_id, each in sessions.items()
    ]
    with closing(sqlite3.connect(database, timeout=60)) as connection, connection:
        connection.executemany(
            "INSERT INTO e2e_room_keys (user_id, room_id, session_id, version, first_message_index,"
            " forwarded_count, is_verified, session_data) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            rows,
        )


# --- restoring --------------------------------------------------------------------------------------------------------


async def restored(url: str, folder: Path, key: str) -> int:
    """Restore as the command does; return how many sessions."""
    async with HomeserverClient(url) as http:
        return (await recover(http, DataFolder(folder), key)).sessions


def restore(url: str, folder: Path) -> None:
    """Restore, and print what it took; the recovery key comes by standard input."""
    key = sys.stdin.read()
    memory, before, used = resident("VmRSS"), perf_counter(), process_time()
    imported = asyncio.run(restored(url, folder, key))
    seconds, peak = perf_counter() - before, resident("VmHWM")
    found = {"seconds": seconds, "processor": process_time() - used, "megabytes": peak - memory, "peak": peak}
    print(json.dumps({**found, "imported": imported}))


def ours(server: SynapseServer, backup: Backup, folder: Path) -> Json:
    """Measure ours, on a disk that has nothing."""
    data = empty_disk(server, folder)
    command = [sys.executable, "-P", "-m", "benchmarks.recovery", "--restore", server.url, str(data.root)]
    return said_by(command, backup.recovery_key)


def peers(server: SynapseServer, backup: Backup) -> Json:
    """Measure matrix-js-sdk."""
    account = {"homeserver": server.url, "user": server.own.bot, "secret": PASSWORD}
    # Its decoder wants the padding that ours leaves out.
    key = unpadded(decoded(backup.private)) + "="
    return said_by(
        [str(NODE), str(PEER / "restoring_bench.mjs")],
        json.dumps({**account, "version": backup.version, "key": key}) + "\n",
    )


def said_by(command: list[str], said: str) -> Json:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, input=said, capture_output=True, text=True, cwd=ROOT, env=environment, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    answer: Json = json.loads(done.stdout.splitlines()[-1])
    return answer


def measured(server: SynapseServer, count: int, rooms: int, rounds: int) -> Json:
    """Measure both, in turns."""
    backup = asyncio.run(made_backup(server, count, rooms))
    progress(f"{count} sessions in the backup, in rooms: {rooms}")
    found: dict[str, list[Json]] = {"ours": [], "peer": []}
    with tempfile.TemporaryDirectory() as folder:
        for number in range(rounds):
            found["ours"].append(ours(server, backup, Path(folder) / str(number)))
            found["peer"].append(peers(server, backup))
            for name, results in found.items():
                if results[-1]["imported"] != count:
                    raise RuntimeError(f"{name} has restored {results[-1]['imported']} of {count}")
                progress(f"round {number + 1} of {rounds}, {name}: {results[-1]}")
    return {"rooms": rooms, **summary(found)}


def summary(found: dict[str, list[Json]]) -> Json:
    """Return the medians and their ratios."""
    medians = {
        name: {unit: round(statistics.median(float(each[unit]) for each in results), 2) for unit in UNITS}
        for name, results in found.items()
    }
    ratios = {
        unit: round(medians["ours"][unit] / max(medians["peer"][unit], 0.01), 2)
        for unit in ("seconds", "processor", "megabytes")
    }
    return {**medians, "ratios: ours / peer": ratios}


def main() -> None:
    """Measure and print, or be one of the restorings."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    if sys.argv[1:2] == ["--restore"]:
        restore(sys.argv[2], Path(sys.argv[3]))
        return
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--sessions", type=int)
    parser.add_argument("--rounds", type=int)
    options = parser.parse_args()
    count = options.sessions or (QUICK_SESSIONS if options.quick else SESSIONS)
    rounds = options.rounds or (QUICK_ROUNDS if options.quick else ROUNDS)
    results: list[Any] = []
    with tempfile.TemporaryDirectory() as folder, running_synapse(Path(folder)) as server:
        results.extend(measured(server, count, rooms, rounds) for rooms in (ROOMS, 1))
    report = {"benchmark": "recovery", "quick": options.quick, "sessions": count, "results": results}
    print(json.dumps({**report, "load": os.getloadavg()[0]}))


if __name__ == "__main__":
    main()
