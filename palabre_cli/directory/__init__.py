"""``palabre directory``: the contacts, resources and projects of the store, in and out, and who changed what."""

from __future__ import annotations

import click

from palabre_cli.directory.bringing import import_command
from palabre_cli.directory.giving import export_command, template_command
from palabre_cli.directory.past import history_command, undo_command
from palabre_cli.directory.staleness import stale_command


@click.group("directory")
def directory_command() -> None:
    """Take the directory out and in, say what has gone stale and who changed what."""


for _command in (
    stale_command,
    import_command,
    export_command,
    template_command,
    history_command,
    undo_command,
):
    directory_command.add_command(_command)
