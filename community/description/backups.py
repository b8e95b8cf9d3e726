"""Where backups are, how they are called, and which is the newest."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from community.description.data_folder import DataFolder
from community.description.settings import Settings

BACKUPS = "backups"
"""Their folder in the data folder, where the settings name none."""
ENDING = ".tar.age"
OLD = timedelta(days=2)
"""The age at which a backup of each night has failed to be made."""
_MOMENT = "%Y-%m-%dT%H%M%SZ"


def backup_folder(settings: Settings, data: DataFolder) -> Path:
    """Return where the settings have backups written; a path that is not whole begins in the data folder."""
    return data.root / (settings.backup.folder or BACKUPS)


def archive_name(server_name: str, made_at: datetime) -> str:
    """Return the name of the file of a backup."""
    return f"{_beginning(server_name)}{made_at.astimezone(UTC):{_MOMENT}}{ENDING}"


def moment_of(name: str, server_name: str) -> datetime | None:
    """Return when the backup in a file of that name was made; None where it is no backup of that homeserver."""
    beginning = _beginning(server_name)
    if not name.startswith(beginning) or not name.endswith(ENDING):
        return None
    written = name[len(beginning) : -len(ENDING)]
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}T\d{6}Z", written) is None:
        return None
    try:
        return datetime.strptime(written, _MOMENT).replace(tzinfo=UTC)
    except ValueError:
        return None


def newest_backup(settings: Settings, data: DataFolder) -> datetime | None:
    """Return when the newest backup in the folder of the settings was made; None where this process sees none."""
    try:
        names = [path.name for path in backup_folder(settings, data).iterdir()]
    except OSError:
        # In containers the folder is another container's.
        return None
    moments = (moment_of(name, settings.homeserver.server_name) for name in names)
    return max((moment for moment in moments if moment is not None), default=None)


@dataclass(frozen=True, slots=True)
class KnownBackups:
    """What a process knows of backups. More may be elsewhere, or made by other means: that no process can know.

    ``is_seen``: one is there. ``days``: after how many days the last of those of today is deleted by the rule of the
    settings, where one is made each day; None where nothing says that any are made by Palabre.
    """

    is_seen: bool = False
    days: int | None = None


def known_backups(settings: Settings, data: DataFolder) -> KnownBackups:
    """Return what this process knows of backups."""
    is_seen = newest_backup(settings, data) is not None
    if not is_seen and not settings.backup.recipients:
        return KnownBackups()  # without a key to encrypt them to, Palabre makes none
    keep = settings.backup.keep
    return KnownBackups(is_seen, max(keep.days, 7 * keep.weeks, 31 * keep.months))


def _beginning(server_name: str) -> str:
    return f"palabre-{server_name.replace(':', '_')}-"
