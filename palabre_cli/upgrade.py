"""``palabre upgrade``: what an older Palabre has written is brought forward, after a backup."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import click

from community.core.messages import msg
from community.description.backups import backup_folder
from community.description.data_folder import DataFolder, read_private_json
from community.description.known_community import load_own_settings
from community.description.settings import Settings
from community.storage import open_store
from palabre_cli.backup import tell_made
from palabre_cli.backup.making import make_backup
from palabre_cli.backup.versions import DataVersions, crypto_files, data_versions, known_versions
from palabre_cli.errors import CommandError
from palabre_cli.options import config_option, data_option
from palabre_cli.terminal import Terminal
from palabre_cli.version import version


@click.command("upgrade")
@config_option
@data_option
@click.option("--without-backup", is_flag=True, help="Make no backup first: you have made a copy yourself.")
@click.pass_context
def upgrade_command(context: click.Context, *, config: Path, data: DataFolder, without_backup: bool) -> None:
    """Bring the data of an older Palabre forward, after a backup. Stop Palabre first."""
    terminal: Terminal = context.obj
    settings = load_own_settings(config, data)
    with ExitStack() as locks:
        if data.root.is_dir():
            # No process may run by the old form meanwhile.
            locks.enter_context(data.alone("palabre upgrade"))
        found = asyncio.run(data_versions(settings, data))
        ours = known_versions()
        if found.is_newer_than(ours):
            raise _newer(data)
        if not found.is_older_than(ours):
            terminal.say(
                msg(
                    "{folder} is as Palabre {version} writes it: nothing to do.",
                    folder=data.root,
                    version=version(),
                )
            )
            return
        if not without_backup:
            _back_up(terminal, config, data, settings)
        with terminal.step(msg("Bringing {folder} forward", folder=data.root)):
            asyncio.run(_bring_forward(settings, data, found))
    terminal.say(msg("Done. Start Palabre again."))


def _newer(data: DataFolder) -> CommandError:
    return CommandError(
        msg(
            "A newer Palabre has written {folder}; this is {version}, and there is no way back: nothing was changed.",
            folder=data.root,
            version=version(),
        ),
        msg("Install the newer version again, or put back the backup that was made before it."),
    )


def _back_up(terminal: Terminal, config: Path, data: DataFolder, settings: Settings) -> None:
    into = backup_folder(settings, data)
    with terminal.step(msg("Writing a backup into {folder}", folder=into)):
        made = asyncio.run(make_backup(config.absolute(), data, settings, into, now=datetime.now(UTC)))
    tell_made(terminal, made)


async def _bring_forward(settings: Settings, data: DataFolder, found: DataVersions) -> None:
    """Bring each database to the newest form. Each is one transaction: broken off, it is as before, and done anew.

    Raises:
        StoreError, BotError: one cannot be written.
    """
    if found.store_revision is not None:
        async with await open_store(settings, data):
            pass
    await asyncio.to_thread(_bring_crypto_forward, data)


def _bring_crypto_forward(data: DataFolder) -> None:
    """Open the file of the bot's device once, as the bot does at its start; files of earlier devices stay."""
    secret = read_private_json(data.secret("bot.json"))
    if secret is None or not {"user_id", "device_id", "pickle_key"} <= secret.keys():
        return
    # Imported here: it brings nio with it.
    from bots.encryption.crypto_file import open_file  # noqa: PLC0415

    for path in crypto_files(data):
        if path.stem == secret["device_id"]:
            opened, _account = open_file(
                path, secret["user_id"], secret["device_id"], secret["pickle_key"], datetime.now(UTC)
            )
            opened.close()
