"""``palabre migrate store``: the store from its SQLite file to PostgreSQL."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click
from pydantic import TypeAdapter, ValidationError

from community.core.messages import msg, nmsg
from community.description.data_folder import DataFolder
from community.description.known_community import load_own_settings
from community.description.settings import Settings, StoreUrl
from community.storage.moved import sqlite_file
from community.storage.moving import move_store
from community.storage.opening import password_of
from community.storage.postgresql import is_postgresql
from palabre_cli.errors import CommandError
from palabre_cli.options import config_option, data_option
from palabre_cli.terminal import Terminal


@click.command("store")
@config_option
@data_option
@click.option("--to", required=True, help="The address: postgresql://USER@HOST/DATABASE, without a password.")
@click.option(
    "--password-file",
    type=click.Path(path_type=Path),
    help="A file with the password (default: what PGPASSFILE or PGPASSWORD say).",
)
@click.pass_context
def store_command(
    context: click.Context, config: Path, data: DataFolder, to: str, password_file: Path | None
) -> None:
    """Copy Palabre's store into an empty database and compare both; nothing of Palabre runs meanwhile."""
    terminal: Terminal = context.obj
    file = _file(load_own_settings(config, data), data)
    _require_address(to)
    data.prepare()
    copying = msg("Copying the store to PostgreSQL, and comparing")
    with data.alone("palabre migrate"), terminal.step(copying):
        moved = asyncio.run(move_store(file, to, password_of(password_file)))
    count = sum(table.rows for table in moved)
    for table in moved:
        terminal.line(f"  {table.name:<16} {table.rows:>9}  {table.digest[:16]}")
    terminal.say(
        nmsg(
            "{count} row is there, the same as here.",
            "{count} rows are there, the same as here.",
            count=count,
        )
    )
    terminal.say(msg("Now write into settings.yaml, then start Palabre again:"))
    terminal.line(f"store_url: {to}")
    if password_file is not None:
        terminal.line(f"store_password_file: {password_file.absolute()}")
    terminal.say(
        msg("Until then nothing starts; {file} stays as it is, and is not used any more.", file=file)
    )


def _file(settings: Settings, data: DataFolder) -> Path:
    """Return the file of the store. Raises CommandError."""
    if settings.store_url is not None and is_postgresql(settings.store_url):
        raise CommandError(msg("The store is on PostgreSQL already (store_url in settings.yaml)."))
    file = data.store if settings.store_url is None else sqlite_file(settings.store_url)
    if file is None or not file.exists():
        raise CommandError(
            msg("There is no store in {folder} yet, so there is nothing to move.", folder=data.root),
            msg("Write store_url into settings.yaml, and begin on PostgreSQL."),
        )
    return file.absolute()


def _require_address(to: str) -> None:
    """Refuse what is no address of PostgreSQL, and a password in it. Raises CommandError."""
    try:
        TypeAdapter(StoreUrl).validate_python(to)
        is_taken = is_postgresql(to)
    except ValidationError:
        is_taken = False
    if not is_taken:
        raise CommandError(
            msg("--to is not the address of a PostgreSQL database without a password."),
            msg(
                "Write such as --to postgresql://palabre@localhost/palabre; the password comes from the file that "
                "--password-file names, or from PGPASSFILE or PGPASSWORD."
            ),
        )
