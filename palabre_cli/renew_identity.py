"""``palabre renew-identity``: a new identity for the bot, after somebody has replaced or stolen it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from bots.encryption.key_backup.making import renew_identity
from community.core.messages import msg
from community.description.data_folder import DataFolder, homeserver_url
from community.description.known_community import load_own_settings
from matrix.http import HomeserverClient
from palabre_cli.errors import CommandError
from palabre_cli.options import config_option, data_option
from palabre_cli.terminal import Terminal


@click.command("renew-identity")
@config_option
@data_option
@click.option("--yes", is_flag=True, help="Do it: everybody will be warned once.")
@click.option(
    "--lost", is_flag=True, help="Do it though neither the former identity nor the bot's keys are here."
)
@click.pass_context
def renew_identity_command(
    context: click.Context, *, config: Path, data: DataFolder, yes: bool, lost: bool
) -> None:
    """Give the bot a new identity, after somebody has replaced or stolen it. Stop the bot first."""
    terminal: Terminal = context.obj
    if not yes:
        raise CommandError(
            msg(
                "Nothing was changed: with a new identity everybody's client warns that the bot has changed."
            ),
            msg("If its identity is in other hands, change the account's password, then add --yes."),
        )
    settings = load_own_settings(config, data)
    url = settings.homeserver.bots_url or homeserver_url(settings, data)
    asyncio.run(_renew(url, data, is_lost=lost))
    terminal.say(
        msg("The bot has a new identity. Copy identity/recovery.json to a safe place, then start the bot.")
    )
    terminal.say(
        msg(
            "A recovery key of before opens nothing any more, and the backup under it is deleted: throw it away, and "
            "make a new one with “palabre bot recovery-key”."
        )
    )


async def _renew(url: str, data: DataFolder, *, is_lost: bool) -> None:
    async with HomeserverClient(url) as http:
        await renew_identity(http, data, is_lost=is_lost)
