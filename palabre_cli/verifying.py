"""``palabre verifying``: what the bot shows to those who verify it just now, to be read to them another way."""

from __future__ import annotations

import json
import time

import click

from bots.sas_emoji import emoji_names
from bots.status import read_status
from community.core.messages import Translator, msg
from community.core.plain_text import one_line
from community.description.data_folder import DataFolder
from palabre_cli.errors import CommandError
from palabre_cli.options import data_option
from palabre_cli.stored import json_option
from palabre_cli.terminal import Terminal

OLD = 60.0
"""Seconds after which what the bot has last written of itself says nothing of now."""


@click.command("verifying")
@data_option
@json_option
@click.pass_context
def verifying_command(context: click.Context, *, data: DataFolder, as_json: bool) -> None:
    """Show the emoji that the bot shows to those who verify it just now, to read to them by telephone."""
    terminal: Terminal = context.obj
    status = read_status(data)
    if status is None or time.time() - status.written_at > OLD:
        raise CommandError(
            msg("The bot does not run on this data folder."), msg("“palabre doctor” says how it is.")
        )
    if as_json:
        terminal.line(json.dumps({"verifying": list(status.compared)}, indent=2))
        return
    for each in status.compared:
        terminal.line(one_line(str(each["user_id"])))
        terminal.line("  " + _shown(each["emoji"], each["decimal"], terminal.translate))
    if not status.compared:
        terminal.say(msg("Nobody compares anything with the bot just now."))
        return
    terminal.say(
        msg("Read it to them by telephone or face to face; whether it is the same, they say in their app.")
    )


def _shown(emoji: list[int], decimal: list[int], translate: Translator) -> str:
    if not emoji:
        return " · ".join(map(str, decimal))
    return " · ".join(" ".join(each) for each in emoji_names(emoji, translate.language))
