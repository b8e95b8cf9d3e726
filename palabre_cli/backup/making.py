"""Makes a backup beside everything that runs, reads it whole again, and deletes what the rule does not keep.

No lock of a running process is taken. The archive is written under another name beside its place and renamed at the
end, so a backup that is there is whole; what one that was killed has left is removed by the next.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from community.core.messages import msg
from community.description.backups import archive_name, moment_of
from community.description.data_folder import PRIVATE_FOLDER, DataFolder
from community.description.settings import KeepSettings, Settings
from palabre_cli.backup.archive import ArchiveWriter
from palabre_cli.backup.completeness import missing_media, require_identity
from palabre_cli.backup.encryption import BackupKey, encrypting
from palabre_cli.backup.errors import BackupError, NoRecipients, cannot_read, cannot_write
from palabre_cli.backup.gaps import Gap, GapReason
from palabre_cli.backup.manifest import DATA, STORE_FILE, BackupHeader, DatabaseOwner, is_safe_name
from palabre_cli.backup.postgres import PostgresSnapshot
from palabre_cli.backup.postgres_address import PostgresAddress
from palabre_cli.backup.reading import verify
from palabre_cli.backup.retention import kept
from palabre_cli.backup.snapshots import DatabaseSnapshot, SqliteSnapshot, wipe
from palabre_cli.backup.sources import BackupSources, leads_nowhere, opened
from palabre_cli.backup.versions import data_versions
from palabre_cli.version import version

LOCK = "backup.lock"
_PART = ".part"


@dataclass(frozen=True, slots=True)
class MadeBackup:
    """A backup that was written and read again: its file, the files in it and their bytes, what was deleted for it.

    ``gaps``: what should be in it and is not.
    """

    path: Path
    files: int
    bytes: int
    header: BackupHeader
    deleted: tuple[Path, ...]
    gaps: tuple[Gap, ...]

    @property
    def is_whole(self) -> bool:
        """Whether all is in it that should be."""
        return not self.gaps


async def make_backup(
    config: Path, data: DataFolder, settings: Settings, folder: Path, *, now: datetime
) -> MadeBackup:
    """Write a backup into ``folder``, made where it is missing.

    Raises:
        NoRecipients: the settings name no key.
        DataFolderInUse: another backup is being made.
        BackupError: something cannot be read or written; no backup was made, and none deleted.
        StoreError: the store cannot be read.
    """
    if not settings.backup.recipients:
        raise NoRecipients
    if not data.root.is_dir():
        raise BackupError(
            msg("There is no data folder {folder} to copy.", folder=data.root),
            msg("Name it with --data, or begin with “palabre up”."),
        )
    require_identity(data)
    with data.locked(LOCK, "palabre backup"):
        versions = await data_versions(settings, data)
        header = BackupHeader(
            made_at=now.astimezone(UTC).isoformat(timespec="seconds"),
            palabre=version(),
            server_name=settings.homeserver.server_name,
            store_revision=versions.store_revision,
            crypto_version=versions.crypto_version,
            homeserver=(data.synapse / "homeserver.yaml").is_file(),
        )
        sources = BackupSources(config, data, folder)
        return _Making(sources, settings, folder, header, now).run()


@dataclass(frozen=True)
class _Making:
    sources: BackupSources
    settings: Settings
    folder: Path
    header: BackupHeader
    now: datetime

    def run(self) -> MadeBackup:
        server_name = self.settings.homeserver.server_name
        path = self.folder / archive_name(server_name, self.now)
        _prepare(self.folder)
        if path.exists():
            raise BackupError(
                msg("{path} is there already.", path=path), msg("Wait for a second, then try again.")
            )
        with _part_of(path) as part, _scratch(self.sources.data) as scratch:
            # Nobody ever has its private part outside this process: with it the whole archive is read again.
            own = BackupKey.draw(path)
            gaps: list[Gap] = []
            writer = self._write(part, scratch, own.recipient, gaps)
            part.seek(0)
            verify(path, part, own)
            _finish(path)
        deleted = thin_out(self.folder, server_name, self.settings.backup.keep)
        return MadeBackup(path, writer.count, writer.bytes, self.header, deleted, tuple(gaps))

    def _write(self, part: BinaryIO, scratch: Path, own: str, gaps: list[Gap]) -> ArchiveWriter:
        recipients = (*self.settings.backup.recipients, own)
        try:
            with (
                (scratch / "listing").open("x+b") as listing,
                encrypting(part, recipients) as target,
            ):
                writer = ArchiveWriter(target, listing, int(self.now.timestamp()))
                self._write_members(writer, scratch, gaps)
                writer.end(gaps)
            part.flush()
            os.fsync(part.fileno())
        except OSError as error:
            raise cannot_write(self.folder, error) from error
        return writer

    def _write_members(self, writer: ArchiveWriter, scratch: Path, gaps: list[Gap]) -> None:
        """Write everything, as it is at one moment; note in ``gaps`` what should be in it and is not.

        The databases are looked at first, all within one moment. Files follow, which are written before the
        homeserver is told what is in them; media come last: what a database knows of them was there before.
        """
        writer.begin(self.header)
        elsewhere = missing_media(self.sources.data)
        if elsewhere is not None:
            gaps.append(Gap.of(GapReason.MEDIA, elsewhere))
        databases = self.sources.databases()
        with ExitStack() as held:
            snapshots = [held.enter_context(_closed(taken)) for taken in self._snapshots(databases)]
            _add_files(writer, self.sources.files(frozenset(databases)), gaps)
            for snapshot in snapshots:
                _add_database(writer, snapshot, scratch / "database")
        _add_files(writer, self.sources.media(), gaps)

    def _snapshots(self, databases: Sequence[object]) -> Iterator[DatabaseSnapshot]:
        """Take a snapshot of each: the bot's keys, the store, the homeserver last (`contents.in_order`)."""
        data = self.sources.data
        files = [data.root / str(name) for name in databases]
        names = [f"{DATA}{name}" for name in databases]
        taken = dict(zip(names, files, strict=True))
        homeserver = [name for name in names if name.startswith(f"{DATA}synapse/")]
        for name in names:
            if name not in homeserver:
                yield SqliteSnapshot.take(name, taken[name])
        store = PostgresAddress.of_store(self.settings, data.secrets)
        if store is not None:
            yield PostgresSnapshot.take(DatabaseOwner.STORE, store)
        elsewhere = self._store_elsewhere()
        if elsewhere is not None:
            yield SqliteSnapshot.take(STORE_FILE, elsewhere)
        for name in homeserver:
            yield SqliteSnapshot.take(name, taken[name])
        address = PostgresAddress.of_homeserver(data.synapse / "homeserver.yaml", data.secrets)
        if address is not None:
            yield PostgresSnapshot.take(DatabaseOwner.HOMESERVER, address)

    def _store_elsewhere(self) -> Path | None:
        """Return the store where it is an SQLite file outside the data folder."""
        path = sqlite_store(self.settings)
        if path is None or path.resolve().is_relative_to(self.sources.data.root.resolve()):
            return None
        return path


