"""Whether all that a backup should have is where it is looked for: it may be in folders that are not seen from here."""

from __future__ import annotations

from pathlib import Path

from community.core.messages import msg
from community.description.data_folder import DataFolder
from palabre_cli.backup.errors import BackupError, cannot_read
from palabre_cli.backup.homeserver_file import options_of


def require_identity(data: DataFolder) -> None:
    """Refuse where the bot has an account and its keys are not there.

    Raises:
        BackupError: so it is.
    """
    if not data.secret("bot.json").exists():
        return
    for folder in (data.identity, data.bot_crypto):
        if not _has_files(folder):
            raise BackupError(
                msg(
                    "The bot has an account, but nothing is in {folder}: no backup was made, for it would lack "
                    "what must never be lost.",
                    folder=folder,
                ),
                msg(
                    "Run it where the bot's own folder is seen too (as the container or service “backup” does). If "
                    "the bot has never run, start it once."
                ),
            )


def _has_files(folder: Path) -> bool:
    try:
        return folder.is_dir() and any(path.is_file() for path in folder.iterdir())
    except OSError as error:
        raise cannot_read(folder, error) from error


def missing_media(data: DataFolder) -> Path | None:
    """Return where the homeserver keeps media, where they are not among what is copied; else None."""
    named = _media_of(data.synapse / "homeserver.yaml")
    ours = data.synapse / "media"
    if named is None:
        return None
    if not ours.is_dir():
        return named
    return named if named.is_dir() and not named.samefile(ours) else None


def _media_of(configuration: Path) -> Path | None:
    said = options_of(configuration).get("media_store_path")
    return Path(said) if isinstance(said, str) else None
