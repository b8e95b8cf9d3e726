"""What the data folder has of the key backup: enough to add to it, not enough to read it.

``secrets/key-backup.json`` is written before a version of the backup is made on the homeserver, so that a process
killed in between leaves none there that nobody knows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bots.encryption.cross_signing import decoded, unpadded
from bots.encryption.key_backup.backup_key import KEY_BYTES, BackupWriter
from community.description.data_folder import DataFolder, damaged, read_private_json, write_private_json

FILE = "key-backup.json"
LOCK = "recovery-key.lock"
"""Held while the file is changed."""
_MOST = 4
"""The most writers that are kept: each but the newest is of a command that was broken off."""


@dataclass(frozen=True, slots=True)
class KeptBackup:
    """``writers``: the newest first. ``former``: versions to be deleted once everything is in the newest.

    ``is_in_use``: whether the recovery key of the newest is; until then the one of before opens a former version.
    """

    writers: tuple[BackupWriter, ...] = ()
    former: tuple[str, ...] = ()
    is_in_use: bool = True


def kept_backup(data: DataFolder, user_id: str) -> KeptBackup:
    """Return what is kept for an account; nothing where no recovery key was made, or for another account.

    Raises:
        DataFolderError: the file is damaged.
    """
    path = data.secret(FILE)
    kept = read_private_json(path)
    if kept is None or kept.get("user_id") != user_id:
        return KeptBackup()
    try:
        writers = tuple(
            BackupWriter(user_id, each["public"], _key(each["mac_key"])) for each in kept["writers"]
        )
        return KeptBackup(writers, tuple(map(str, kept["former"])), kept.get("in_use") is not False)
    except (KeyError, TypeError, ValueError) as error:
        raise damaged(path) from error


def keep_backup(
    data: DataFolder,
    user_id: str,
    writers: Sequence[BackupWriter],
    former: Iterable[str],
    *,
    is_in_use: bool = True,
) -> None:
    """Write what is kept.

    Raises:
        DataFolderError: it cannot be written.
    """
    kept = {
        "user_id": user_id,
        "writers": [{"public": each.public, "mac_key": unpadded(each.mac_key)} for each in writers[:_MOST]],
        "former": list(dict.fromkeys(former)),
        "in_use": is_in_use,
    }
    write_private_json(data.secret(FILE), kept)


def _key(text: str) -> bytes:
    key = decoded(text)
    if len(key) != KEY_BYTES:
        raise ValueError("length")
    return key
