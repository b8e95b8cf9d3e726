"""``palabre restore``: a backup put back into an empty folder."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import assert_never

import click

from community.core.messages import Message, msg
from palabre_cli.backup import NOT_WHOLE, identity_option
from palabre_cli.backup.encryption import BackupKey
from palabre_cli.backup.errors import BackupError
from palabre_cli.backup.gaps import gap_sentences
from palabre_cli.backup.manifest import DatabaseOwner
from palabre_cli.backup.restoring import FilledDatabase, Restored
from palabre_cli.backup.restoring import restore as put_back
from palabre_cli.terminal import Terminal


@click.command("restore")
@click.argument("archive", type=click.Path(path_type=Path, dir_okay=False))
@identity_option
@click.option(
    "--to",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="The folder to put it into: one that is not there yet, or is empty.",
)
@click.option(
    "--fill-databases",
    is_flag=True,
    help="Fill the databases of PostgreSQL that are shown, without being asked.",
)
@click.pass_context
def restore_command(
    context: click.Context, *, archive: Path, key_file: Path, to: Path, fill_databases: bool
) -> None:
    """Put a backup back into an empty folder, whole or not at all, and prove that it can be used."""
    terminal: Terminal = context.obj
    key = BackupKey.read(key_file)
    with terminal.step(msg("Putting {archive} back into {folder}", archive=archive, folder=to)) as pause:

        def agree(databases: Sequence[FilledDatabase]) -> None:
            _agree(terminal, databases, pause, without_asking=fill_databases)

        restored = put_back(archive, key, to.absolute(), agree)
    _tell(terminal, restored)
    if restored.gaps:
        context.exit(NOT_WHOLE)


def _agree(
    terminal: Terminal,
    databases: Sequence[FilledDatabase],
    pause: Callable[[], None],
    *,
    without_asking: bool,
) -> None:
    """Show which databases are filled, and ask: the archive says where they are, and what is carried out there.

    Raises:
        BackupError: nobody is there to ask, or they said no.
    """
    pause()
    for database in databases:
        terminal.say(_shown(database))
    if without_asking:
        return
    if not sys.stdin.isatty():
        raise BackupError(
            msg("Nothing was put back: the archive fills databases, and there is nobody to ask."),
            msg("If they are the right ones and the archive is yours, add --fill-databases."),
        )
    question = msg("Are they the right ones, and do you know that the archive is yours?")
    if not click.confirm(terminal.translate(question)):
        raise BackupError(msg("Nothing was put back."))


def _shown(database: FilledDatabase) -> Message:
    name, server = database.address.name, database.address.server
    match database.owner:
        case DatabaseOwner.STORE:
            return msg(
                "It fills the database “{name}” of PostgreSQL at {server}: the store.",
                name=name,
                server=server,
            )
        case DatabaseOwner.HOMESERVER:
            return msg(
                "It fills the database “{name}” of PostgreSQL at {server}: the homeserver's.",
                name=name,
                server=server,
            )
        case _:
            assert_never(database.owner)


def _put_back(restored: Restored) -> Message:
    said = {"server": restored.header.server_name, "moment": restored.header.made_at}
    if restored.gaps:
        return msg(
            "Put back is what the backup has of {server} as it was at {moment}, and that is not all: something was "
            "left out when it was made.",
            **said,
        )
    return msg(
        "Put back: {server} as it was at {moment}. Every file is as it was written, every database is whole.",
        **said,
    )


def _tell(terminal: Terminal, restored: Restored) -> None:
    header = restored.header
    terminal.say(_put_back(restored))
    for sentence in gap_sentences(restored.gaps):
        terminal.warn(sentence)
    if restored.identity is not None:
        terminal.say(msg("The bot's identity can be opened: {key}.", key=restored.identity))
    if restored.store_elsewhere is not None:
        terminal.say(
            msg(
                "settings.yaml has the store at {path}: move {file} there before you start.",
                path=restored.store_elsewhere,
                file=restored.folder / "databases" / "palabre.db",
            )
        )
    if not header.homeserver:
        terminal.say(msg("The homeserver is not in it: put that back by its own means first."))
    folders = f"--config {shlex.quote(str(restored.config))} --data {shlex.quote(str(restored.data.root))}"
    terminal.say(
        msg(
            "Make sure that nothing of it runs on another computer any more, then start it: {command}",
            command=Message("palabre up {folders}", {"folders": folders}),
        )
    )
