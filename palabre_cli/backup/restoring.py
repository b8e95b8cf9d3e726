"""Puts a backup back into an empty folder: all of it, or nothing that is seen.

Everything is written into a hidden folder beside the wanted one, checked there, and renamed at the end. A restore that
was broken off leaves that hidden folder, which the next one removes.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from community.core.messages import msg
from community.description.data_folder import PRIVATE_FOLDER, DataFolder, read_private_json
from community.description.load import load_settings
from palabre_cli.backup.encryption import BackupKey
from palabre_cli.backup.errors import ArchiveDamaged, BackupError, FolderNotEmpty, cannot_write
from palabre_cli.backup.making import sqlite_store
from palabre_cli.backup.manifest import DATABASES, STORE_FILE, BackupHeader, DatabaseOwner
from palabre_cli.backup.postgres import PostgresAddress, end_put_back, put_back
from palabre_cli.backup.reading import digest_of, extract, open_archive
from palabre_cli.backup.sources import is_sqlite
from palabre_cli.backup.versions import crypto_files


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back: where, of when; ``identity``: the bot's master key, None where there is none.

    ``store_elsewhere``: where the settings have the store, where that is an SQLite file outside the folder.
    """

    folder: Path
    header: BackupHeader
    identity: str | None
    store_elsewhere: Path | None

    @property
    def config(self) -> Path:
        """The folder of the description."""
        return self.folder / "config"

    @property
    def data(self) -> DataFolder:
        """The data folder."""
        return DataFolder(self.folder / "data")


def restore(archive: Path, key: BackupKey, to: Path) -> Restored:
    """Put a backup back into ``to``, which is not there yet or empty.

    Raises:
        FolderNotEmpty: something is there.
        WrongKey, ArchiveDamaged, NewerArchive.
        BackupError: it cannot be written, or a database is not empty.
    """
    _require_empty(to)
    with open_archive(archive) as source, _hidden_beside(to) as hidden:
        header = extract(archive, source, key, hidden)
        made = Restored(hidden, header, None, None)
        identity = _checked(made, archive)
        elsewhere = _place_store(made)
        databases = _fill_databases(made, archive)
        _rename(hidden, to)
    for address, digest in databases:
        end_put_back(address, digest)
    return Restored(to, header, identity, elsewhere)


def _require_empty(to: Path) -> None:
    try:
        if to.is_mount():
            raise BackupError(
                msg("{folder} is a disk of its own, which cannot be put in place at once.", folder=to),
                msg("Name a folder in it with --to."),
            )
        if to.is_symlink() or (to.exists() and (not to.is_dir() or any(to.iterdir()))):
            raise FolderNotEmpty(to)
    except OSError as error:
        raise cannot_write(to, error) from error


@contextmanager
def _hidden_beside(to: Path) -> Iterator[Path]:
    """Give a new private folder beside ``to``; it is removed where it is not renamed."""
    hidden = to.with_name(f".{to.name}.palabre-restore")
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(to.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise cannot_write(to.parent, error) from error
    try:
        # Before anything is removed: what is there may be what another one is writing.
        _hold(handle, to)
    except BackupError:
        os.close(handle)
        raise
    try:
        if hidden.exists():
            shutil.rmtree(hidden)
        hidden.mkdir(mode=PRIVATE_FOLDER)
        yield hidden
    except OSError as error:
        raise cannot_write(to.parent, error) from error
    finally:
        shutil.rmtree(hidden, ignore_errors=True)
        os.close(handle)


def _hold(handle: int, to: Path) -> None:
    """Refuse a second restore beside this one: each would remove what the other has written."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise BackupError(
            msg("Another restore is being made in {folder}.", folder=to.parent),
            msg("Wait until it has ended, then try again."),
        ) from error


def _checked(made: Restored, archive: Path) -> str | None:
    """Prove that what was put back can be used; return the bot's master key.

    Every database is whole, the description's settings can be read, and the bot's identity can be opened with its key.
    The bot's crypto files are marked as put back: messages may have been sent with their keys since.

    Raises:
        ArchiveDamaged: something of it cannot be used.
        DescriptionError: the settings have mistakes.
        BotError: the identity cannot be opened.
    """
    for path in _databases(made):
        if not _is_whole(path):
            raise ArchiveDamaged(archive)
    load_settings(made.config)
    # Imported here: it brings nio with it, which no refusal needs.
    from bots.encryption.crypto_file import mark_put_back  # noqa: PLC0415
    from bots.encryption.seeds import kept_identities  # noqa: PLC0415

    for path in crypto_files(made.data):
        mark_put_back(path)
    secret = read_private_json(made.data.secret("bot.json"))
    if secret is None:
        return None
    identities = kept_identities(made.data, str(secret.get("user_id")))
    return identities[0].master.public if identities else None


def _databases(made: Restored) -> Iterator[Path]:
    for folder, _folders, files in os.walk(made.folder):
        if not Path(folder).is_relative_to(made.data.synapse / "media"):
            yield from (path for name in files if is_sqlite(path := Path(folder, name)))


def _is_whole(path: Path) -> bool:
    try:
        with closing(sqlite3.connect(path)) as connection:
            return connection.execute("PRAGMA quick_check(1)").fetchall() == [("ok",)]
    except sqlite3.Error:
        return False


def _place_store(made: Restored) -> Path | None:
    """Return where the settings have the store, where it is an SQLite file outside the data folder."""
    return sqlite_store(load_settings(made.config)) if (made.folder / STORE_FILE).exists() else None


def _fill_databases(made: Restored, archive: Path) -> list[tuple[PostgresAddress, str]]:
    """Fill PostgreSQL's databases from their dumps, which are deleted then; return where, and with which mark."""
    settings, data = load_settings(made.config), made.data
    addresses = {
        DatabaseOwner.STORE: PostgresAddress.of_store(settings),
        DatabaseOwner.HOMESERVER: PostgresAddress.of_homeserver(
            data.synapse / "homeserver.yaml", data.secrets
        ),
    }
    there = [owner for owner in DatabaseOwner if (made.folder / owner.dump).exists()]
    digest = digest_of(archive) if there else ""
    filled = []
    for owner in there:
        address = addresses[owner]
        if address is None:
            raise ArchiveDamaged(archive)
        dump = made.folder / owner.dump
        put_back(dump, address, digest)
        dump.unlink()
        filled.append((address, digest))
    folder = made.folder / DATABASES
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
    return filled


def _rename(hidden: Path, to: Path) -> None:
    """Put the whole folder in its place, all of it on the disk before."""
    os.sync()
    hidden.rename(to)
    parent = os.open(to.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(parent)
    finally:
        os.close(parent)
