"""The connections to the database, and the transactions on them."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, nullcontext
from typing import Any

from sqlalchemy import URL, Connection, Engine, Row, Select, create_engine, event, make_url, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from community.core.errors import StoreError
from community.core.grouped import Grouped
from community.core.messages import Message, msg
from community.storage.postgresql import CONNECTIONS, Password, is_away, is_postgresql, postgresql_engine
from community.storage.tables import revisions
from community.storage.transactions import Result

# What is deleted is written over: it is in no free page of the file.
_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "busy_timeout=30000",
    "foreign_keys=ON",
    "secure_delete=ON",
)
_MOST = 15
"""Connections to an SQLite file. Each is a thread, so they are kept rather than made anew."""
PATIENCE = 30.0
"""Seconds for which a transaction waits to begin while PostgreSQL is away: it may be restarted under us."""
_PAUSE = 0.2
_READS = "palabre_reads"
"""The execution option of connections whose transactions only read."""

_REVISIONS = select(revisions.c.subject, revisions.c.number)
"""All of them: they are few, and one statement is prepared once."""

_NO_ROOM_FOR_INDEX = "SQLITE_IOERR_SHMSIZE"
"""What SQLite says of a full disk where it makes the index of its write-ahead log: "disk I/O error" in words."""
_DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB")
"""How SQLite's names of errors begin that say that a file is damaged, or no database at all."""


class Connections:
    """Begins transactions (`Transactions`)."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self._reading = engine.execution_options(**{_READS: True})
        self._plain = _plain_engine(engine)
        # Whoever waits here is woken when it is their turn; SQLite looks again after up to a tenth of a second.
        self._turn: AbstractAsyncContextManager[Any] = (
            asyncio.Lock() if engine.dialect.name == "sqlite" else nullcontext()
        )
        self._revisions = Grouped(self._read_revisions)

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[AsyncConnection]:
        """Give a connection in a transaction that may write: committed at the end, rolled back on an exception.

        Raises:
            StoreError: the database failed (disk full, connection lost); nothing of it was kept.
        """
        with _store_errors():
            async with self._turn, self._connected(self.engine) as connection, connection.begin():
                yield connection

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """Give a connection in a transaction that only reads; what it reads of SQLite is of one moment.

        Raises:
            StoreError: the database failed.
        """
        with _store_errors():
            async with self._connected(self._reading) as connection, connection.begin():
                yield connection

    async def run(self, work: Callable[[Connection], Result], *, reads: bool = False) -> Result:
        """Return what ``work`` does in one transaction, which only reads where ``reads``.

        Of an SQLite file that is one visit to a thread; aiosqlite makes about ten of them for a transaction.

        Raises:
            StoreError: the database failed; nothing of it was kept.
        """
        if self._plain is None:
            async with self.reading() if reads else self() as connection:
                return await connection.run_sync(work)
        with _store_errors():
            async with nullcontext() if reads else self._turn:
                return await asyncio.to_thread(_run, self._plain, work, reads=reads)

    async def rows(self, statement: Select[Any]) -> Sequence[Row[Any]]:
        """Return what one statement reads.

        Of an SQLite file that is one visit to a thread; aiosqlite makes about ten of them for a transaction.

        Raises:
            StoreError: the database failed.
        """
        if self._plain is not None:
            with _store_errors():
                return await asyncio.to_thread(_rows, self._plain, statement)
        try:
            return await self._read(statement)
        except StoreError as error:
            if not getattr(error.__cause__, "connection_invalidated", False):
                raise
        # The connection broke in the middle, and what only reads can be done again.
        return await self._read(statement)

    async def revisions(self) -> Mapping[str, int]:
        """Return how often each subject has changed that has; what several tasks ask at a moment is one look.

        Raises:
            StoreError: the database failed.
        """
        return await self._revisions(None)

    async def _read_revisions(self, asked: Sequence[None]) -> Sequence[Mapping[str, int]]:
        found = {row.subject: row.number for row in await self.rows(_REVISIONS)}
        return [found] * len(asked)

    async def _read(self, statement: Select[Any]) -> Sequence[Row[Any]]:
        async with self.reading() as connection:
            found: Sequence[Row[Any]] = (await connection.execute(statement)).all()
            return found

    @asynccontextmanager
    async def _connected(self, engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
        connection = await self._connect(engine)
        try:
            yield connection
        finally:
            await connection.close()

    async def _connect(self, engine: AsyncEngine) -> AsyncConnection:
        """Return a connection; while PostgreSQL is away, wait for it. Nothing of a transaction was done yet."""
        loop = asyncio.get_running_loop()
        until = loop.time() + PATIENCE
        while True:
            try:
                return await engine.connect()
            except (DBAPIError, OSError) as error:
                if engine.dialect.name == "sqlite" or not is_away(error) or loop.time() >= until:
                    raise _failed(error) from error
            await asyncio.sleep(_PAUSE)

    async def close(self) -> None:
        """Close every connection."""
        if self._plain is not None:
            self._plain.dispose()
        await self.engine.dispose()


def _rows(engine: Engine, statement: Select[Any]) -> Sequence[Row[Any]]:
    with engine.connect() as connection:
        found: Sequence[Row[Any]] = connection.execute(statement).all()
        return found


def _run(engine: Engine, work: Callable[[Connection], Result], *, reads: bool) -> Result:
    with engine.connect() as connection:
        try:
            connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
            result = work(connection)
            connection.exec_driver_sql("COMMIT")
        except BaseException:
            # By the driver: on a full disk SQLite may have rolled back by itself, and would refuse the statement.
            connection.connection.rollback()
            raise
        return result


@contextmanager
def _store_errors() -> Iterator[None]:
    try:
        yield
    # asyncpg lets the last two through as they are.
    except (DBAPIError, ConnectionError, TimeoutError) as error:
        raise _failed(error) from error


def _failed(error: DBAPIError | OSError) -> StoreError:
    return store_error(
        msg("The store failed: {reason}.", reason=reason_of(error)),
        msg("Look at the free space and whether the database runs, then try again."),
        error,
    )


def store_error(
    sentence: Message, remedy: Message, error: DBAPIError | OSError | sqlite3.Error | ValueError
) -> StoreError:
    """Return the error with that sentence and remedy; of a damaged file, what it is and how it is put right."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if not str(getattr(cause, "sqlite_errorname", "")).startswith(_DAMAGED):
        return StoreError(sentence, remedy)
    return StoreError(
        msg("The store, palabre.db in the data folder, is damaged: {reason}.", reason=reason_of(error)),
        msg(
            "Stop Palabre and put back palabre.db from your last copy of the data folder; palabre.db-wal and "
            "palabre.db-shm beside it go. Without a copy, move the three away: “palabre apply” makes a new store from "
            "the files, without what people have changed in chat."
        ),
    )


