"""The errors of backups.

::

    CommandError
    └── BackupError             a backup cannot be made, read or put back
        ├── NoRecipients        nobody is named to whose key it would be encrypted
        ├── WrongKey            the archive is encrypted to other keys
        ├── ArchiveDamaged      it is cut off or changed, or is no archive of ours
        ├── NewerArchive        a newer Palabre has written it
        ├── DiskFull            there is no room
        ├── FolderNotEmpty      where it was to be put back something is already
        └── DatabaseTool        PostgreSQL's program failed, or is missing
"""

from __future__ import annotations

import errno
from pathlib import Path

from community.core.messages import Message, msg
from palabre_cli.errors import CommandError


class BackupError(CommandError):
    """A backup cannot be made, read or put back."""


class NoRecipients(BackupError):
    """The settings name no key to which a backup would be encrypted."""

    def __init__(self) -> None:
        super().__init__(
            msg("No key is named in settings.yaml to which backups are encrypted."),
            msg("Make one with “palabre backup key” and write what it shows into settings.yaml."),
        )


class WrongKey(BackupError):
    """The archive is encrypted to other keys than the one given."""

    def __init__(self, archive: Path, key: Path) -> None:
        super().__init__(
            msg("The key in {key} does not open {archive}.", key=key, archive=archive),
            msg("Give the file of the key to which that backup was encrypted."),
        )


class ArchiveDamaged(BackupError):
    """The archive is cut off or changed, or is none of ours."""

    def __init__(self, archive: Path) -> None:
        super().__init__(
            msg("{archive} is damaged, or no backup of Palabre's: nothing was put back.", archive=archive),
            msg("Copy it again from where it was kept, or take an older one."),
        )


class NewerArchive(BackupError):
    """A newer Palabre has written the archive."""

    def __init__(self, archive: Path, version: str, ours: str) -> None:
        super().__init__(
            msg(
                "{archive} was made by a newer Palabre ({version}; this is {ours}): nothing was put back.",
                archive=archive,
                version=version,
                ours=ours,
            ),
            msg("Install that version or a later one, then try again."),
        )


class DiskFull(BackupError):
    """There is no room."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            msg("The disk of {folder} is full: nothing was written there.", folder=folder),
            msg("Make room, or name a folder on another disk, then try again."),
        )


class FolderNotEmpty(BackupError):
    """Where the backup was to be put back something is already."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            msg("{folder} is not an empty folder: nothing was put back.", folder=folder),
            msg("Name one with --to that is not there yet, or is empty."),
        )


class DatabaseTool(BackupError):
    """A program of PostgreSQL's failed, or is missing."""

    def __init__(self, program: str, reason: str) -> None:
        super().__init__(
            msg("PostgreSQL's “{program}” failed: {reason}.", program=program, reason=reason),
            msg(
                "Look whether the database runs and its password is in PGPASSFILE, and whether {program} is installed "
                "in a version not older than the database's.",
                program=program,
            ),
        )


def cannot_write(folder: Path, error: OSError) -> BackupError:
    """Return what is raised where something cannot be written below ``folder``."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFull(folder)
    reason: str | Message = error.strerror or type(error).__name__
    return BackupError(
        msg("{folder} cannot be written: {reason}.", folder=folder, reason=reason),
        msg("Look whether the folder is there and yours, then try again."),
    )


def cannot_read(path: Path, error: OSError) -> BackupError:
    """Return what is raised where a file cannot be read."""
    return BackupError(
        msg("The file {path} cannot be read: {reason}.", path=path, reason=error.strerror),
        msg("Look whether it is there and you may read it."),
    )
