"""Which forms the databases of a data folder have, and which this version knows."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from community.description.data_folder import DataFolder
from community.description.settings import Settings
from community.storage.opening import password_of
from community.storage.schema_revision import known_revisions, revision_of


@dataclass(frozen=True, slots=True)
class DataVersions:
    """The revision of the store and the form of the bot's crypto files; absent where there is none."""

    store_revision: str | None
    crypto_version: int | None

    def is_newer_than(self, ours: KnownVersions) -> bool:
        """Whether a newer Palabre has written them."""
        return (self.store_revision is not None and self.store_revision not in ours.store_revisions) or (
            self.crypto_version or 0
        ) > ours.crypto_version

    def is_older_than(self, ours: KnownVersions) -> bool:
        """Whether they are to be brought forward."""
        return (self.store_revision is not None and self.store_revision != ours.store_revisions[0]) or (
            self.crypto_version is not None and self.crypto_version < ours.crypto_version
        )


@dataclass(frozen=True, slots=True)
class KnownVersions:
    """What this version of Palabre can read: the store's revisions, the newest first; the newest crypto file."""

    store_revisions: tuple[str, ...]
    crypto_version: int


def known_versions() -> KnownVersions:
    """Return what this version can read."""
    # Imported here: it brings nio with it.
    from bots.encryption.crypto_file import VERSION  # noqa: PLC0415

    return KnownVersions(known_revisions(), VERSION)


async def data_versions(settings: Settings, data: DataFolder) -> DataVersions:
    """Return the forms of the databases in a data folder.

    Raises:
        StoreError: the store cannot be read.
    """
    revision = None
    if settings.store_url is not None or data.store.exists():
        revision = await revision_of(
            settings.store_url or data.store_url, password_of(settings.store_password_file)
        )
    return DataVersions(revision, max(map(_crypto_version, crypto_files(data)), default=None))


def crypto_files(data: DataFolder) -> Iterable[Path]:
    """Return the files of the bot's devices."""
    return sorted(data.bot_crypto.glob("*.sqlite"))


def _crypto_version(path: Path) -> int:
    """Return the form of a crypto file; 0 of one that cannot be read, which the bot sets aside."""
    try:
        with closing(sqlite3.connect(path.absolute().as_uri() + "?mode=rw", uri=True)) as connection:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            return int(version)
    except sqlite3.Error:
        return 0
