"""``palabre migrate homeserver``: Synapse's database from its SQLite file to PostgreSQL, by Synapse's own tool."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from community.core.messages import msg
from community.description.data_folder import DataFolder
from community.description.known_community import load_own_settings
from community.storage.opening import password_of
from community.storage.postgresql import Password
from palabre_cli.embedded import PostgreSQL, database_of
from palabre_cli.errors import CommandError
from palabre_cli.installers import install_synapse, needs_synapse, synapse_venv
from palabre_cli.migration.synapse_copy import SynapseCopy
from palabre_cli.options import config_option, data_option, postgres_options, shipped
from palabre_cli.synapse_config import write_passfile
from palabre_cli.terminal import Terminal
from palabre_cli.up import answers_as_homeserver

SHOWN = (
    "users",
    "devices",
    "events",
    "rooms",
    "room_memberships",
    "e2e_device_keys_json",
    "e2e_cross_signing_keys",
    "e2e_room_keys",
    "local_media_repository",
)
"""The tables whose numbers a person is shown."""


@click.command("homeserver")
@config_option
@data_option
@postgres_options("PostgreSQL's host, or the folder of its socket.", "The empty database.", is_required=True)
@click.pass_context
def homeserver_command(  # noqa: PLR0913, PLR0917 - one parameter for each option
    context: click.Context,
    config: Path,
    data: DataFolder,
    postgres_host: str,
    postgres_port: int,
    postgres_user: str,
    postgres_database: str,
    postgres_password_file: Path | None,
) -> None:
    """Copy Synapse's database into an empty one by Synapse's own tool and compare both; it is stopped meanwhile."""
    terminal: Terminal = context.obj
    load_own_settings(config, data)
    _require_sqlite(data)
    data.prepare()
    with data.alone("palabre migrate"):
        asyncio.run(_require_stopped(data))
        passfile = data.secret("pgpass")
        write_passfile(passfile, postgres_password_file, postgres_host, postgres_port, postgres_user)
        database = PostgreSQL(postgres_host, postgres_port, postgres_user, postgres_database, passfile)
        password = password_of(postgres_password_file)
        rows = asyncio.run(_move(terminal, data, database, password))
    for name in SHOWN:
        terminal.line(f"  {name:<24} {rows.get(name, 0):>9}")
    terminal.say(msg("All of it is there, the same as here: Synapse's configuration names PostgreSQL now."))
    terminal.say(
        msg(
            "Start all again. {file} stays as it is; remove it once you trust the new one.",
            file=data.homeserver,
        )
    )


async def _move(
    terminal: Terminal, data: DataFolder, database: PostgreSQL, password: Password | None
) -> dict[str, int]:
    venv, constraints = synapse_venv(), shipped("synapse") / "constraints.txt"
    if needs_synapse(venv, constraints):
        with terminal.step(msg("Installing Synapse, the homeserver (once; a minute or two)")):
            await install_synapse(venv, constraints, data.logs / "install.log")
    with terminal.step(msg("Copying Synapse's database to PostgreSQL, and comparing")):
        return await SynapseCopy(data, database, password, venv).make()


def _require_sqlite(data: DataFolder) -> None:
    """Refuse where Synapse has no SQLite file of ours any more. Raises CommandError."""
    if database_of(data) is not None:
        raise CommandError(msg("Synapse is on PostgreSQL already."))
    if not data.homeserver.exists():
        raise CommandError(
            msg("Synapse has no SQLite database in {folder}.", folder=data.synapse),
            msg(
                "Name the data folder with --data; a homeserver of your own is moved as its own manual says."
            ),
        )


async def _require_stopped(data: DataFolder) -> None:
    """Refuse while Synapse runs: what it writes meanwhile would be lost. Raises CommandError."""
    url = data.embedded_url.read_text().strip() if data.embedded_url.exists() else None
    if is_open(data.homeserver) or (url is not None and await answers_as_homeserver(url)):
        raise CommandError(
            msg("Synapse runs: what it writes while it is copied would be lost."),
            msg("Stop it (and all of Palabre), then try again."),
        )


def is_open(file: Path) -> bool:
    """Whether a process that we can look into has the file open."""
    wanted = file.resolve()
    for descriptor in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if descriptor.readlink() == wanted:
                return True
        except OSError:
            continue
    return False
