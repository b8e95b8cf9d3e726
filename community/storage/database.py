"""Opening the store, and bringing its schema to the newest."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, closing
from functools import cache
from pathlib import Path
from typing import Any, Self

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext, RevisionStep
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import URL, Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from community.core.errors import StoreError
from community.core.messages import msg
from community.core.sealed_text import TextCipher
from community.storage.answers import Answers
from community.storage.applied import AppliedCommunityTable
from community.storage.audit import Audit
from community.storage.connections import PATIENCE, Connections, engine_for, reason_of, store_error
from community.storage.counts import Counts
from community.storage.directs import Directs
from community.storage.drafts import Drafts
from community.storage.entries import Entries
from community.storage.feeds import Feeds
from community.storage.forgotten_notices import forget_in_notices
from community.storage.gates import Gates
from community.storage.identities import Identities
from community.storage.imported import Imports
from community.storage.invitations import Invitations
from community.storage.invited_news import InvitedNewsTold
from community.storage.jobs import Jobs
from community.storage.kept_words import KeptWords, WordSealing
from community.storage.lost_accounts import LostAccounts
from community.storage.marks import Marks
from community.storage.members import MemberChanges
from community.storage.news import News
from community.storage.numbers import Numbers
from community.storage.people import People
from community.storage.personal import Forgotten, about, forget
from community.storage.postgresql import CONNECTIONS, Password, is_postgresql, prepare, refusal
from community.storage.quiet_hours import OwnQuietHours
from community.storage.sign_ins import SignIns
from community.storage.standing import StandingFaults
from community.storage.tables import metadata
from community.storage.transactions import Subject, revisions_of
from community.storage.visits import Visits

_MIGRATIONS = Path(__file__).parent / "migrations"
_CLEAN = 1
"""SQLite's user_version of a file that has no free pages from before what was deleted was written over."""

_LOG_PAUSE = 0.02
"""Seconds between two attempts to turn the write-ahead log on."""


