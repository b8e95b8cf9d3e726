"""``palabre synapse-config``: the homeserver's configuration for a server of one's own (containers)."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from community.core.messages import msg
from community.description.data_folder import DataFolder, write_private
from community.description.known_community import load_own_description, require_known_community
from community.description.load import load_settings
from community.description.model import Community
from community.description.settings import Settings
from community.storage import open_store
from community.storage.in_force import community_in_force
from palabre_cli.embedded import DEFAULT_PORT, PostgreSQL, SynapseFiles, database_of, write_configuration
from palabre_cli.errors import CommandError
from palabre_cli.options import config_option, data_option, postgres_options, shipped
from palabre_cli.terminal import Terminal

SYNAPSE_PASSWORD = "pgpass"
"""The file in ``secrets/`` by which Synapse signs in to PostgreSQL, in libpq's form."""


@click.command("synapse-config")
@config_option
@data_option
@click.option(
    "--public-url",
    help="The address that people's clients use, where settings.yaml has no public_address.",
)
@click.option(
    "--internal-url", help="The address that Palabre's own processes use (default: the public one)."
)
@click.option("--bind", default="0.0.0.0", show_default=True, help="The address to listen on.")  # noqa: S104
@click.option("--port", default=DEFAULT_PORT, show_default=True, help="The port to listen on.")
@click.option("--metrics-port", type=click.IntRange(1, 65535), help="The port to serve its metrics on.")
@postgres_options(
    "Use PostgreSQL on this host (default: that of “palabre migrate”, else SQLite).", "The database."
)
@click.pass_context
def synapse_config_command(  # noqa: PLR0913, PLR0917 - one parameter for each option
    context: click.Context,
    config: Path,
    data: DataFolder,
    public_url: str | None,
    internal_url: str | None,
    bind: str,
    port: int,
    metrics_port: int | None,
    postgres_host: str | None,
    postgres_port: int,
    postgres_user: str,
    postgres_database: str,
    postgres_password_file: Path | None,
) -> None:
    """Write Synapse's configuration and secrets into the data folder; keep the secrets that are there."""
    terminal: Terminal = context.obj
    data.prepare()
    require_known_community(config, data)
    settings = load_settings(config)
    public = _public(settings, public_url)
    community = asyncio.run(_community(config, data, settings))
    database = database_of(data)
    if postgres_host is not None:
        passfile = data.secret(SYNAPSE_PASSWORD)
        write_passfile(passfile, postgres_password_file, postgres_host, postgres_port, postgres_user)
        database = PostgreSQL(postgres_host, postgres_port, postgres_user, postgres_database, passfile)
    files = SynapseFiles(
        folder=data.synapse,
        log_file=data.logs / "synapse.log",
        public_url=public,
        bind_address=bind,
        port=port,
        behind_proxy=True,
        postgresql=database,
        federation=community.federation,
        metrics_port=metrics_port,
    )
    path = write_configuration(files, settings, data, shipped("synapse"))
    write_private(data.embedded_url, f"{internal_url or public}\n".encode())
    terminal.say(msg("Written: {path}", path=path))


def _public(settings: Settings, option: str | None) -> str:
    """Return the address for people's clients: that of the settings, else the option's. Raises CommandError."""
    address = settings.public_address or option
    if address is None:
        raise CommandError(
            msg("Nobody has said at which address people reach the homeserver."),
            msg("Write public_address: https://… into settings.yaml, or give --public-url."),
        )
    return address


async def _community(config: Path, data: DataFolder, settings: Settings) -> Community:
    """Return the community that was applied last; that of the files where none was yet.

    Raises:
        DescriptionError: none was, and the files have mistakes.
        StoreError, DataFolderError.
    """
    if settings.store_url is None and not data.store.exists():
        # To open it would make it, and it is not this command that begins a community.
        return load_own_description(config, data).community
    async with await open_store(settings, data) as store:
        return await community_in_force(config, data, store)


def write_passfile(path: Path, password_file: Path | None, host: str, port: int, user: str) -> None:
    """Write libpq's password file: the password is in no configuration and no process list."""
    password = "" if password_file is None else _read(password_file)
    escaped = password.replace("\\", "\\\\").replace(":", "\\:")
    write_private(path, f"{host}:{port}:*:{user}:{escaped}\n".encode())


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError as error:
        raise CommandError(
            msg("The file {path} cannot be read: {reason}.", path=path, reason=error.strerror),
        ) from error
