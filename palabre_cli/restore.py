"""``palabre restore``: a backup put back into an empty folder."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from community.core.messages import msg
from palabre_cli.backup import identity_option
from palabre_cli.backup.encryption import BackupKey
from palabre_cli.backup.restoring import Restored
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
@click.pass_context
def restore_command(context: click.Context, *, archive: Path, key_file: Path, to: Path) -> None:
    """Put a backup back into an empty folder, whole or not at all, and prove that it can be used."""
    terminal: Terminal = context.obj
    key = BackupKey.read(key_file)
    with terminal.step(msg("Putting {archive} back into {folder}", archive=archive, folder=to)):
        restored = put_back(archive, key, to.absolute())
    _tell(terminal, restored)


def _tell(terminal: Terminal, restored: Restored) -> None:
    header = restored.header
    terminal.say(
        msg(
            "Put back: {server} as it was at {moment}. Every file is as it was written, every database is whole.",
            server=header.server_name,
            moment=header.made_at,
        )
    )
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
            command=f"palabre up {folders}",
        )
    )
