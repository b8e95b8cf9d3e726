"""``palabre bot``: the bot's recovery key, and bringing the bot back with it."""

from __future__ import annotations

import click

from palabre_cli.deferred import DeferredCommand


@click.group("bot")
def bot_command() -> None:
    """Make the bot's recovery key, and bring the bot back with it after a lost disk."""


for _command in (
    DeferredCommand(
        "recovery-key",
        "palabre_cli.bot.recovery_key:recovery_key_command",
        "Make a new recovery key for the bot and show it once; the one of before opens nothing any more.",
        writes_log=True,
    ),
    DeferredCommand(
        "recover",
        "palabre_cli.bot.recover:recover_command",
        "Bring the bot back with its recovery key alone: the same identity, and what it could read before.",
        writes_log=True,
    ),
):
    bot_command.add_command(_command)