class Store:
    """The open store. Make it with `Store.open`; one instance serves every task of a process."""

    def __init__(self, engine: AsyncEngine, cipher: TextCipher | None = None) -> None:
        self._engine = engine
        self._words = WordSealing(cipher)
        self._transactions = transactions = Connections(engine)
        self.entries = Entries(transactions)
        self.people = People(transactions)
        self.applied = AppliedCommunityTable(transactions)
        self.members = MemberChanges(transactions)
        self.identities = Identities(transactions)
        self.jobs = Jobs(transactions, self._words)
        self.marks = Marks(transactions)
        self.standing_faults = StandingFaults(transactions)
        self.audit = Audit(transactions)
        self.drafts = Drafts(transactions, self._words)
        self.answers = Answers(transactions)
        self.counts = Counts(transactions)
        self.directs = Directs(transactions)
        self.gates = Gates(transactions)
        self.feeds = Feeds(transactions)
        self.imports = Imports(transactions)
        self.invitations = Invitations(transactions)
        self.numbers = Numbers(transactions)
        self.visits = Visits(transactions)
        self.quiet_hours = OwnQuietHours(transactions)
        self.invited_news = InvitedNewsTold(transactions)
        self.sign_ins = SignIns(transactions)
        self.lost_accounts = LostAccounts(transactions)
        self.news = News(transactions)
        self.kept_words = KeptWords(transactions, self._words)

    @classmethod
    async def open(
        cls,
        url: str,
        cipher: TextCipher | None = None,
        *,
        password: Password | None = None,
        connections: int = CONNECTIONS,
    ) -> Self:
        """Open the database at ``url`` (SQLAlchemy's form) and bring its schema up to date.

        ``cipher`` encrypts people's words in it (`community.storage.kept_words`): `open_store` has that of the data
        folder. ``password`` and ``connections`` are PostgreSQL's.

        Raises:
            StoreError: it cannot be opened, or a newer Palabre has written it.
        """
        return cls(await open_engine(url, password, connections), cipher)

    async def close(self) -> None:
        """Close every connection."""
        await self._transactions.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.close()

    async def about(self, user_id: str, username: str, *, answering: str | None = None) -> dict[str, object]:
        """Return all that the store has about a person, as values that JSON has (times in ISO 8601).

        ``person`` (as a member), ``described`` (their line in the description), ``entries`` that name them, ``history``
        of what they changed and of those entries, ``drafts``, ``answers``, ``requests``, ``identity`` (the pinned
        key), ``audit``, ``direct_rooms``, ``gate_members``, ``feeds``, ``visits``, ``quiet_hours``,
        ``invitations``, ``arrivals``, ``sign_ins``, ``invited_news``.
        ``answering``: the key of the job by which they are answered now, which is left out.
        """
        async with self._transactions.reading() as connection:
            return await about(connection, self._words, user_id, username, answering=answering)

    async def forget(
        self, user_id: str, username: str, replacement: str, *, answering: str | None = None
    ) -> Forgotten:
        """Take a person out of the directory, its history, drafts and requests; ``replacement`` stands for them.

        Their contacts become vacant, and stay so until the files say otherwise. ``answering``: the key of the job by
        which they are answered now, which stays until that is done.
        `community.storage.personal` says what stays.
        """
        async with self.transaction() as connection:
            forgotten = await forget(
                connection, self._words, user_id, username, replacement, answering=answering
            )
            await forget_in_notices(connection, user_id)
        await self.empty_log()
        return forgotten

    async def empty_log(self) -> None:
        """Take what was deleted out of SQLite's write-ahead log too, as far as no other reader needs it."""
        if self._engine.dialect.name == "sqlite" and self._engine.url.database:
            await asyncio.to_thread(_checkpoint, self._engine.url.database)

    async def revisions(self, *subjects: Subject) -> tuple[int, ...]:
        """Return the revision of each of ``subjects``: it moves with each change of one.

        Raises:
            StoreError: the database failed.
        """
        return await revisions_of(self._transactions, subjects)

    def transaction(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Give a connection in a transaction: see `Connections`."""
        return self._transactions()


async def open_engine(
    url: str,
    password: Password | None = None,
    connections: int = CONNECTIONS,
    *,
    first: Callable[[AsyncConnection], Awaitable[None]] | None = None,
) -> AsyncEngine:
    """Return the engine of the database at ``url`` once its schema is the newest.

    ``first`` may refuse a database of PostgreSQL before anything is made in it.

    Raises:
        StoreError: it cannot be opened, or a newer Palabre has written it; what ``first`` raises.
    """
    engine = engine_for(url, password, connections)
    try:
        await asyncio.to_thread(_probe, engine.url)
        async with engine.begin() as connection:
            if is_postgresql(url):
                await prepare(connection)
                if first is not None:
                    await first(connection)
            await connection.run_sync(migrate)
    except BaseException as error:
        await engine.dispose()
        raise opening_error(url, error) from error
    return engine


def opening_error(url: str, error: BaseException) -> BaseException:
    """Return what is raised where ``error`` kept a database from being opened; itself if it has a sentence or none."""
    match error:
        case CommandError():
            return StoreError(
                msg("The store was written by a newer version of Palabre."),
                msg("Install that version again, or restore the copy of the store made before it."),
            )
        case DBAPIError() | OSError() | sqlite3.Error() | ValueError():
            reason = reason_of(error)
            refused = refusal(url, error, reason) if is_postgresql(url) else None
            return refused or store_error(
                msg("The store cannot be opened: {reason}.", reason=reason),
                msg(
                    "Look at the address in settings.yaml, the free space and the rights of the data folder."
                ),
                error,
            )
        case _:
            return error


def _probe(url: URL) -> None:
    """Open an SQLite file once by the plain driver.

    aiosqlite's thread outlives a connection that fails to open, and complains once the event loop has ended.
    """
    if url.get_backend_name() == "sqlite" and url.database:
        with closing(sqlite3.connect(url.database, isolation_level=None)) as connection:
            use_log(connection, until=time.monotonic() + PATIENCE)
            _clean(connection)


def use_log(connection: sqlite3.Connection, *, until: float) -> None:
    """Turn the write-ahead log of a file on; it stays on.

    SQLite refuses this at once, without its busy timeout, where several do it at the same time: each of them holds a
    shared lock and waits for the others'. So it is tried again, until ``until`` of the monotonic clock.
    """
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorname != "SQLITE_BUSY" or time.monotonic() >= until:
                raise
            time.sleep(_LOG_PAUSE)
        else:
            return


def _clean(connection: sqlite3.Connection) -> None:
    """Write a file anew, once, that was used before its connections had ``secure_delete``; later if it is in use."""
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


def migrate(connection: Connection, *, to: str = "head") -> None:
    """Bring the schema to the revision ``to``."""
    scripts, config = migration_scripts()

    def steps(at: Any, _context: MigrationContext) -> list[RevisionStep]:
        return scripts._upgrade_revs(to, at)

    with EnvironmentContext(config, scripts, fn=steps, destination_rev=to) as environment:
        environment.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
        with environment.begin_transaction():
            environment.run_migrations()


@cache
def migration_scripts() -> tuple[ScriptDirectory, Config]:
    """Return Alembic's view of the migrations: to read and import them takes longer than to carry them out."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return ScriptDirectory.from_config(config), config
