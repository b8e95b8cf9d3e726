"""``palabre bots``: the bots' process (a child of “up”)."""

from __future__ import annotations

from pathlib import Path

import click

from bots.main import run
from community.core.listening import ListeningAddress
from community.description.data_folder import DataFolder
from palabre_cli.options import config_option, data_option, metrics_option
from palabre_cli.running import until_stopped


@click.command("bots")
@config_option
@data_option
@metrics_option
def bots_command(config: Path, data: DataFolder, metrics: ListeningAddress | None) -> None:
    """Run the bots: answer in the rooms, post what the calendar says, invite people (a child of “up”)."""
    data.prepare()
    until_stopped(lambda stop: run(config, data, stop=stop, metrics=metrics))
