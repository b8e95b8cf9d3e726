"""Opening the store: engine, settings of SQLite, migration to the newest schema."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any, Self

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import URL, Connection, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from community.core.errors import StoreError
from community.core.messages import msg
from community.storage.answers import Answers
from community.storage.audit import Audit
from community.storage.counts import Counts
from community.storage.directs import Directs
from community.storage.drafts import Drafts
from community.storage.entries import Entries
from community.storage.gates import Gates
from community.storage.identities import Identities
from community.storage.jobs import Jobs
from community.storage.marks import Marks
from community.storage.numbers import Numbers
from community.storage.people import People
from community.storage.personal import Forgotten, about, forget
from community.storage.standing import StandingFaults

_MIGRATIONS = Path(__file__).parent / "migrations"
# What is deleted is written over: it is in no free page of the file.
_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "busy_timeout=30000",
    "foreign_keys=ON",
    "secure_delete=ON",
)
_CLEAN = 1
"""SQLite's user_version of a file that has no free pages from before what was deleted was written over."""


class Store:
    """The open store. Make it with `Store.open`; one instance serves every task of a process."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self.entries = Entries(self.transaction)
        self.people = People(self.transaction)
        self.identities = Identities(self.transaction)
        self.jobs = Jobs(self.transaction)
        self.marks = Marks(self.transaction)
        self.standing_faults = StandingFaults(self.transaction)
        self.audit = Audit(self.transaction)
        self.drafts = Drafts(self.transaction)
        self.answers = Answers(self.transaction)
        self.counts = Counts(self.transaction)
        self.directs = Directs(self.transaction)
        self.gates = Gates(self.transaction)
        self.numbers = Numbers(self.transaction)

    @classmethod
    async def open(cls, url: str) -> Self:
        """Open the database at ``url`` (SQLAlchemy's form) and bring its schema up to date.

        Raises:
            StoreError: it cannot be opened, or a newer Palabre has written it.
        """
        engine = create_async_engine(url, hide_parameters=True)
        if engine.dialect.name == "sqlite":
            _prepare_sqlite(engine)
        try:
            await asyncio.to_thread(_probe, engine.url)
            async with engine.begin() as connection:
                await connection.run_sync(migrate)
        except CommandError as error:
            await engine.dispose()
            raise StoreError(
                msg("The store was written by a newer version of Palabre."),
                msg("Install that version again, or restore the copy of the store made before it."),
            ) from error
        except (DBAPIError, OSError, sqlite3.Error) as error:
            await engine.dispose()
            raise StoreError(
                msg("The store cannot be opened: {reason}.", reason=_reason(error)),
                msg(
                    "Look at the address in settings.yaml, the free space and the rights of the data folder."
                ),
            ) from error
        return cls(engine)

    async def close(self) -> None:
        """Close every connection."""
        await self._engine.dispose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.close()

    async def about(self, user_id: str, username: str, *, answering: str | None = None) -> dict[str, object]:
        """Return all that the store has about a person, as values that JSON has (times in ISO 8601).

        ``person`` (as a member), ``entries`` that name them, ``history`` of what they changed and of those entries,
        ``drafts``, ``answers``, ``requests``, ``identity`` (the pinned key), ``audit``, ``direct_rooms``,
        ``gate_members``.
        ``answering``: the key of the job by which they are answered now, which is left out.
        """
        async with self.transaction() as connection:
            return await about(connection, user_id, username, answering=answering)

    async def forget(
        self, user_id: str, username: str, replacement: str, *, answering: str | None = None
    ) -> Forgotten:
        """Take a person out of the directory, its history, drafts and requests; ``replacement`` stands for them.

        Their contacts become vacant, and stay so until the files say otherwise. ``answering``: the key of the job by
        which they are answered now, which stays until that is done.
        `community.storage.personal` says what stays.
        """
        async with self.transaction() as connection:
            forgotten = await forget(connection, user_id, username, replacement, answering=answering)
        await self._empty_log()
        return forgotten

    async def _empty_log(self) -> None:
        """Take what was forgotten out of SQLite's write-ahead log too, as far as no other reader needs it."""
        if self._engine.dialect.name == "sqlite" and self._engine.url.database:
            await asyncio.to_thread(_checkpoint, self._engine.url.database)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """Give a connection in a transaction: committed at the end, rolled back on an exception.

        Raises:
            StoreError: the database failed (disk full, connection lost); nothing of it was kept.
        """
        try:
            async with self._engine.begin() as connection:
                yield connection
        except DBAPIError as error:
            raise StoreError(
                msg("The store failed: {reason}.", reason=_reason(error)),
                msg("Look at the free space and whether the database runs, then try again."),
            ) from error


def _probe(url: URL) -> None:
    """Open an SQLite file once by the plain driver.

    aiosqlite's thread outlives a connection that fails to open, and complains once the event loop has ended.
    """
    if url.get_backend_name() == "sqlite" and url.database:
        with closing(sqlite3.connect(url.database, isolation_level=None)) as connection:
            _clean(connection)


def _clean(connection: sqlite3.Connection) -> None:
    """Write a file anew, once, that was used before `_PRAGMAS` had ``secure_delete``; another time if it is in use."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (free,) = connection.execute("PRAGMA freelist_count").fetchone()
    if version >= _CLEAN:
        return
    try:
        connection.execute("PRAGMA secure_delete=ON")
        if free:
            connection.execute("VACUUM")
        connection.execute(f"PRAGMA user_version={_CLEAN}")
    except sqlite3.OperationalError:
        return


def _checkpoint(path: str) -> None:
    """Bring the write-ahead log into the file, and empty it; who reads meanwhile is waited for a moment only."""
    with closing(sqlite3.connect(path, timeout=5, isolation_level=None)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _reason(error: DBAPIError | OSError | sqlite3.Error) -> str:
    """Return the driver's own words without SQLAlchemy's, which quote statements and their values."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    return (
        str(cause).strip().splitlines()[0].rstrip(".")
        if cause is not None and str(cause)
        else type(error).__name__
    )


def _prepare_sqlite(engine: AsyncEngine) -> None:
    """Let several processes share the file: write-ahead log, patience, and write transactions from the start.

    The sqlite3 driver's own transactions begin at the first write, so two readers that both go on to write
    would meet SQLITE_BUSY at once; ``BEGIN IMMEDIATE`` makes the second wait instead.
    """

    def connect(dbapi_connection: Any, _record: object) -> None:
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

    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    event.listen(engine.sync_engine, "connect", connect)
    event.listen(engine.sync_engine, "begin", begin)


def migrate(connection: Connection, *, to: str = "head") -> None:
    """Bring the schema to the revision ``to``."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, to)
