"""Puts a backup back into an empty folder: all of it, or nothing that is seen.

Everything is written into a hidden folder beside the wanted one, checked there, and renamed at the end. A restore that
was broken off leaves that hidden folder, which the next one removes.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import assert_never

from community.core.messages import msg
from community.description.data_folder import PRIVATE_FOLDER, DataFolder, read_private_json
from community.description.load import load_settings
from palabre_cli.backup.encryption import BackupKey
from palabre_cli.backup.errors import ArchiveDamaged, BackupError, FolderNotEmpty, cannot_write
from palabre_cli.backup.gaps import Gap
from palabre_cli.backup.making import sqlite_store
from palabre_cli.backup.manifest import STORE_FILE, BackupHeader, DatabaseOwner
from palabre_cli.backup.postgres import end_put_back, put_back, require_harmless
from palabre_cli.backup.postgres_address import PostgresAddress
from palabre_cli.backup.reading import digest_of, extract, open_archive
from palabre_cli.backup.sources import is_sqlite
from palabre_cli.backup.versions import crypto_files


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back: where, of when; ``identity``: the bot's master key, None where there is none.

    ``store_elsewhere``: where the settings have the store, where that is an SQLite file outside the folder. ``gaps``:
    what the backup's maker has left out; where there are some, it is not proven that all is back.
    """

    folder: Path
    header: BackupHeader
    gaps: tuple[Gap, ...]
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


@dataclass(frozen=True, slots=True)
class FilledDatabase:
    """A database of PostgreSQL's that is filled from a dump."""

    owner: DatabaseOwner
    address: PostgresAddress
    dump: Path


Agree = Callable[[Sequence[FilledDatabase]], None]
"""Raises unless the operator wants these databases filled: an archive may say anything of where they are."""


def restore(archive: Path, key: BackupKey, to: Path, agree: Agree) -> Restored:
    """Put a backup back into ``to``, which is not there yet or empty.

    ``agree`` is asked before anything is sent to a database.

    Raises:
        FolderNotEmpty: something is there.
        WrongKey, ArchiveDamaged, NewerArchive.
        BackupError: it cannot be written, or a database is not empty.
    """
    _require_empty(to)
    with open_archive(archive) as source, _hidden_beside(to) as (hidden, token):
        read = extract(archive, source, key, hidden)
        made = Restored(hidden, read.header, read.gaps, None, None)
        identity = _checked(made, archive)
        elsewhere = _place_store(made)
        databases = _databases_to_fill(made, archive)
        digest = ""
        if databases:
            agree(databases)
            digest = hashlib.sha256(f"{token} {digest_of(archive)}".encode()).hexdigest()
            _write_token(hidden, token, archive)
            _fill(databases, digest)
        _rename(hidden, to)
    restored = Restored(to, read.header, read.gaps, identity, elsewhere)
    if databases:
        _token_file(to).unlink()
    for database in databases:
        # Asked for again: files of passwords that are in the archive have moved with it.
        end_put_back(_address_of(database.owner, restored, archive), digest)
    return restored


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
def _hidden_beside(to: Path) -> Iterator[tuple[Path, str]]:
    """Give a new private folder beside ``to``, removed where it is not renamed, and the token of this restore.

    A restore that was broken off while it filled databases leaves its token, which marks them (`put_back`): the next
    one to the same place goes on with it. With the folder in its place it is gone, so a database that is used by then
    is no restore's any more.
    """
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
        token = _token_in(hidden) or secrets.token_hex()
        if hidden.exists():
            shutil.rmtree(hidden)
        hidden.mkdir(mode=PRIVATE_FOLDER)
        yield hidden, token
    except OSError as error:
        raise cannot_write(to.parent, error) from error
    finally:
        _remove(hidden)
        os.close(handle)


def _remove(hidden: Path) -> None:
    """Remove what was written; of a restore that has begun to fill databases the token stays."""
    token = _token_in(hidden)
    shutil.rmtree(hidden, ignore_errors=True)
    if token:
        _write_token(hidden, token, hidden)


def _token_file(folder: Path) -> Path:
    """Return where the token is: in a folder that no archive has."""
    return DataFolder(folder / "data").run / "restore.token"


def _token_in(folder: Path) -> str | None:
    with suppress(FileNotFoundError, NotADirectoryError, UnicodeDecodeError):
        return _token_file(folder).read_text()
    return None


def _write_token(folder: Path, token: str, archive: Path) -> None:
    """Write the token onto the disk. Raises ArchiveDamaged: an archive has brought a file of that name."""
    path = _token_file(folder)
    path.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    try:
        with path.open("x") as file:
            file.write(token)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError as error:
        raise ArchiveDamaged(archive) from error


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


def _databases_to_fill(made: Restored, archive: Path) -> list[FilledDatabase]:
    """Return PostgreSQL's databases of which there are dumps, and where each goes."""
    return [
        FilledDatabase(owner, _address_of(owner, made, archive), dump)
        for owner in DatabaseOwner
        if (dump := made.folder / owner.dump).exists()
    ]


def _address_of(owner: DatabaseOwner, made: Restored, archive: Path) -> PostgresAddress:
    """Return where a database goes of which there is a dump."""
    data = made.data
    match owner:
        case DatabaseOwner.STORE:
            found, missing = (
                PostgresAddress.of_store(load_settings(made.config), data.secrets),
                _nowhere(archive),
            )
        case DatabaseOwner.HOMESERVER:
            found, missing = (
                PostgresAddress.of_homeserver(data.synapse / "homeserver.yaml", data.secrets),
                ArchiveDamaged(archive),
            )
        case _:
            assert_never(owner)
    if found is None:
        raise missing
    return found


def _nowhere(archive: Path) -> BackupError:
    return BackupError(
        msg("{archive} has a store of PostgreSQL, and nothing says where it goes.", archive=archive),
        msg(
            "Say it with PALABRE_STORE_URL, as for what runs (and, where a password is asked for, with "
            "PALABRE_STORE_PASSWORD_FILE), then try again."
        ),
    )


def _fill(databases: Sequence[FilledDatabase], digest: str) -> None:
    """Fill each database from its dump, which is deleted then."""
    for database in databases:
        require_harmless(database.address)
    for database in databases:
        put_back(database.dump, database.address, digest)
        database.dump.unlink()
    folder = databases[0].dump.parent
    if not any(folder.iterdir()):
        folder.rmdir()


def _rename(hidden: Path, to: Path) -> None:
    """Put the whole folder in its place, all of it on the disk before."""
    os.sync()
    hidden.rename(to)
    parent = os.open(to.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(parent)
    finally:
        os.close(parent)
