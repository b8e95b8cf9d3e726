"""The store's way from SQLite to PostgreSQL: every row arrives as it was, or nothing is moved."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from community.core.errors import StoreError
from community.description.data_folder import DataFolder
from community.description.settings import Settings
from community.jobs.invitations import RoomInvitation
from community.storage import Store, open_store
from community.storage.moved import note_of
from community.storage.moving import move_store
from community.storage.tables import metadata
from tests.lib.filled_store import ROWS, fill
from tests.lib.in_process import palabre
from tests.lib.postgres import PASSWORD, PostgresServer

NOW = datetime(2026, 11, 29, 9, 0, tzinfo=UTC)


@pytest.fixture
def name(postgres_server: PostgresServer) -> Iterator[str]:
    """A database without tables."""
    made = postgres_server.create()
    yield made
    postgres_server.drop(made)


@pytest.fixture
def data(tmp_path: Path) -> DataFolder:
    """A data folder whose store has rows in every table."""
    folder = DataFolder(tmp_path / "data")
    folder.prepare()
    fill(folder.store)
    return folder


def tables_of(server: PostgresServer, name: str) -> int:
    return int(server.run_sql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'", database=name))


def test_every_row_of_every_table_arrives(
    data: DataFolder, name: str, postgres_server: PostgresServer
) -> None:
    moved = asyncio.run(move_store(data.store, postgres_server.url_of(name)))
    assert {table.name for table in moved} == set(metadata.tables)
    assert {table.name: table.rows for table in moved} == {
        table: ROWS - (table == "jobs") for table in metadata.tables
    }
    payload = "SELECT payload FROM jobs WHERE id IN (1, 2) ORDER BY id"
    assert postgres_server.run_sql(payload, database=name) == '"no {json"\n{"a" :1.50}'


def test_numbers_that_were_given_are_not_given_again(
    data: DataFolder, name: str, postgres_server: PostgresServer
) -> None:
    async def next_number() -> int:
        await move_store(data.store, postgres_server.url_of(name))
        async with await Store.open(postgres_server.url_of(name)) as store:
            await store.jobs.file(RoomInvitation("!new", "lobby", "@new:x"), at=NOW)
            found = await store.jobs.find(RoomInvitation("!new", "lobby", "@new:x").idempotency_key)
            assert found is not None
            return found.id

    assert asyncio.run(next_number()) == ROWS + 1


def test_a_file_that_was_moved_is_opened_by_nobody(
    data: DataFolder, name: str, postgres_server: PostgresServer
) -> None:
    asyncio.run(move_store(data.store, postgres_server.url_of(name)))
    with pytest.raises(StoreError, match="was moved to PostgreSQL") as raised:
        asyncio.run(open_store(Settings(), data))
    assert f"store_url: {postgres_server.url_of(name)}" in str(raised.value)
    note_of(data.store).unlink()
    asyncio.run(asyncio.wait_for(_open_and_close(data), 60))


async def _open_and_close(data: DataFolder) -> None:
    await (await open_store(Settings(), data)).close()


def test_a_second_time_finds_all_there_and_notes_it(
    data: DataFolder, name: str, postgres_server: PostgresServer
) -> None:
    first = asyncio.run(move_store(data.store, postgres_server.url_of(name)))
    note_of(data.store).unlink()
    assert asyncio.run(move_store(data.store, postgres_server.url_of(name))) == first
    assert note_of(data.store).exists()


def test_a_database_with_other_rows_is_refused_and_stays(
    data: DataFolder, name: str, postgres_server: PostgresServer
) -> None:
    asyncio.run(move_store(data.store, postgres_server.url_of(name)))
    note_of(data.store).unlink()
    postgres_server.run_sql("UPDATE people SET name = 'another' WHERE username = 'awa1'", database=name)
    before = postgres_server.run_sql("SELECT count(*), min(name) FROM people", database=name)
    with closing(sqlite3.connect(data.store)) as connection, connection:
        connection.execute("DELETE FROM people")
    with pytest.raises(StoreError, match="not empty: it has rows in"):
        asyncio.run(move_store(data.store, postgres_server.url_of(name)))
    assert postgres_server.run_sql("SELECT count(*), min(name) FROM people", database=name) == before
    assert not note_of(data.store).exists()


def test_a_database_of_another_program_is_refused_and_nothing_made_in_it(
    data: DataFolder, name: str, postgres_server: PostgresServer
) -> None:
    postgres_server.run_sql("CREATE TABLE state_groups (id bigint)", database=name)
    with pytest.raises(StoreError, match="tables of another program, such as “state_groups”"):
        asyncio.run(move_store(data.store, postgres_server.url_of(name)))
    assert tables_of(postgres_server, name) == 1


@pytest.mark.parametrize("odd", ["a\0b", "x" * 121])
def test_what_postgresql_cannot_hold_is_named_and_nothing_is_moved(
    data: DataFolder, name: str, postgres_server: PostgresServer, odd: str
) -> None:
    with closing(sqlite3.connect(data.store)) as connection, connection:
        connection.execute("UPDATE people SET name = ? WHERE username LIKE '%7'", (odd,))
    with pytest.raises(StoreError, match="The column name of the table people"):
        asyncio.run(move_store(data.store, postgres_server.url_of(name)))
    assert postgres_server.run_sql("SELECT count(*) FROM people", database=name) == "0"
    assert not note_of(data.store).exists()


def test_the_command_moves_and_says_what_to_write(
    data: DataFolder, name: str, postgres_server: PostgresServer, tmp_path: Path
) -> None:
    password = tmp_path / "password"
    password.write_text(PASSWORD)
    to = postgres_server.tcp_url(name)
    asked = ("migrate", "store", "--data", data.root, "--to", to, "--password-file", password)
    done = palabre(*asked, cwd=tmp_path)
    assert done.code == 0, done.err
    assert f"\nstore_url: {to}\nstore_password_file: {password}\n" in done.out
    assert "rows are there, the same as here" in done.out
    assert PASSWORD not in done.out
    again = palabre(*asked, cwd=tmp_path)
    assert again.code == 1
    assert "was moved to PostgreSQL" in again.err


@pytest.mark.parametrize("lock", ["lock", "apply.lock", "serve.lock", "bot-crypto.lock"])
def test_the_command_is_refused_while_something_of_ours_runs(
    data: DataFolder, name: str, postgres_server: PostgresServer, tmp_path: Path, lock: str
) -> None:
    to = postgres_server.url_of(name).replace("+asyncpg", "")
    with data.locked(lock, "palabre test"):
        done = palabre("migrate", "store", "--data", data.root, "--to", to, cwd=tmp_path)
    assert done.code == 1
    assert "is in use by process" in done.err
    assert tables_of(postgres_server, name) == 0


@pytest.mark.parametrize("to", ["postgresql://palabre:hidden-word@x/y", "sqlite+aiosqlite:///x", "nothing"])
def test_an_address_that_cannot_be_meant_is_refused_without_its_password(
    data: DataFolder, tmp_path: Path, to: str
) -> None:
    done = palabre("migrate", "store", "--data", data.root, "--to", to, cwd=tmp_path)
    assert done.code == 1
    assert "not the address of a PostgreSQL database without a password" in done.err
    assert "hidden-word" not in done.err
