"""Reading a backup: checking that all of it is there, or writing it into a folder."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from community.description.data_folder import PRIVATE_FILE, PRIVATE_FOLDER
from palabre_cli.backup.archive import ArchivedFile, ArchiveReader
from palabre_cli.backup.encryption import BackupKey, decrypting
from palabre_cli.backup.errors import ArchiveDamaged, NewerArchive, cannot_read, cannot_write
from palabre_cli.backup.gaps import Gap
from palabre_cli.backup.manifest import BackupHeader, is_newer
from palabre_cli.backup.versions import known_versions
from palabre_cli.version import version

_BLOCK = 1 << 20


def open_archive(path: Path) -> BinaryIO:
    """Open the file of a backup. Raises BackupError."""
    try:
        return path.open("rb")
    except OSError as error:
        raise cannot_read(path, error) from error


@dataclass(frozen=True, slots=True)
class ReadBackup:
    """A backup whose every file is as it was written: what it is of, and what its maker has left out."""

    header: BackupHeader
    gaps: tuple[Gap, ...]


def verify(path: Path, source: BinaryIO, key: BackupKey) -> ReadBackup:
    """Read all of a backup and compare each file with the manifest; write nothing.

    Raises:
        WrongKey, ArchiveDamaged, NewerArchive.
    """
    return _read(path, source, key, lambda _member: None)


def extract(path: Path, source: BinaryIO, key: BackupKey, folder: Path) -> ReadBackup:
    """Write a backup into an empty folder. Where an error is raised, what is there is not all.

    Raises:
        WrongKey, ArchiveDamaged, NewerArchive.
        BackupError: the folder cannot be written.
    """

    def write(member: ArchivedFile) -> None:
        _write(member, folder / Path(*_place(member.name)), path)

    return _read(path, source, key, write)


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file. Raises BackupError."""
    digest = hashlib.sha256()
    with open_archive(path) as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _read(path: Path, source: BinaryIO, key: BackupKey, take: Callable[[ArchivedFile], None]) -> ReadBackup:
    ours = known_versions()
    with decrypting(path, source, key) as stream:
        reader = ArchiveReader(stream, path)
        header = reader.header()
        known = (ours.store_revisions, ours.crypto_version)
        if is_newer(header, version=version(), store_revisions=known[0], crypto_version=known[1]):
            raise NewerArchive(path, header.palabre, version())
        for member in reader.files():
            take(member)
    return ReadBackup(header, reader.gaps)


def _place(name: str) -> tuple[str, ...]:
    """Return where a member stands in the folder: those of the network's folder at its top, others by their names."""
    first, *others = name.split("/")
    return tuple(others) if first == "network" else (first, *others)


def _write(member: ArchivedFile, place: Path, archive: Path) -> None:
    """Write a file that is not there yet; nothing is written through a link, since none is ever made."""
    try:
        place.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        handle = os.open(
            place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, PRIVATE_FILE
        )
        with os.fdopen(handle, "wb") as file:
            for chunk in member.chunks():
                file.write(chunk)
    except (FileExistsError, NotADirectoryError) as error:
        # Two members of one name, or one where another has a folder: no archive of ours.
        raise ArchiveDamaged(archive) from error
    except OSError as error:
        raise cannot_write(place.parent, error) from error
