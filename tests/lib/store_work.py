"""What the store asks its database for, and how the database would find it: work counted, not timed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.sql import text

from community.storage import Store

_WHOLE_TABLE = re.compile(
    r"\bSCAN (?!CONSTANT)\w+( (?!USING)|$)|TEMP B-TREE FOR ORDER BY|Seq Scan on|Sort Key"
)
"""In a plan of SQLite or PostgreSQL: every row of a table is read, or rows are sorted before the first is known."""

Sent = tuple[str, Any]
"""A statement with its parameters, as the driver gets them."""


@contextmanager
def statements(store: Store) -> Iterator[list[Sent]]:
    """Give the list of what the store sends to its database within the block."""
    sent: list[Sent] = []

    def note(_c: object, _cursor: object, statement: str, parameters: Any, *_more: object) -> None:
        sent.append((statement, parameters))

    engines = [store._engine.sync_engine, store._transactions._plain]
    for engine in filter(None, engines):
        event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        for engine in filter(None, engines):
            event.remove(engine, "before_cursor_execute", note)


def shape(sent: list[Sent]) -> list[tuple[str, int]]:
    """Return what is the same for every run: each statement, and how many values came with it."""
    return [(statement, len(parameters)) for statement, parameters in sent]


async def whole_tables_read(store: Store, sent: list[Sent]) -> list[str]:
    """Return the lines of the database's own plans for ``sent`` where it would read or sort a whole table."""

    def explain(connection: Connection) -> list[str]:
        word = "EXPLAIN QUERY PLAN" if connection.dialect.name == "sqlite" else "EXPLAIN"
        lines = []
        for statement, parameters in sent:
            if statement.lstrip().startswith("SELECT"):
                rows = connection.exec_driver_sql(f"{word} {statement}", parameters).all()
                lines += [str(row[-1]).strip() for row in rows]
        return lines

    async with store.transaction() as connection:
        await connection.execute(text("ANALYZE"))
        lines = await connection.run_sync(explain)
    assert lines, "nothing was asked"
    return [line for line in lines if _WHOLE_TABLE.search(line)]
