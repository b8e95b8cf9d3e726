"""Looks at the store without changing it: not its form, not its files beside it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from community.core.errors import StoreError
from community.core.messages import msg
from community.description.data_folder import DataFolder
from community.description.settings import Settings
from community.storage.connections import store_error
from community.storage.moved import require_not_moved, sqlite_file
from community.storage.opening import password_of
from community.storage.schema_revision import revision_of


@dataclass(frozen=True, slots=True)
class ExaminedStore:
    """``revision``: of its schema, None where it has no tables; ``damage``: what is wrong with an SQLite file."""

    revision: str | None
    damage: str | None = None


async def examine_store(settings: Settings, data: DataFolder) -> ExaminedStore | None:
    """Return what the store is like; None where there is none yet.

    Raises:
        StoreError: it cannot be read, or was moved to PostgreSQL and the settings do not say so.
    """
    url = settings.store_url or data.store_url
    require_not_moved(url)
    file = sqlite_file(url)
    if file is None:
        return ExaminedStore(await revision_of(url, password_of(settings.store_password_file)))
    return _examined_file(file) if file.exists() else None


def _examined_file(file: Path) -> ExaminedStore:
    # Where nobody writes into the file it is whole without the files beside it, which SQLite would make.
    log = file.with_name(f"{file.name}-wal")
    how = "mode=ro" if log.exists() else "immutable=1"
    try:
        with closing(sqlite3.connect(f"file:{quote(str(file.absolute()))}?{how}", uri=True)) as connection:
            found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            tables = connection.execute(
                "SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'"
            ).fetchone()
            version = tables and connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error as error:
        raise _unreadable(error) from error
    return ExaminedStore(version[0] if version else None, None if found == "ok" else str(found))


def _unreadable(error: sqlite3.Error) -> StoreError:
    return store_error(
        msg("The store cannot be read: {reason}.", reason=str(error)),
        msg("Look at the rights of palabre.db and at the disk, then try again."),
        error,
    )
