"""A store in an SQLite file with rows in every table, each value as odd as its column allows."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Date, Integer, create_engine, insert

from community.storage import Store
from community.storage.tables import UtcDateTime, metadata

ROWS = 700
"""More than are held at once."""
_TEXTS = ("Zoé", "awa", "Awa", "عائشة", "a\u202fb", "😀", "é", "_", "", "'\"\\\n")


def fill(file: Path, rows: int = ROWS) -> None:
    """Make the store, with ``rows`` in each table; of jobs the last is deleted, and one is no JSON."""

    async def make() -> None:
        await (await Store.open(f"sqlite+aiosqlite:///{file}")).close()

    asyncio.run(make())
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        for table in metadata.sorted_tables:
            values = [{c.name: _value(c, number) for c in table.columns} for number in range(1, rows + 1)]
            connection.execute(insert(table), values)
        connection.exec_driver_sql("DELETE FROM jobs WHERE id = (SELECT max(id) FROM jobs)")
        connection.exec_driver_sql("UPDATE jobs SET payload = 'no {json' WHERE id = 1")
        connection.exec_driver_sql("UPDATE jobs SET payload = '{\"a\" :1.50}' WHERE id = 2")
    engine.dispose()


def _value(column: Column[Any], number: int) -> object:
    if column.nullable and number % 3 == 0:
        return None
    match column.type:
        case Boolean():
            return number % 2 == 0
        case Integer():
            return number
        case UtcDateTime():
            return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=number, microseconds=number % 2)
        case Date():
            return date(2026, 1, 1) + timedelta(days=number)
        case JSON():
            return {"ü": [number, None, True], "text": _TEXTS[number % len(_TEXTS)]}
        case _:
            most = getattr(column.type, "length", None) or 255
            return f"{_TEXTS[number % len(_TEXTS)]}{number}"[-most:]