def reason_of(error: DBAPIError | OSError | sqlite3.Error | ValueError) -> str:
    """Return the driver's own words without SQLAlchemy's, which quote statements and their values."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if getattr(cause, "sqlite_errorname", None) == _NO_ROOM_FOR_INDEX:
        return "database or disk is full"
    return (
        str(cause).strip().splitlines()[0].rstrip(".")
        if cause is not None and str(cause)
        else type(error).__name__
    )


def engine_for(url: str, password: Password | None = None, connections: int = CONNECTIONS) -> AsyncEngine:
    """Return the engine of the database at ``url``; nothing is opened yet.

    ``password`` and ``connections`` (the most of this process) are PostgreSQL's.
    """
    if is_postgresql(url):
        return postgresql_engine(url, password, connections)
    kept = {"pool_size": _MOST, "max_overflow": 0, "pool_use_lifo": True} if _is_file(make_url(url)) else {}
    engine = create_async_engine(url, hide_parameters=True, **kept)
    if engine.dialect.name == "sqlite":
        event.listen(engine.sync_engine, "connect", _set_up)
        event.listen(engine.sync_engine, "begin", _begin)
    return engine


def _plain_engine(engine: AsyncEngine) -> Engine | None:
    """Return an engine by the plain driver, for single statements, of an SQLite file; None for another database."""
    if not _is_file(engine.url):
        return None
    plain = create_engine(
        engine.url.set(drivername="sqlite"), hide_parameters=True, isolation_level="AUTOCOMMIT"
    )
    event.listen(plain, "connect", _set_up)
    return plain


def _is_file(url: URL) -> bool:
    return url.get_backend_name() == "sqlite" and bool(url.database) and url.database != ":memory:"


def _set_up(dbapi_connection: Any, _record: object) -> None:
    """Let several processes share the file: write-ahead log and patience."""
    dbapi_connection.isolation_level = None
    cursor = dbapi_connection.cursor()
    try:
        for pragma in _PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
    except Exception:
        # The pool does not know it yet: its thread would outlive the event loop.
        dbapi_connection.close()
        raise
    cursor.close()


def _begin(connection: Connection) -> None:
    """Let a transaction that may write do so from the start.

    The sqlite3 driver's own transactions begin at the first write, so two readers that both go on to write
    would meet SQLITE_BUSY at once; ``BEGIN IMMEDIATE`` makes the second wait instead.
    """
    reads = _READS in connection.get_execution_options()
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