def sqlite_store(settings: Settings) -> Path | None:
    """Return the SQLite file that the settings name as the store, None where they name none."""
    url = settings.store_url or ""
    _, is_sqlite, path = url.partition("sqlite+aiosqlite:///")
    return Path(path.partition("?")[0]) if is_sqlite and path else None


def _add_files(writer: ArchiveWriter, files: Iterator[tuple[str, Path]], gaps: list[Gap]) -> None:
    for name, path in files:
        reason = _reason_to_leave_out(name, path)
        if reason is not None:
            gaps.append(Gap.of(reason, path))
            continue
        try:
            file = opened(path)
        except OSError as error:
            raise cannot_read(path, error) from error
        if file is not None:
            with file:
                writer.add_file(name, file)


def _reason_to_leave_out(name: str, path: Path) -> GapReason | None:
    if not is_safe_name(name):
        return GapReason.NAME
    return GapReason.LINK if leads_nowhere(path) else None


def _add_database(writer: ArchiveWriter, snapshot: DatabaseSnapshot, path: Path) -> None:
    try:
        snapshot.copy_to(path)
        snapshot.close()
        with path.open("rb") as file:
            writer.add_file(snapshot.member, file)
    finally:
        wipe(path)


@contextmanager
def _closed(snapshot: DatabaseSnapshot) -> Iterator[DatabaseSnapshot]:
    try:
        yield snapshot
    finally:
        snapshot.close()


def _prepare(folder: Path) -> None:
    """Make the folder; remove what backups that were killed have left in it."""
    try:
        folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        for left in folder.glob(f".palabre-*{_PART}"):
            _remove_unless_held(left)
    except OSError as error:
        raise cannot_write(folder, error) from error


def _remove_unless_held(left: Path) -> None:
    """Remove a half-written archive, unless another installation is just writing it."""
    with suppress(FileNotFoundError, BlockingIOError), left.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        left.unlink()


@contextmanager
def _part_of(path: Path) -> Iterator[BinaryIO]:
    """Give the file in which the archive is written, beside its place; it is removed where that fails."""
    part = path.with_name(f".{path.name}{_PART}")
    try:
        handle = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise cannot_write(path.parent, error) from error
    try:
        with os.fdopen(handle, "r+b", buffering=1 << 16) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file
    except OSError as error:
        raise cannot_write(path.parent, error) from error
    finally:
        part.unlink(missing_ok=True)


def _finish(path: Path) -> None:
    """Give the whole archive its name, on the disk when this returns."""
    path.with_name(f".{path.name}{_PART}").rename(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def _scratch(data: DataFolder) -> Iterator[Path]:
    """Give a private folder for copies of databases; what one that was killed has left there is wiped first."""
    folder = data.run / "backup"
    try:
        _wipe_folder(folder)
        folder.mkdir(mode=PRIVATE_FOLDER, parents=True)
    except OSError as error:
        raise cannot_write(folder, error) from error
    try:
        yield folder
    finally:
        _wipe_folder(folder)


def _wipe_folder(folder: Path) -> None:
    if folder.is_dir():
        for left in folder.iterdir():
            wipe(left)
        shutil.rmtree(folder)


def thin_out(folder: Path, server_name: str, rule: KeepSettings) -> tuple[Path, ...]:
    """Delete the backups of that homeserver that the rule does not keep; return them, the oldest first.

    Raises:
        BackupError: one cannot be deleted.
    """
    found = {}
    for path in folder.iterdir():
        moment = moment_of(path.name, server_name)
        if moment is not None and path.is_file():
            found[moment] = path
    gone = [found[moment] for moment in sorted(found.keys() - kept(found.keys(), rule))]
    for path in gone:
        try:
            path.unlink()
        except OSError as error:
            raise cannot_write(folder, error) from error
    return tuple(gone)
