"""``palabre backup``: copies of everything that must not be lost, encrypted to the operator's key."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import click

from community.core.messages import Message, msg, nmsg
from community.description.backups import backup_folder
from community.description.data_folder import DataFolder, write_private
from community.description.known_community import load_own_settings
from palabre_cli.backup.encryption import BackupKey
from palabre_cli.backup.errors import BackupError
from palabre_cli.backup.gaps import gap_sentences, made_sentences
from palabre_cli.backup.making import MadeBackup, make_backup
from palabre_cli.backup.reading import ReadBackup, open_archive, verify
from palabre_cli.options import config_option, data_option
from palabre_cli.terminal import Terminal

MEGABYTE = 1_000_000
NOT_WHOLE = 3
"""The exit code where a backup was made, read or put back, and something is not in it."""
WITHOUT_HOMESERVER = msg(
    "The homeserver is not in it: it is not run by Palabre. Back it up by its own means."
)

identity_option = click.option(
    "--identity",
    "key_file",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="The file of the private key.",
)


@click.group("backup", invoke_without_command=True)
@config_option
@data_option
@click.option("--to", "folder", type=click.Path(path_type=Path), help="The folder to write it into.")
@click.pass_context
def backup_command(context: click.Context, *, config: Path, data: DataFolder, folder: Path | None) -> None:
    """Write an encrypted copy of all that must not be lost, while everything runs; thin out old ones."""
    if context.invoked_subcommand is not None:
        return
    terminal: Terminal = context.obj
    settings = load_own_settings(config, data)
    into = backup_folder(settings, data) if folder is None else folder.absolute()
    with terminal.step(msg("Writing a backup into {folder}", folder=into)):
        made = asyncio.run(make_backup(config.absolute(), data, settings, into, now=datetime.now(UTC)))
    tell_made(terminal, made)
    if not made.is_whole:
        context.exit(NOT_WHOLE)


def tell_made(terminal: Terminal, made: MadeBackup) -> None:
    """Say what was made, and what is not in it."""
    size = f"{made.bytes / MEGABYTE:.1f}"
    if made.is_whole:
        terminal.say(
            nmsg(
                "{path}: {count} file, {megabytes} MB, read again and whole.",
                "{path}: {count} files, {megabytes} MB, read again and whole.",
                path=made.path,
                count=made.files,
                megabytes=size,
            )
        )
    else:
        terminal.say(
            nmsg(
                "{path}: {count} file, {megabytes} MB, read again; not all is in it.",
                "{path}: {count} files, {megabytes} MB, read again; not all is in it.",
                path=made.path,
                count=made.files,
                megabytes=size,
            )
        )
        for sentence in made_sentences(made.gaps):
            terminal.warn(sentence)
    if not made.header.homeserver:
        terminal.say(WITHOUT_HOMESERVER)
    for path in made.deleted:
        terminal.say(msg("Deleted by the rule in settings.yaml: {path}", path=path))


@backup_command.command("verify")
@click.argument("archive", type=click.Path(path_type=Path, dir_okay=False))
@identity_option
@click.pass_context
def verify_command(context: click.Context, *, archive: Path, key_file: Path) -> None:
    """Read all of a backup with its private key, and compare every file in it with the manifest."""
    terminal: Terminal = context.obj
    key = BackupKey.read(key_file)
    with open_archive(archive) as source, terminal.step(msg("Reading {archive}", archive=archive)):
        read = verify(archive, source, key)
    terminal.say(_verified(archive, read))
    for sentence in gap_sentences(read.gaps):
        terminal.warn(sentence)
    if not read.header.homeserver:
        terminal.say(WITHOUT_HOMESERVER)
    if read.gaps:
        context.exit(NOT_WHOLE)


def _verified(archive: Path, read: ReadBackup) -> Message:
    header = read.header
    said = {"archive": archive, "server": header.server_name}
    said |= {"moment": header.made_at, "version": header.palabre}
    if read.gaps:
        return msg(
            "{archive} is as it was written, but not all is in it: a backup of {server}, made at {moment} by Palabre "
            "{version}.",
            **said,
        )
    return msg("{archive} is whole: a backup of {server}, made at {moment} by Palabre {version}.", **said)


@backup_command.command("key")
@click.option(
    "--to",
    "path",
    type=click.Path(path_type=Path),
    help="Write the private key into this new file instead of showing it.",
)
@click.pass_context
def key_command(context: click.Context, *, path: Path | None) -> None:
    """Make a key: the public part is for settings.yaml, the private one is kept away from this computer."""
    terminal: Terminal = context.obj
    if path is None and not terminal.shows_secrets:
        raise BackupError(
            msg("The private key is shown on a terminal only, and this is none."),
            msg("Name a file for it with --to."),
        )
    key = BackupKey.draw(Path() if path is None else path)
    text = key.text(datetime.now(UTC))
    if path is None:
        terminal.say(msg("The private key; it is shown once and kept nowhere here:"))
        terminal.line(text)
    else:
        if path.exists():
            raise BackupError(msg("{path} is there already.", path=path), msg("Name a new file with --to."))
        write_private(path.absolute(), text.encode())
        terminal.say(msg("The private key is in {path}.", path=path))
    terminal.say(
        msg(
            "Move it away from this computer, to two places (a password manager, a USB stick in a drawer): without it "
            "no backup can ever be opened, and whoever has it can open them all. Then write into settings.yaml:"
        )
    )
    terminal.line(f"backup:\n  recipients: [{key.recipient}]")
