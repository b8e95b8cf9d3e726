"""``palabre seal``: Palabre's own accounts sealed anew, after somebody has signed in with one."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from community.core.messages import Message, msg
from community.description.data_folder import DataFolder, homeserver_url
from community.description.known_community import load_own_settings
from community.description.settings import Settings
from community.storage import open_store
from palabre_cli.options import config_option, data_option
from palabre_cli.stored import actor
from palabre_cli.terminal import Terminal
from provisioning.resealing import reseal_accounts, tell_of_resealing
from provisioning.topology import own_accounts

BOT_KEY = "identity.json"
"""The key of the bot's identity: only in the data folder that the bot runs on."""
_COMPOSE = "docker compose --env-file network/.env"
IN_CONTAINERS = f"{_COMPOSE} run --rm hand-to-bots && {_COMPOSE} restart bots"
AS_SERVICES = "sudo systemctl restart palabre-hand-to-bots palabre-bots"


@click.command("seal")
@config_option
@data_option
@click.option("--bot", is_flag=True, help="End the bot's sessions too, and give it another password.")
@click.pass_context
def seal_command(context: click.Context, config: Path, data: DataFolder, bot: bool) -> None:
    """End every session of the provisioner and of break-glass, and seal both anew."""
    terminal: Terminal = context.obj
    settings = load_own_settings(config, data)
    url, own = homeserver_url(settings, data), own_accounts(settings)
    asyncio.run(reseal_accounts(url, own, data, actor=actor(), bot=bot))
    terminal.say(msg("Both accounts are sealed anew, and nobody but Palabre is signed in as one of them."))
    if bot:
        terminal.say(said_of_bot(data))
    asyncio.run(_tell(settings, data))


def said_of_bot(data: DataFolder) -> Message:
    """Say how the bot goes on. Where its keys are not here, it has another data folder, and the old password."""
    if data.secret(BOT_KEY).exists():
        return msg(
            "The bot has another password, and its sessions are over. One that “palabre up” or a service runs "
            "starts again by itself, as a new device under the same identity."
        )
    return msg(
        "The bot has another password, and its sessions are over. It has a data folder of its own and cannot sign in "
        "before it is given that password: {containers}; as services: {services}.",
        containers=IN_CONTAINERS,
        services=AS_SERVICES,
    )


async def _tell(settings: Settings, data: DataFolder) -> None:
    """Tell of it. Last, for a store that fails must keep nobody from sealing; the service tells it then."""
    async with await open_store(settings, data) as store:
        await tell_of_resealing(store, data)
