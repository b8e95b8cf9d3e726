"""PostgreSQL as the store's database: how it is connected to, and what is said where that fails."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from typing import Any

from sqlalchemy import URL, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.sql import text

from community.core.errors import StoreError
from community.core.messages import Message, msg

Password = Callable[[], str]
"""Gives the password, anew for each connection: it may be changed while a process runs."""
CONNECTIONS = 10
"""The most connections of one process, where nobody says otherwise."""
_SECONDS_TO_CONNECT = 10
_SECONDS_TO_ANSWER = 60
"""For one statement: a server whose machine lost its network would otherwise be waited for without end."""
_MIGRATING = 0x70616C61
"""The number of the lock that whoever migrates holds: two processes that start at once do so one after the other."""
_AWAY = ("08", "57P01", "57P02", "57P03", "53300")
"""How SQLSTATEs begin that say that a server is away, starts, stops, or has no connection left."""
_PLAIN_ORDER = ("C", "POSIX", "C.UTF-8", "C.utf8", "ucs_basic")
"""Collations that compare texts by their characters' numbers, as SQLite does."""


def is_postgresql(url: str | URL) -> bool:
    """Whether an address is one of PostgreSQL's."""
    return make_url(url).get_backend_name() == "postgresql"


def postgresql_engine(url: str, password: Password | None, connections: int) -> AsyncEngine:
    """Return the engine of a database; nothing is opened yet.

    The part behind the ? is libpq's: ``host=/run/postgresql`` (a socket), ``sslmode=verify-full``, ``sslrootcert=…``.
    Without ``password`` libpq's own ways hold: PGPASSWORD, PGPASSFILE, ~/.pgpass.
    """
    address = url.replace("postgresql+asyncpg:", "postgresql:", 1)

    async def connect() -> Any:
        # Imported here because a store on SQLite does without.
        import asyncpg  # noqa: PLC0415

        given = {} if password is None else {"password": password()}
        return await asyncpg.connect(
            address,
            timeout=_SECONDS_TO_CONNECT,
            command_timeout=_SECONDS_TO_ANSWER,
            server_settings={"application_name": "palabre"},
            **given,
        )

    # Each connection is tried before it is used: after a restart of the server those from before are made anew.
    return create_async_engine(
        make_url(url).set(drivername="postgresql+asyncpg"),
        async_creator=connect,
        hide_parameters=True,
        pool_pre_ping=True,
        pool_size=connections,
        max_overflow=0,
    )


async def prepare(connection: AsyncConnection) -> None:
    """Look whether the database is one for us, and keep other processes from migrating it until this transaction ends.

    Raises:
        StoreError: its encoding or its collation is another.
    """
    found = await connection.execute(
        text(
            "SELECT current_database() AS name, pg_encoding_to_char(encoding) AS encoding, datcollate AS collation "
            "FROM pg_database WHERE datname = current_database()"
        )
    )
    row = found.one()
    if row.encoding != "UTF8" or row.collation not in _PLAIN_ORDER:
        raise StoreError(
            msg(
                "The database {name} has the encoding {encoding} and the collation {collation}; it takes UTF8 and C.",
                name=row.name,
                encoding=row.encoding,
                collation=row.collation,
            ),
            _make_it(row.name, None),
        )
    await connection.execute(text(f"SELECT pg_advisory_xact_lock({_MIGRATING})"))


def is_away(error: BaseException) -> bool:
    """Whether the server is away, for a moment perhaps; not where something is wrong that waiting does not mend."""
    cause = _cause(error)
    if isinstance(cause, ssl.SSLCertVerificationError):
        return False
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    return isinstance(cause, OSError) or _sqlstate(cause).startswith(_AWAY)


def refusal(url: str, error: Exception, reason: str) -> StoreError | None:
    """Return what is said where a database could not be opened, None of an error that has no sentence of its own.

    ``reason`` are the driver's words.
    """
    address, cause = make_url(url), _cause(error)
    match _sqlstate(cause):
        case "28P01" | "28000":
            return StoreError(
                msg(
                    "PostgreSQL at {server} does not let “{user}” in: {reason}.",
                    server=_server(address),
                    user=address.username or "",
                    reason=reason,
                ),
                msg(
                    "Look at the user's name in the address, and at the password: in the file that store_password_file "
                    "names, or in PGPASSFILE or PGPASSWORD."
                ),
            )
        case "3D000":
            name = address.database or ""
            return StoreError(
                msg("PostgreSQL at {server} has no database “{name}”.", server=_server(address), name=name),
                _make_it(name, address.username),
            )
        case "42501" | "25006":
            return StoreError(
                msg(
                    "“{user}” may not make tables in the database “{name}”.",
                    user=address.username or "",
                    name=address.database or "",
                ),
                msg(
                    "Make that user its owner (ALTER DATABASE … OWNER TO …), on a server that is no read-only copy."
                ),
            )
        case _:
            return _connection_refusal(address, cause, reason) if is_away(error) or _is_tls(cause) else None


def _connection_refusal(address: URL, cause: BaseException, reason: str) -> StoreError:
    if _is_tls(cause):
        return StoreError(
            msg(
                "PostgreSQL at {server} does not encrypt the connection as the address asks for: {reason}.",
                server=_server(address),
                reason=reason,
            ),
            msg(
                "Look at sslmode and sslrootcert in the address, and at the server's certificate (ssl = on)."
            ),
        )
    return StoreError(
        msg(
            "PostgreSQL at {server} does not take a connection: {reason}.",
            server=_server(address),
            reason=reason,
        ),
        msg("Look whether it runs and has connections left, and at the address."),
    )


def _is_tls(cause: BaseException) -> bool:
    return isinstance(cause, ssl.SSLError) or "SSL" in str(cause)


def _make_it(name: str, owner: str | None) -> Message:
    return msg(
        "Make one: sudo -u postgres createdb --owner={owner} --encoding=UTF8 --locale=C --template=template0 {name}",
        owner=owner or "palabre",
        name=name,
    )


def _server(address: URL) -> str:
    """Return where the server is, without user and password."""
    host = address.host or address.query.get("host") or "localhost"
    named = host if isinstance(host, str) else ",".join(host)
    return named if address.port is None else f"{named}:{address.port}"


def _cause(error: BaseException) -> BaseException:
    """Return the driver's error: SQLAlchemy's has its own translation of it, which has that as its cause."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    return cause.__cause__ if isinstance(error, DBAPIError) and cause.__cause__ is not None else cause


def _sqlstate(cause: BaseException) -> str:
    return str(getattr(cause, "sqlstate", None) or "")
