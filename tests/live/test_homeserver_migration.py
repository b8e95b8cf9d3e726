"""`palabre migrate homeserver` on a real Synapse and PostgreSQL: what was said before is read afterwards."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, closing
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiohttp import web

from community.description.data_folder import DataFolder
from community.storage import Store
from matrix.client_api import ClientApi
from matrix.ids import RoomId
from palabre_cli.embedded import database_of
from palabre_cli.installers import synapse_venv
from palabre_cli.migration import synapse_copy
from palabre_cli.migration.synapse_copy import NOT_COPIED
from tests.lib.bot import running_bot
from tests.lib.cutting_proxy import cutting_proxy
from tests.lib.documented import documented, words_of
from tests.lib.in_process import Ran, palabre
from tests.lib.kept_processes import free_port
from tests.lib.peer_client import Message, Peer, open_peer, until
from tests.lib.postgres import LOOPBACK, OWNER, PASSWORD, PostgresServer
from tests.lib.shell import Shell
from tests.lib.synapse_server import PASSWORD as PEOPLES_PASSWORD
from tests.lib.synapse_server import SynapseServer, running_synapse

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]

ROOT = Path(__file__).parents[2]
PAGE = "docs/operator.md"
ENCRYPTION = {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}


def installed_synapse() -> str:
    """Return the virtual environment itself: what tests start is forked, and has no other program of Synapse."""
    return str((synapse_venv() / "lib").resolve().parent)


@pytest.fixture
def name(postgres_server: PostgresServer) -> Iterator[str]:
    """A database without tables."""
    made = postgres_server.create()
    yield made
    postgres_server.drop(made)


@pytest.fixture
def options(postgres_server: PostgresServer, name: str, tmp_path: Path) -> tuple[str, ...]:
    password = tmp_path / "password"
    password.write_text(PASSWORD)
    return (
        f"--postgres-host={LOOPBACK}",
        f"--postgres-port={postgres_server.port}",
        f"--postgres-user={OWNER}",
        f"--postgres-database={name}",
        f"--postgres-password-file={password}",
    )


@pytest.fixture
def documented_databases(postgres_server: PostgresServer, tmp_path: Path) -> Iterator[None]:
    """The databases of Synapse and of the store, made as the page says."""
    server = {"PGHOST": str(postgres_server.folder), "PGPORT": str(postgres_server.port), "PGUSER": OWNER}
    shell = Shell(tmp_path / "shell", server)
    with documented(PAGE, "From SQLite to PostgreSQL") as next_command:
        for _ in range(2):
            made = shell.run(next_command("sudo -u postgres createuser"), hidden=(PASSWORD, PASSWORD))
            assert made.code == 0, made.said
            made = shell.run(next_command("sudo -u postgres createdb"))
            assert made.code == 0, made.said
    yield
    for name in ("palabre", "synapse"):
        postgres_server.drop(name)
        postgres_server.run_sql(f"DROP ROLE {name}")


async def migrate(
    data: DataFolder, options: tuple[str, ...], words: Sequence[str] = ("migrate", "homeserver")
) -> Ran:
    return await asyncio.to_thread(
        lambda: palabre(
            *words,
            "--data",
            data.root,
            *options,
            cwd=data.root.parent,
            PALABRE_SYNAPSE_VENV=installed_synapse(),
        )
    )


async def read(peer: Peer, room_id: str, body: str) -> Message:
    async def look() -> Message | None:
        there = await peer.messages(room_id)
        return next((m for m in there if m["content"].get("body") == body and m["failure"] is None), None)

    found: Message = await until(look, 30, f"“{body}” to be read")
    return found


async def talk_before(
    awa: Peer, binta: Peer, server: SynapseServer, folder: DataFolder
) -> tuple[RoomId, Any]:
    """Have the three talk in an encrypted room; return it, and who the bot is."""
    async with running_bot(server.url, folder) as bot:
        body = {
            "preset": "trusted_private_chat",
            "invite": [bot.client.user_id, binta.user_id],
            "initial_state": [ENCRYPTION],
        }
        room_id = RoomId(await awa.call("createRoom", body=body))
        await binta.call("join", roomId=room_id)
        await bot.enters(room_id, members=3)
        await awa.ask(room_id, "first")
        await read(binta, room_id, "first")
        await bot.hears(room_id, "first")
        return room_id, bot.address


@pytest.mark.usefixtures("documented_databases")
async def test_what_was_said_before_is_read_afterwards_and_everybody_is_who_they_were(
    tmp_path: Path, postgres_server: PostgresServer
) -> None:
    folder, is_cut = tmp_path / "place", False
    options = (f"--postgres-port={postgres_server.port}",)
    with documented(PAGE, "From SQLite to PostgreSQL", 2) as next_command:
        store, homeserver = (next_command(f"palabre migrate {what}") for what in ("store", "homeserver"))
    password = tmp_path / "password"
    password.write_text(PASSWORD)
    there = {"localhost": LOOPBACK, "/srv/palabre/synapse-password": password}
    words = words_of(homeserver, there)

    async def cut(_request: web.Request, _body: bytes) -> bool:
        return is_cut

    port = free_port()
    async with AsyncExitStack() as stack:
        proxy = await stack.enter_async_context(cutting_proxy(f"http://{LOOPBACK}:{port}"))
        proxy.before = cut
        awa, binta = [await stack.enter_async_context(open_peer()) for _ in range(2)]
        with running_synapse(folder, port=port) as server:
            data = server.data
            for person, url, peer in (("awa", server.url, awa), ("binta", proxy.url, binta)):
                async with server.person(person):
                    await peer.login(url, server.user(person), PEOPLES_PASSWORD)
            room_id, bot_before = await talk_before(awa, binta, server, data)
            # Neither Binta nor the bot sees this before the homeserver is on another database.
            is_cut = True
            await awa.ask(room_id, "said before")
            refused = await migrate(data, options, words)
            assert (refused.code, "Synapse runs" in refused.err) == (1, True)
        before = counted(data.homeserver)
        done = await migrate(data, options, words)
        assert done.code == 0, done.err
        assert f"users{before['users']}" in done.out.replace(" ", "")
        database = database_of(data)
        assert database is not None
        configuration = yaml.safe_load((data.synapse / "homeserver.yaml").read_text())
        assert configuration["database"]["args"]["passfile"] == str(data.secret("pgpass"))
        assert PASSWORD not in (data.synapse / "homeserver.yaml").read_text() + done.out
        with running_synapse(folder, port=port, postgresql=database, accounts=False) as server:
            is_cut = False
            assert (await read(binta, room_id, "said before"))["shieldColour"] in {None, 0}
            async with running_bot(server.url, data) as bot:
                await bot.hears(room_id, "said before")
                assert bot.address == bot_before
                await bot.say(room_id, "said afterwards")
                for peer in (awa, binta):
                    assert (await read(peer, room_id, "said afterwards"))["shieldColour"] in {None, 0}
            async with server.person("awa") as http:
                assert await ClientApi(http).membership(room_id, server.user("awa")) == "join"
    assert counted(data.homeserver) == before
    await _assert_the_store_moves(data, store, f"{LOOPBACK}:{postgres_server.port}", password)
    again = await migrate(data, options, words)
    assert (again.code, "on PostgreSQL already" in again.err) == (1, True)


async def _assert_the_store_moves(data: DataFolder, command: str, server: str, password: Path) -> None:
    await (await Store.open(data.store_url)).close()
    there = {"localhost": server, "/srv/palabre/store-password": password}
    moved = await migrate(data, (), words_of(command, there))
    assert moved.code == 0, moved.err
    assert f"\nstore_url: postgresql://palabre@{server}/palabre\n" in moved.out


def counted(file: Path) -> dict[str, int]:
    """Return how many rows each table has that is copied as it is."""
    with closing(sqlite3.connect(file)) as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        return {
            name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]  # noqa: S608
            for (name,) in names
            if not NOT_COPIED.match(name) and not name.startswith("sqlite_")
        }


async def test_killed_while_it_copies_it_begins_again_and_the_file_stays(
    tmp_path: Path, options: tuple[str, ...], postgres_server: PostgresServer, name: str
) -> None:
    with running_synapse(tmp_path / "place") as server:
        data = server.data
    before, configuration = counted(data.homeserver), (data.synapse / "homeserver.yaml").read_bytes()
    command = [sys.executable, "-P", "-m", "palabre_cli", "migrate", "homeserver", "--data", str(data.root)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PALABRE_SYNAPSE_VENV": installed_synapse()}
    there = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
    for least in (1, 60, 120):
        process = subprocess.Popen([*command, *options], env=environment, stdout=subprocess.DEVNULL)

        async def look(process: subprocess.Popen[bytes] = process, least: int = least) -> bool:
            assert process.poll() is None
            return int(await asyncio.to_thread(postgres_server.run_sql, there, database=name)) >= least

        await until(look, 60, f"{least} tables")
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert database_of(data) is None
        assert (data.synapse / "homeserver.yaml").read_bytes() == configuration
        assert counted(data.homeserver) == before
    done = await migrate(data, options)
    assert done.code == 0, done.err
    assert database_of(data) is not None
    assert "palabre_migration" not in postgres_server.run_sql(
        "SELECT tablename FROM pg_tables", database=name
    )
    assert not list(data.synapse.glob("homeserver.moving*"))


async def test_killed_once_all_is_there_it_copies_anew_what_synapse_has_changed_since(
    tmp_path: Path,
    options: tuple[str, ...],
    postgres_server: PostgresServer,
    name: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with running_synapse(tmp_path / "place") as server:
        data = server.data

    def killed(*_given: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(synapse_copy, "remember_database", killed)
        assert (await migrate(data, options)).code != 0
    assert database_of(data) is None
    noted = "SELECT state FROM palabre_migration"
    assert postgres_server.run_sql(noted, database=name) == "whole"
    # As many rows as before, and another value: what Synapse has changed on its own file since.
    with closing(sqlite3.connect(data.homeserver)) as connection:
        connection.execute("UPDATE users SET creation_ts = 4242")
        connection.commit()
    done = await migrate(data, options)
    assert done.code == 0, done.err
    changed = "SELECT count(*) FROM users WHERE creation_ts <> 4242"
    assert postgres_server.run_sql(changed, database=name) == "0"


async def test_a_database_that_is_not_empty_is_refused_and_stays(
    tmp_path: Path, options: tuple[str, ...], postgres_server: PostgresServer, name: str
) -> None:
    data = DataFolder(tmp_path / "place")
    data.prepare()
    with closing(sqlite3.connect(data.homeserver)) as connection:
        connection.execute("CREATE TABLE users (name TEXT)")
    postgres_server.run_sql("CREATE TABLE mine (a text)", "INSERT INTO mine VALUES ('kept')", database=name)
    done = await migrate(data, options)
    assert (done.code, "not empty: it has tables, such as “mine”" in done.err) == (1, True)
    assert postgres_server.run_sql("SELECT a FROM mine", database=name) == "kept"
    assert database_of(data) is None
