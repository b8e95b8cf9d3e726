"""The note in a database that another program's file is copied into, on PostgreSQL: of which snapshot the copy is."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from community.storage.copied_database import CopyState, copied_database, digest_of_snapshot, snapshot
from tests.lib.postgres import PostgresServer


@pytest.fixture
def name(postgres_server: PostgresServer) -> Iterator[str]:
    """A database without tables."""
    made = postgres_server.create()
    yield made
    postgres_server.drop(made)


def written(file: Path, statement: str) -> str:
    """Carry out a statement in an SQLite file; return the digest of a snapshot of it."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(statement)
        connection.commit()
        copy = file.with_name("copy")
        snapshot(file, copy)
        return digest_of_snapshot(copy)


def test_two_snapshots_are_the_same_where_nothing_was_written_and_not_where_as_many_rows_are(
    tmp_path: Path,
) -> None:
    file = tmp_path / "file"
    written(file, "CREATE TABLE users (name TEXT)")
    first = written(file, "INSERT INTO users VALUES ('awa')")
    assert written(file, "SELECT 1") == first
    assert written(file, "UPDATE users SET name = 'binta'") != first


async def test_a_whole_copy_of_this_snapshot_stays_and_one_of_another_is_deleted(
    postgres_server: PostgresServer, name: str
) -> None:
    def users() -> str:
        return postgres_server.run_sql(
            "SELECT count(*) FROM pg_tables WHERE tablename = 'users'", database=name
        )

    async with copied_database(postgres_server.own_url.replace("/postgres?", f"/{name}?"), None) as database:
        assert await database.begin("first") is CopyState.NONE
        postgres_server.run_sql("CREATE TABLE users (name text)", database=name)
        await database.note_whole("first")
        assert await database.begin("first") is CopyState.WHOLE
        assert users() == "1"
        # Synapse ran on its own file in between.
        assert await database.begin("second") is CopyState.BEGUN
        assert users() == "0"
        await database.note_whole("second")
        assert await database.begin("second") is CopyState.WHOLE


async def test_a_whole_copy_of_which_an_older_palabre_noted_no_snapshot_is_made_anew(
    postgres_server: PostgresServer, name: str
) -> None:
    postgres_server.run_sql(
        "CREATE TABLE palabre_migration (state text NOT NULL)",
        "INSERT INTO palabre_migration VALUES ('whole')",
        database=name,
    )
    async with copied_database(postgres_server.own_url.replace("/postgres?", f"/{name}?"), None) as database:
        assert await database.begin("first") is CopyState.BEGUN
