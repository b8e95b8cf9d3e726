"""A store that several open for the first time, at once."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import inspect

from community.storage.database import open_engine, use_log
from community.storage.tables import metadata

_OPENERS = 6
_FILES = 60


@pytest.mark.from_nothing
async def test_several_open_a_new_store_at_the_same_moment(url: str) -> None:
    engines = await asyncio.gather(*(open_engine(url) for _ in range(_OPENERS)))
    for engine in engines:
        async with engine.connect() as connection:
            there = await connection.run_sync(lambda plain: set(inspect(plain).get_table_names()))
        await engine.dispose()
        assert there == {*metadata.tables, "alembic_version"}


def test_several_turn_the_log_of_a_new_file_on_at_the_same_moment(tmp_path: Path) -> None:
    # SQLite refuses one of them at once in about one of ten files.
    assert [mode for number in range(_FILES) for mode in _together(tmp_path / f"{number}.db")] == ["wal"] * (
        _OPENERS * _FILES
    )


def _together(path: Path) -> list[str]:
    """Return the mode of the file's journal as each of several threads sees it after it has turned the log on."""
    modes: list[str] = []
    ready = threading.Barrier(_OPENERS)

    def turn_on() -> None:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            ready.wait()
            use_log(connection, until=time.monotonic() + 30)
            modes.append(connection.execute("PRAGMA journal_mode").fetchone()[0])

    threads = [threading.Thread(target=turn_on) for _ in range(_OPENERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return modes
