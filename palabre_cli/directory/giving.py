"""``palabre directory export`` and ``template``: files for people and for other programs."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Literal

import click

from community.core.messages import msg
from community.description.data_folder import DataFolder
from community.description.load import load_community
from community.exchange.tables import tables, templates
from community.exchange.yaml_file import directory_yaml
from palabre_cli.errors import CommandError
from palabre_cli.giving import force_option, write_files, write_one
from palabre_cli.options import config_option, data_option
from palabre_cli.stored import stored_directory
from palabre_cli.terminal import Terminal

SEPARATORS = {"semicolon": ";", "comma": ",", "tab": "\t"}
"""What may stand between the cells of a table, by the name in `separator_option`."""
separator_option = click.option(
    "--separator",
    type=click.Choice(tuple(SEPARATORS)),
    default="semicolon",
    show_default=True,
    help="What stands between the cells of a table.",
)


@click.command("export")
@config_option
@data_option
@click.option(
    "--format",
    "form",
    type=click.Choice(("yaml", "csv")),
    default="yaml",
    show_default=True,
    help="directory.yaml, or three tables.",
)
@click.option(
    "--to", type=click.Path(path_type=Path), help="The file to write, or the folder (tables: a folder)."
)
@separator_option
@force_option
@click.pass_context
def export_command(
    context: click.Context,
    *,
    config: Path,
    data: DataFolder,
    form: Literal["yaml", "csv"],
    to: Path | None,
    separator: str,
    force: bool,
) -> None:
    """Write the whole directory, guarded fields too: the same bytes for the same data."""
    terminal: Terminal = context.obj
    if to is None and form == "csv":
        raise CommandError(
            msg("The tables are three files and need a folder."),
            msg("Name it with --to, such as --to tables."),
        )
    directory = asyncio.run(stored_directory(config, data))
    if form == "csv":
        assert to is not None  # noqa: S101 - refused above
        write_files(terminal, to, tables(directory, SEPARATORS[separator]), force=force)
    else:
        write_one(terminal, to, "directory.yaml", directory_yaml(directory), force=force)


@click.command("template")
@config_option
@click.option(
    "--to",
    type=click.Path(path_type=Path),
    default=Path(),
    help="The folder to write into (default: this one).",
)
@separator_option
@force_option
@click.pass_context
def template_command(context: click.Context, *, config: Path, to: Path, separator: str, force: bool) -> None:
    """Write an empty table for contacts, resources and projects, each with an example row that is not taken in."""
    terminal: Terminal = context.obj
    community = load_community(config)
    write_files(terminal, to, templates(community, SEPARATORS[separator]), force=force)
