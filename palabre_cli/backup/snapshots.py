"""Databases as they are at one moment, copied while others write to them."""

from __future__ import annotations

import errno
import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import Protocol, Self

from community.core.messages import msg
from palabre_cli.backup.errors import BackupError, cannot_write

_PAGES_AT_ONCE = 1000
_CHUNK = 1 << 20


class DatabaseSnapshot(Protocol):
    """A database as it was when the snapshot was taken."""

    @property
    def member(self) -> str:
        """The name of its copy in the archive."""
        ...

    def copy_to(self, path: Path) -> None:
        """Write it into a file that is not there yet. Raises BackupError."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


class SqliteSnapshot:
    """An SQLite file with a write-ahead log, read in one transaction: nobody who writes has to wait."""

    def __init__(self, member: str, path: Path, connection: sqlite3.Connection) -> None:
        self.member = member
        self._path = path
        self._connection = connection

    @classmethod
    def take(cls, member: str, path: Path) -> Self:
        """Begin to read a file; what is written to it from now on is not in the snapshot.

        Raises:
            BackupError: it cannot be read, or is damaged.
        """
        try:
            # Not read-only: where nobody else has it open, SQLite makes the index of its log.
            connection = sqlite3.connect(
                f"{path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None, timeout=30
            )
            try:
                connection.execute("BEGIN")
                # A transaction begins with its first look.
                connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            except BaseException:
                connection.close()
                raise
        except sqlite3.Error as error:
            raise _damaged(path, error) from error
        return cls(member, path, connection)

    def copy_to(self, path: Path) -> None:
        """Write it into a new file, by SQLite's online backup. Raises BackupError."""
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        try:
            with closing(sqlite3.connect(path, isolation_level=None)) as copy:
                self._connection.backup(copy, pages=_PAGES_AT_ONCE, sleep=0)
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorname", "") in ("SQLITE_FULL", "SQLITE_IOERR_WRITE"):
                raise cannot_write(path.parent, OSError(errno.ENOSPC, str(error))) from error
            raise _damaged(self._path, error) from error

    def close(self) -> None:
        """End the transaction."""
        self._connection.close()


def _damaged(path: Path, error: sqlite3.Error) -> BackupError:
    return BackupError(
        msg("The database {path} cannot be copied: {reason}.", path=path, reason=str(error)),
        msg("Look whether it is damaged (“palabre doctor”), and whether the disk has room; then try again."),
    )


def wipe(path: Path) -> None:
    """Delete a copy of a database, written over first: it has what the database will have deleted one day."""
    with suppress(FileNotFoundError):
        with path.open("r+b") as file:
            left = file.seek(0, os.SEEK_END)
            file.seek(0)
            while left > 0:
                left -= file.write(bytes(min(_CHUNK, left)))
            file.flush()
            os.fsync(file.fileno())
        path.unlink()
