"""PostgreSQL's databases: taken by pg_dump at one moment, put back by pg_restore.

Addresses and passwords go to PostgreSQL's programs through their environment: a list of processes shows neither.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

from community.core.messages import msg
from community.description.settings import Settings
from community.description.yaml_text import parse
from palabre_cli.backup.errors import BackupError, DatabaseTool, cannot_read, cannot_write
from palabre_cli.backup.manifest import DatabaseOwner

_TABLES = (
    "SELECT c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
    "WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' AND c.relkind IN ('r', 'p', 'v', 'm', 'S')"
)
_MARK = "palabre_restore"
"""A table that says which archive is being put back into a database, until the folder is there too."""
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class PostgresAddress:
    """Where a database is, as libpq's variables name it."""

    variables: Mapping[str, str]

    @classmethod
    def of_store(cls, settings: Settings) -> Self | None:
        """Return where the settings have the store; None where it is an SQLite file."""
        url = settings.store_url or ""
        if not url.startswith("postgresql"):
            return None
        parts = urlsplit(url)
        host = parse_qs(parts.query).get("host", [parts.hostname or ""])[0]
        return cls(
            _given(
                PGHOST=host,
                PGPORT=str(parts.port or ""),
                PGUSER=unquote(parts.username or ""),
                PGPASSWORD=unquote(parts.password or ""),
                PGDATABASE=unquote(parts.path.removeprefix("/")),
            )
        )

    @classmethod
    def of_homeserver(cls, configuration: Path, secrets: Path) -> Self | None:
        """Return where Synapse's configuration has its database; None where it is an SQLite file or there is none.

        ``secrets`` is where the file of passwords that it names is now.

        Raises:
            BackupError: the configuration cannot be read.
        """
        try:
            parsed = parse(configuration.read_bytes(), configuration.name)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise cannot_read(configuration, error) from error
        database: Any = parsed.value.get("database") if isinstance(parsed.value, dict) else None
        if not isinstance(database, dict) or database.get("name") != "psycopg2":
            return None
        args = database.get("args") or {}
        passfile = args.get("passfile")
        return cls(
            _given(
                PGHOST=str(args.get("host") or ""),
                PGPORT=str(args.get("port") or ""),
                PGUSER=str(args.get("user") or ""),
                PGPASSWORD=str(args.get("password") or ""),
                PGDATABASE=str(args.get("dbname") or args.get("database") or ""),
                PGPASSFILE="" if passfile is None else str(secrets / Path(str(passfile)).name),
            )
        )

    @property
    def environment(self) -> dict[str, str]:
        """The environment of PostgreSQL's programs; what the address says goes before what is set already."""
        return {**os.environ, **self.variables, "LC_ALL": "C"}

    @property
    def name(self) -> str:
        """The name of the database."""
        return self.variables.get("PGDATABASE", "")


def _given(**variables: str) -> dict[str, str]:
    return {name: value for name, value in variables.items() if value}


class PostgresSnapshot:
    """A database of PostgreSQL's at one moment, held by a transaction of psql's for as long as pg_dump needs it."""

    def __init__(
        self, owner: DatabaseOwner, address: PostgresAddress, holder: subprocess.Popen[bytes], name: str
    ) -> None:
        self.member = owner.dump
        self._address = address
        self._holder = holder
        self._name = name

    @classmethod
    def take(cls, owner: DatabaseOwner, address: PostgresAddress) -> Self:
        """Begin the transaction. Raises DatabaseTool."""
        holder = _psql(address)
        assert holder.stdin is not None  # noqa: S101 - a pipe was asked for
        assert holder.stdout is not None  # noqa: S101
        with suppress(BrokenPipeError):
            holder.stdin.write(
                b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;\nSELECT pg_export_snapshot();\n"
            )
            holder.stdin.flush()
        name = holder.stdout.readline().decode().strip()
        if not name:
            _, errors = holder.communicate()
            raise DatabaseTool("psql", _last_line(errors))
        return cls(owner, address, holder, name)

    def copy_to(self, path: Path) -> None:
        """Write pg_dump's custom form into a new file. Raises BackupError."""
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise cannot_write(path.parent, error) from error
        with os.fdopen(handle, "wb") as file:
            command = ("pg_dump", "--format=custom", "--no-password", f"--snapshot={self._name}")
            _run(command, self._address, stdout=file)

    def close(self) -> None:
        """End the transaction."""
        self._holder.communicate()


def put_back(dump: Path, address: PostgresAddress, archive_digest: str) -> None:
    """Fill an empty database with a dump, in one transaction.

    The database is marked with the archive first (``archive_digest``, SHA-256). So what a restore of the same archive
    has filled before it was broken off is known, and left as it is.

    Raises:
        BackupError: the database has tables already.
        DatabaseTool: a program failed.
    """
    if not _DIGEST.fullmatch(archive_digest):
        raise ValueError(archive_digest)
    tables = _rows(address, _TABLES)
    ours = f"{_MARK}_{archive_digest[:32]}"
    if set(tables) - {ours}:
        if ours in tables:
            return
        raise _not_empty(address)
    _rows(address, f"CREATE TABLE IF NOT EXISTS {ours} ()")
    command = (
        "pg_restore",
        "--single-transaction",
        "--exit-on-error",
        "--no-owner",
        "--no-privileges",
        "--no-password",
        f"--dbname={address.name}",
        str(dump),
    )
    _run(command, address)


def end_put_back(address: PostgresAddress, archive_digest: str) -> None:
    """Take the mark away, once all of the archive is back. Raises DatabaseTool."""
    _rows(address, f"DROP TABLE IF EXISTS {_MARK}_{archive_digest[:32]}")


def _not_empty(address: PostgresAddress) -> BackupError:
    return BackupError(
        msg("The database “{name}” has tables already: nothing was put back.", name=address.name),
        msg("Make an empty one of that name (and keep the other under another name), then try again."),
    )


def _rows(address: PostgresAddress, statement: str) -> list[str]:
    psql = _psql(address)
    out, errors = psql.communicate(f"{statement};\n".encode())
    if psql.returncode != 0:
        raise DatabaseTool("psql", _last_line(errors))
    return out.decode().split()


def _psql(address: PostgresAddress) -> subprocess.Popen[bytes]:
    arguments = (
        "--no-psqlrc",
        "--quiet",
        "--tuples-only",
        "--no-align",
        "--no-password",
        "--set=ON_ERROR_STOP=1",
    )
    try:
        return subprocess.Popen(  # noqa: S603 - our own argument vector
            ["psql", *arguments],  # noqa: S607 - where PostgreSQL's programs are differs
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=address.environment,
        )
    except OSError as error:
        raise DatabaseTool("psql", error.strerror or "") from error


def _run(
    command: Sequence[str], address: PostgresAddress, stdout: IO[bytes] | int = subprocess.DEVNULL
) -> None:
    try:
        done = subprocess.run(  # noqa: S603 - our own argument vector
            command,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.PIPE,
            env=address.environment,
            check=False,
        )
    except OSError as error:
        raise DatabaseTool(command[0], error.strerror or "") from error
    if done.returncode != 0:
        raise DatabaseTool(command[0], _last_line(done.stderr))


def _last_line(errors: bytes) -> str:
    lines = errors.decode(errors="replace").strip().splitlines()
    return lines[-1].removesuffix(".") if lines else "?"
