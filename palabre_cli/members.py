"""``palabre members``: the members of the files and those who have come by a link, as one table."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from community.core.messages import msg
from community.description.data_folder import DataFolder
from community.description.faults import MEMBERS
from community.exchange.members_table import members_table
from palabre_cli.directory.giving import SEPARATORS, separator_option
from palabre_cli.giving import force_option, write_one
from palabre_cli.options import config_option, data_option
from palabre_cli.stored import stored
from palabre_cli.terminal import Terminal


@click.group("members")
def members_command() -> None:
    """Take out the members, of the files and by links, as members.csv."""


@members_command.command("export")
@config_option
@data_option
@click.option("--to", type=click.Path(path_type=Path), help="The file to write, or its folder.")
@separator_option
@force_option
@click.pass_context
def export_command(
    context: click.Context, *, config: Path, data: DataFolder, to: Path | None, separator: str, force: bool
) -> None:
    """Write members.csv with everybody who is a member now: read again, it changes nothing."""
    terminal: Terminal = context.obj
    community, _directory = asyncio.run(stored(config, data))
    write_one(terminal, to, MEMBERS, members_table(community.members, SEPARATORS[separator]), force=force)
    if to is not None:
        terminal.say(
            msg("Beside community.yaml it stands for the members: take the list “members” out of that file.")
        )
