"""``palabre seal``: Palabre's own accounts sealed anew, after somebody has signed in with one."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from community.core.messages import msg
from community.description.data_folder import DataFolder, homeserver_url
from community.description.load import load_settings
from palabre_cli.options import config_option, data_option
from palabre_cli.terminal import Terminal
from provisioning.resealing import reseal_accounts
from provisioning.topology import own_accounts


@click.command("seal")
@config_option
@data_option
@click.pass_context
def seal_command(context: click.Context, config: Path, data: DataFolder) -> None:
    """End every session of the provisioner and of break-glass, and seal both anew."""
    terminal: Terminal = context.obj
    settings = load_settings(config)
    asyncio.run(reseal_accounts(homeserver_url(settings, data), own_accounts(settings), data))
    terminal.say(msg("Both accounts are sealed anew, and nobody but Palabre is signed in as one of them."))
