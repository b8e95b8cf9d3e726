"""``palabre calendar export``."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from community.description.calendar_model import Calendar
from community.description.data_folder import DataFolder
from community.exchange.yaml_file import calendar_yaml
from palabre_cli.giving import force_option, write_one
from palabre_cli.options import config_option, data_option
from palabre_cli.stored import opened


@click.command("export")
@config_option
@data_option
@click.option("--to", type=click.Path(path_type=Path), help="The file to write, or the folder.")
@force_option
@click.pass_context
def export_command(
    context: click.Context, *, config: Path, data: DataFolder, to: Path | None, force: bool
) -> None:
    """Write the whole calendar: the same bytes for the same data."""

    async def run() -> Calendar:
        async with opened(config, data) as store:
            return await store.entries.calendar()

    content = calendar_yaml(asyncio.run(run()))
    write_one(context.obj, to, "calendar.yaml", content, force=force)
