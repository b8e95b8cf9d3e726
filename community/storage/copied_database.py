"""The PostgreSQL database into which another program copies its own SQLite file: whether it may, and what arrived.

A table of ours in it says how far that is, so that a copy which was broken off can be told from one that is whole, and
from a database that is used.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager, closing
from enum import StrEnum
from pathlib import Path

from sqlalchemy import func, inspect, select, table
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import quoted_name, text

from community.core.errors import StoreError
from community.core.messages import msg
from community.storage.connections import Connections, engine_for, reason_of
from community.storage.database import opening_error
from community.storage.postgresql import Password, prepare

_NOTE = "palabre_migration"


class CopyState(StrEnum):
    """How far a copy is: not begun, broken off, or compared and found whole."""

    NONE = "none"
    BEGUN = "begun"
    WHOLE = "whole"


class CopiedDatabase:
    """The database, for as long as it is copied into."""

    def __init__(self, transactions: Connections) -> None:
        self._transaction = transactions

    async def begin(self, source: str) -> CopyState:
        """Note that a copy of ``source`` (the digest of a snapshot) is begun, in an empty database.

        Returns what was there before. What one that was broken off has left is deleted, and so is a whole copy of
        another snapshot: the program has gone on with its own file since. A whole copy of this one stays.

        Raises:
            StoreError: something else is in it, or it failed.
        """
        async with self._transaction() as connection:
            before, copied = await _noted(connection)
            if before is CopyState.WHOLE:
                if copied == source:
                    return before
                before = CopyState.BEGUN
            names = await _tables(connection)
            if before is CopyState.NONE and names:
                raise StoreError(
                    msg("The database is not empty: it has tables, such as “{name}”.", name=names[0]),
                    msg("Name an empty database; it is made by createdb as docs/operator.md says."),
                )
            await _clear(connection)
            await connection.execute(
                text(f"CREATE TABLE {_NOTE} (state text NOT NULL, source text NOT NULL)")
            )
            await _note(connection, CopyState.BEGUN, source)
            return before

    async def note_whole(self, source: str) -> None:
        """Note that the copy of ``source`` was compared. Raises StoreError."""
        async with self._transaction() as connection:
            await _note(connection, CopyState.WHOLE, source)

    async def end(self) -> None:
        """Take the note away: the database is its program's now. Raises StoreError."""
        async with self._transaction() as connection:
            await connection.execute(text(f"DROP TABLE {_NOTE}"))

    async def raise_sequences(self, least: Mapping[str, int]) -> None:
        """Have each of those sequences that are there go on after that number, or later. Raises StoreError."""
        known = text("SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'")
        async with self._transaction() as connection:
            there = set((await connection.execute(known)).scalars())
            for name in sorted(there & least.keys()):
                raised = text(f'SELECT setval(:name, greatest(:least, (SELECT last_value FROM "{name}")))')  # noqa: S608
                await connection.execute(raised, {"name": name, "least": least[name]})

    async def rows(self, names: Collection[str]) -> dict[str, int]:
        """Return how many rows each of those tables has that are there. Raises StoreError."""
        async with self._transaction.reading() as connection:
            there = await _tables(connection)
            counted = {}
            for name in sorted(set(names) & set(there)):
                wanted = select(func.count()).select_from(table(quoted_name(name, quote=True)))
                counted[name] = (await connection.execute(wanted)).scalar_one()
            return counted


@asynccontextmanager
async def copied_database(url: str, password: Password | None) -> AsyncIterator[CopiedDatabase]:
    """Give the database at ``url``.

    Raises:
        StoreError: it cannot be opened, or its encoding or collation is another.
    """
    engine = engine_for(url, password, connections=2)
    try:
        try:
            async with engine.begin() as connection:
                await prepare(connection)
        except Exception as error:
            raise opening_error(url, error) from error
        yield CopiedDatabase(Connections(engine))
    finally:
        await engine.dispose()


def snapshot(file: Path, to: Path) -> None:
    """Copy an SQLite file as it is at this moment, with what is in its write-ahead log. Raises StoreError."""
    to.unlink(missing_ok=True)
    try:
        with (
            closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(to)) as target,
        ):
            source.backup(target)
    except sqlite3.Error as error:
        raise StoreError(
            msg("{file} cannot be copied: {reason}.", file=file, reason=reason_of(error)),
            msg("Look at the free space: the copy needs as much as the file."),
        ) from error


def digest_of_snapshot(file: Path) -> str:
    """Return the digest of what `snapshot` has made: the same where nothing was written in between.

    Raises:
        StoreError: it cannot be read.
    """
    try:
        with file.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError as error:
        raise StoreError(
            msg("{file} cannot be read: {reason}.", file=file, reason=error.strerror or "?")
        ) from error


def rows_of(file: Path) -> Mapping[str, int]:
    """Return how many rows each table of an SQLite file has. Raises StoreError."""
    try:
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as connection:
            names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            return {name: _count(connection, name) for (name,) in names if not name.startswith("sqlite_")}
    except sqlite3.Error as error:
        raise StoreError(
            msg("{file} cannot be read: {reason}.", file=file, reason=reason_of(error))
        ) from error


def highest(file: Path, table_name: str, by: str, number: str) -> dict[str, int]:
    """Return the highest ``number`` for each ``by`` in a table of an SQLite file. Raises StoreError."""
    wanted = f'SELECT "{by}", max("{number}") FROM "{table_name}" GROUP BY "{by}"'  # noqa: S608 - names of ours
    try:
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as connection:
            return dict(connection.execute(wanted).fetchall())
    except sqlite3.Error as error:
        raise StoreError(
            msg("{file} cannot be read: {reason}.", file=file, reason=reason_of(error))
        ) from error


def _count(connection: sqlite3.Connection, name: str) -> int:
    quoted = name.replace('"', '""')
    (count,) = connection.execute(f'SELECT count(*) FROM "{quoted}"').fetchone()  # noqa: S608 - its own table
    return int(count)


async def _tables(connection: AsyncConnection) -> list[str]:
    return await connection.run_sync(lambda plain: sorted(inspect(plain).get_table_names()))


async def _noted(connection: AsyncConnection) -> tuple[CopyState, str | None]:
    """Return how far the copy is, and of which snapshot; an older Palabre has not noted that."""
    if _NOTE not in await _tables(connection):
        return CopyState.NONE, None
    note = (await connection.execute(text(f"SELECT * FROM {_NOTE}"))).mappings().one()  # noqa: S608
    return CopyState(note["state"]), note.get("source")


async def _note(connection: AsyncConnection, state: CopyState, source: str) -> None:
    await connection.execute(text(f"DELETE FROM {_NOTE}"))  # noqa: S608
    values = {"state": state, "source": source}
    await connection.execute(text(f"INSERT INTO {_NOTE} VALUES (:state, :source)"), values)  # noqa: S608


_LEFT = """
SELECT format('DROP TABLE IF EXISTS %I CASCADE', tablename) FROM pg_tables WHERE schemaname = 'public'
UNION ALL
SELECT format('DROP SEQUENCE IF EXISTS %I CASCADE', sequencename) FROM pg_sequences WHERE schemaname = 'public'
UNION ALL
SELECT format('DROP FUNCTION IF EXISTS %s CASCADE', p.oid::regprocedure) FROM pg_proc p
  WHERE pronamespace = 'public'::regnamespace
    AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
"""
"""What deletes all that a program has made, but for what belongs to an extension."""


async def _clear(connection: AsyncConnection) -> None:
    for (statement,) in (await connection.execute(text(_LEFT))).all():
        await connection.execute(text(statement))
