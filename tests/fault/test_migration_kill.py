"""Moving the store to PostgreSQL is killed at drawn steps: all is still on SQLite, or all is moved; nothing is lost."""

from __future__ import annotations

import asyncio
import random
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from community.storage.moved import note_of
from community.storage.tables import metadata
from tests.lib.filled_store import fill
from tests.lib.forked import fork
from tests.lib.postgres import PostgresServer

pytestmark = pytest.mark.fault

MOVING = Path(__file__).parent / "moving_store.py"
ROWS, DRAWN, SEED = 12, 5, 14


async def move(file: Path, url: str, step: int | None = None) -> tuple[int, str]:
    """Move the store in a process of its own; return how that ended, and what it said."""
    asked = () if step is None else (step,)
    process = await fork(MOVING, file, url, *asked, environment={}, stdout=asyncio.subprocess.PIPE)
    out, _ = await asyncio.wait_for(process.communicate(), 120)
    assert process.returncode is not None
    return process.returncode, out.decode()


def dump(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as connection:
        return list(connection.iterdump())


def rows_at(server: PostgresServer, name: str) -> set[int]:
    """Return the numbers of rows that its tables have; none where there are no tables."""
    there = server.run_sql(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'",
        database=name,
    ).split()
    counted = [f"SELECT count(*) FROM {table}" for table in there if table != "jobs"]  # noqa: S608
    return {int(line) for line in server.run_sql(*counted, database=name).split()} if counted else set()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "palabre.db"
    fill(file, ROWS)
    return file


async def test_killed_at_any_step_the_store_is_here_or_there(
    file: Path, postgres_server: PostgresServer
) -> None:
    whole = postgres_server.create()
    ended, said = await move(file, postgres_server.url_of(whole))
    assert ended == 0
    steps = int(said)
    note_of(file).unlink()
    before = await asyncio.to_thread(dump, file)
    # The last ones are the end of the transaction, the second look and the note: all of them.
    draw = random.Random(SEED)  # noqa: S311
    drawn = sorted({*draw.sample(range(1, steps), DRAWN), *range(steps - 3, steps + 1)})
    outcomes = set()
    for step in drawn:
        name = postgres_server.create()
        url = postgres_server.url_of(name)
        assert (await move(file, url, step))[0] == -signal.SIGKILL
        rows = rows_at(postgres_server, name)
        assert rows in (set(), {0}, {ROWS}), step
        assert rows == {ROWS} or not note_of(file).exists(), step
        assert await asyncio.to_thread(dump, file) == before
        outcomes.add((rows == {ROWS}, note_of(file).exists()))
        if not note_of(file).exists():
            assert (await move(file, url))[0] == 0
            assert rows_at(postgres_server, name) == {ROWS}
        note_of(file).unlink()
        postgres_server.drop(name)
    assert outcomes == {(False, False), (True, False), (True, True)}
    assert len(metadata.tables) > 10
