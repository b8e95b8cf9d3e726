"""PostgreSQL's databases: taken by pg_dump at one moment, put back by pg_restore."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Self

from community.core.messages import msg
from palabre_cli.backup.errors import BackupError, DatabaseTool, cannot_write
from palabre_cli.backup.manifest import DatabaseOwner
from palabre_cli.backup.postgres_address import PostgresAddress

_TABLES = (
    "SELECT c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
    "WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' AND c.relkind IN ('r', 'p', 'v', 'm', 'S')"
)
_MAY_HARM = (
    "SELECT r.rolname FROM pg_catalog.pg_roles r WHERE r.rolname IN (session_user, current_user) AND (r.rolsuper OR "
    "EXISTS (SELECT FROM pg_catalog.pg_roles g WHERE pg_catalog.pg_has_role(r.oid, g.oid, 'MEMBER') AND g.rolname IN "
    "('pg_execute_server_program', 'pg_write_server_files', 'pg_read_server_files')))"
)
"""Says who we are, if a statement of ours may start programs on the server or read and write its files."""
_OTHERS_AT_WORK = (
    "SELECT pid FROM pg_catalog.pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
_MARK = "palabre_restore"
"""A table that says which restore is filling a database, until the folder is there too."""
_IS_MARK = re.compile(rf"{_MARK}_[0-9a-f]{{32}}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


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
            command = (
                "pg_dump",
                "--format=custom",
                "--no-password",
                f"--exclude-table={_MARK}_*",
                f"--snapshot={self._name}",
            )
            _run(command, self._address, stdout=file)

    def close(self) -> None:
        """End the transaction."""
        self._holder.communicate()


def require_harmless(address: PostgresAddress) -> None:
    """Refuse to fill a database as somebody who may do more than that: what is in a dump is carried out.

    Raises:
        BackupError: its user is a superuser, or may use programs and files of the server.
        DatabaseTool: the database cannot be asked.
    """
    found = _rows(address, _MAY_HARM)
    if found:
        raise BackupError(
            msg(
                "“{user}” may do more in PostgreSQL than fill the database “{name}” (superuser, or programs and files "
                "of the server), and so might whoever made the archive: nothing was put back.",
                user=found[0],
                name=address.name,
            ),
            msg(
                "Make an ordinary user who owns that database, and name it in its address, or by PALABRE_STORE_URL."
            ),
        )


def put_back(dump: Path, address: PostgresAddress, restore_digest: str) -> None:
    """Fill an empty database with a dump, in one transaction.

    The database is marked with the restore first (``restore_digest``, SHA-256). So what the same restore has filled
    before it was broken off is known, and left as it is; also what its program goes on to fill after it was killed.

    Raises:
        BackupError: the database has tables already, or another restore still fills it.
        DatabaseTool: a program failed.
    """
    ours = _mark(restore_digest)
    tables, marks = _tables(address)
    is_begun = ours in marks
    if tables:
        if is_begun:
            return
        raise _not_empty(address)
    others = sorted(marks - {ours})
    if others and _rows(address, _OTHERS_AT_WORK):
        # Its mark has to stay until then: what it fills would be taken for this archive's.
        raise _still_filled(address)
    for mark in others:
        # Of a restore that was broken off before it had filled anything.
        _rows(address, f"DROP TABLE IF EXISTS {mark}")
    _rows(address, f"CREATE TABLE IF NOT EXISTS {ours} ()")
    command = (
        "pg_restore",
        "--single-transaction",
        "--exit-on-error",
        "--no-owner",
        "--no-privileges",
        "--no-password",
        f"--dbname={_quoted(address.name)}",
        str(dump),
    )
    try:
        _run(command, address)
    except DatabaseTool:
        # A restore that was killed leaves its program behind, whose tables ours met once they were all there.
        filled, _marks = _tables(address)
        if not (is_begun and filled):
            raise


def _tables(address: PostgresAddress) -> tuple[set[str], set[str]]:
    """Return the tables of a database, and those that only mark restores. Raises DatabaseTool."""
    found = set(_rows(address, _TABLES))
    marks = {table for table in found if _IS_MARK.fullmatch(table)}
    return found - marks, marks


def end_put_back(address: PostgresAddress, restore_digest: str) -> None:
    """Take the mark away, once all of the archive is back. Raises DatabaseTool."""
    _rows(address, f"DROP TABLE IF EXISTS {_mark(restore_digest)}")


def _mark(restore_digest: str) -> str:
    if not _DIGEST.fullmatch(restore_digest):
        raise ValueError(restore_digest)
    return f"{_MARK}_{restore_digest[:32]}"


def _quoted(database: str) -> str:
    """Return a name for ``--dbname``, which would take one with a “=” or “://” in it for a whole address."""
    escaped = database.replace("\\", "\\\\").replace("'", "\\'")
    return f"dbname='{escaped}'"


def _not_empty(address: PostgresAddress) -> BackupError:
    return BackupError(
        msg("The database “{name}” has tables already: nothing was put back.", name=address.name),
        msg("Make an empty one of that name (and keep the other under another name), then try again."),
    )


def _still_filled(address: PostgresAddress) -> BackupError:
    return BackupError(
        msg(
            "Another restore is still filling the database “{name}”: nothing was put back.", name=address.name
        ),
        msg("Wait until that has ended. What it has filled is its own: then make another empty database."),
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
