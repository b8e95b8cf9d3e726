"""``palabre directory``: the contacts, resources and projects of the store, in and out, and who changed what."""

from __future__ import annotations

import click

from palabre_cli.deferred import DeferredCommand


@click.group("directory")
def directory_command() -> None:
    """Take the directory out and in, say what has gone stale and who changed what."""


for _command in (
    DeferredCommand(
        "stale",
        "palabre_cli.directory.staleness:stale_command",
        "List what nobody has confirmed for long, the oldest first.",
    ),
    DeferredCommand(
        "import",
        "palabre_cli.directory.bringing:import_command",
        "Show what YAML or CSV files would change in the directory; with DIGEST or --yes take them in.",
    ),
    DeferredCommand(
        "export",
        "palabre_cli.directory.giving:export_command",
        "Write the whole directory, guarded fields too: the same bytes for the same data.",
    ),
    DeferredCommand(
        "template",
        "palabre_cli.directory.giving:template_command",
        "Write an empty table for contacts, resources and projects, each with an example row that is not taken in.",
    ),
    DeferredCommand(
        "history",
        "palabre_cli.directory.changed:history_command",
        "Say who changed which entry (or the one of that KEY), and how; the newest first.",
    ),
    DeferredCommand(
        "undo",
        "palabre_cli.directory.changed:undo_command",
        "Take back changes by their NUMBER in the history (412, or 412-420), unless the entry was changed since.",
    ),
):
    directory_command.add_command(_command)
