"""Moves the store from an SQLite file to PostgreSQL: every row, in one transaction, compared before it is kept.

Whoever is killed in the middle has changed nothing: until the transaction ends the database is empty, and the file is
only read. Afterwards a note beside the file (`community.storage.moved`) says where its rows are.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Integer,
    String,
    Table,
    Text,
    bindparam,
    cast,
    func,
    insert,
    inspect,
    select,
    type_coerce,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import text

from community.core.errors import StoreError
from community.core.messages import msg
from community.storage.connections import Connections
from community.storage.database import open_engine
from community.storage.moved import note_moved, require_not_moved
from community.storage.postgresql import Password, prepare
from community.storage.tables import metadata

_AT_ONCE = 500
"""Rows that are held in memory."""
_VERSION = "alembic_version"
_NUMBERED = ("history", "jobs", "feeds", "invitations", "audit")
"""The tables whose rows the database numbers."""

Row = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class TableContent:
    """How many rows a table has, and the SHA-256 of them all in the order of their keys."""

    name: str
    rows: int
    digest: str


async def move_store(file: Path, to: str, password: Password | None = None) -> tuple[TableContent, ...]:
    """Move the rows of an SQLite file to the PostgreSQL database at ``to``; return what is there now.

    ``file`` is its whole path; nobody else writes into it meanwhile. Where the same rows are there already, it is only
    noted.

    Raises:
        StoreError: a database cannot be opened, has other rows or tables, or cannot hold one of ours; nothing is moved.
        DataFolderError: the note cannot be written; a second try writes it.
    """
    url = f"sqlite+aiosqlite:///{file}"
    require_not_moved(url)
    async with _opened(url) as source, source() as here:
        async with _opened(to, password) as target:
            before = await _contents(here)
            async with target() as there:
                await prepare(there)
                found = await _contents(there)
                if found != before:
                    _require_empty(found)
                    await _copy(here, there)
                    _require_same(before, await _contents(there))
            # Once more over a connection that has seen nothing of it: what was committed.
            async with target.reading() as there:
                _require_same(before, await _contents(there))
        note_moved(file, to)
    return before


@asynccontextmanager
async def _opened(url: str, password: Password | None = None) -> AsyncIterator[Connections]:
    async with AsyncExitStack() as stack:
        opened = Connections(await open_engine(url, password, first=_require_no_other_tables))
        stack.push_async_callback(opened.close)
        yield opened


async def _require_no_other_tables(connection: AsyncConnection) -> None:
    """Refuse the database of another program before a table is made in it. Raises StoreError."""
    names = await connection.run_sync(lambda plain: set(inspect(plain).get_table_names()))
    others = sorted(names - metadata.tables.keys() - {_VERSION})
    if others:
        raise StoreError(
            msg("The database has tables of another program, such as “{name}”.", name=others[0]),
            msg("Give Palabre's store a database of its own."),
        )


def _require_empty(found: Sequence[TableContent]) -> None:
    full = [table.name for table in found if table.rows]
    if full:
        raise StoreError(
            msg(
                "The database is not empty: it has rows in {names}, which are others.", names=", ".join(full)
            ),
            msg("Name an empty database; if these rows are of an earlier try, drop it and make it anew."),
        )


def _require_same(before: Sequence[TableContent], after: Sequence[TableContent]) -> None:
    differing = [one.name for one, other in zip(before, after, strict=True) if one != other]
    if differing:
        raise StoreError(
            msg("What arrived in {names} is not what was there before.", names=", ".join(differing)),
            msg("The store is still the file. Please report this: it is a fault of ours."),
        )


async def _contents(connection: AsyncConnection) -> tuple[TableContent, ...]:
    return tuple([await _content(connection, table) for table in metadata.sorted_tables])


async def _content(connection: AsyncConnection, table: Table) -> TableContent:
    digest, count = hashlib.sha256(), 0
    async for rows in _batches(connection, table):
        for row in rows:
            digest.update(json.dumps([_written(value) for value in row]).encode() + b"\n")
        count += len(rows)
    return TableContent(table.name, count, digest.hexdigest())


def _written(value: object) -> object:
    """Return a value as JSON has it: moments and days as text."""
    return value.isoformat() if isinstance(value, date) else value


async def _batches(connection: AsyncConnection, table: Table) -> AsyncIterator[Sequence[Row]]:
    """Yield the rows of a table in the order of their keys; JSON as the text that it is written as."""
    wanted = select(*(_read(connection, column) for column in table.columns)).order_by(*table.primary_key)
    result = await connection.stream(wanted)
    texts = [at for at, column in enumerate(table.columns) if isinstance(column.type, JSON)]
    async for rows in result.partitions(_AT_ONCE):
        yield [
            tuple(_as_json(value) if at in texts else value for at, value in enumerate(row)) for row in rows
        ]


def _read(connection: AsyncConnection, column: Column[Any]) -> Any:
    if not isinstance(column.type, JSON):
        return column
    is_text = connection.dialect.name == "sqlite"
    return (type_coerce(column, Text) if is_text else cast(column, Text)).label(column.name)


def _as_json(written: object) -> object:
    """Return what PostgreSQL takes as JSON: a text that is none stands there as a text, and says as little."""
    try:
        json.loads(str(written), parse_constant=_refuse)
    except (ValueError, RecursionError):
        return json.dumps(str(written))
    return written


def _refuse(constant: str) -> None:
    raise ValueError(constant)


async def _copy(here: AsyncConnection, there: AsyncConnection) -> None:
    for table in metadata.sorted_tables:
        statement = insert(table).values({c.name: _bound(c) for c in table.columns})
        async for rows in _batches(here, table):
            await there.execute(statement, [_checked(table, row) for row in rows])
    for name in _NUMBERED:
        await _go_on_numbering(here, there, metadata.tables[name])


def _bound(column: Column[Any]) -> Any:
    is_json = isinstance(column.type, JSON)
    value = bindparam(f"new_{column.name}", type_=Text() if is_json else column.type)
    return cast(value, JSON) if is_json else value


def _checked(table: Table, row: Row) -> Mapping[str, object]:
    """Return a row to be inserted. Raises StoreError for what SQLite holds and PostgreSQL does not."""
    for column, value in zip(table.columns, row, strict=True):
        most = column.type.length if isinstance(column.type, String) else None
        if isinstance(value, str) and ("\0" in value or (most is not None and len(value) > most)):
            raise StoreError(
                msg(
                    "The column {column} of the table {table} has a text that PostgreSQL does not take.",
                    column=column.name,
                    table=table.name,
                ),
                msg("It is too long or has a character of number 0. Please report this."),
            )
    return {f"new_{column.name}": value for column, value in zip(table.columns, row, strict=True)}


async def _go_on_numbering(here: AsyncConnection, there: AsyncConnection, table: Table) -> None:
    """Let PostgreSQL number from where SQLite was: a number that was given is not given again."""
    highest = (await here.execute(select(func.coalesce(func.max(table.c.id), 0)))).scalar_one()
    if table.dialect_kwargs.get("sqlite_autoincrement"):
        given = text("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = :name")
        highest = max(highest, (await here.execute(given, {"name": table.name})).scalar_one())
    set_to = select(
        func.setval(func.pg_get_serial_sequence(table.name, "id"), cast(highest + 1, Integer), False)
    )
    await there.execute(set_to)
