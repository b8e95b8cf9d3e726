"""``palabre bot recovery-key``: a new recovery key for the bot, shown once."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from bots.encryption.key_backup.making import make_recovery_key
from community.core.messages import msg
from community.description.data_folder import DataFolder, homeserver_url
from community.description.known_community import load_own_settings
from matrix.http import HomeserverClient
from palabre_cli.errors import CommandError
from palabre_cli.options import config_option, data_option
from palabre_cli.terminal import Terminal

_ROOM = 100
"""Bytes that a key takes at most in a file."""


@click.command("recovery-key")
@config_option
@data_option
@click.option(
    "--to",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the key into a new file that you alone can read, in place of showing it.",
)
@click.option("--yes", is_flag=True, help="Make the key of before worthless without asking.")
@click.pass_context
def recovery_key_command(
    context: click.Context, *, config: Path, data: DataFolder, to: Path | None, yes: bool
) -> None:
    """Make a new recovery key for the bot and show it once; the one of before opens nothing any more."""
    terminal: Terminal = context.obj
    settings = load_own_settings(config, data)
    url = settings.homeserver.bots_url or homeserver_url(settings, data)
    give_recovery_key(terminal, url, data, to, lambda: _confirm(terminal, yes=yes))


def give_recovery_key(
    terminal: Terminal, url: str, data: DataFolder, to: Path | None, replaces: Callable[[], None]
) -> None:
    """Make a key, and show it or write it to a file. ``replaces`` is called where there is one already.

    Raises:
        CommandError: it could be shown to nobody, or somebody said no; nothing was made.
        PalabreError: it could not be made.
    """
    with _given(terminal, to) as give:
        give(asyncio.run(_made(url, data, replaces)))
    terminal.say(
        msg(
            "Keep it on paper or in a password manager, where at least two people find it and never on this machine. "
            "After a lost disk “palabre bot recover” needs it and nothing else of this folder."
        )
    )
    terminal.say(
        msg(
            "Whoever else has it, and the homeserver or the bot's password, can pass as the bot and read what it can "
            "read. If it may be in other hands: “palabre renew-identity”."
        )
    )


async def _made(url: str, data: DataFolder, replaces: Callable[[], None]) -> str:
    async with HomeserverClient(url) as http:
        return await make_recovery_key(http, data, replaces=replaces)


@contextmanager
def _given(terminal: Terminal, to: Path | None) -> Iterator[Callable[[str], None]]:
    """Give what hands a key over: found to be possible before there is one."""
    if to is None:
        if not terminal.shows_secrets:
            raise CommandError(
                msg("Nothing was made: a recovery key is shown at a terminal alone."),
                msg("Run it at one, or name a new file: --to FILE."),
            )
        yield lambda key: _show(terminal, key)
        return
    try:
        handle = _with_room(to)
    except OSError as error:
        raise CommandError(
            msg(
                "Nothing was made: {file} cannot be written: {reason}.", file=to, reason=error.strerror or ""
            ),
            msg("Name a file that is not there yet."),
        ) from error
    try:
        with os.fdopen(handle, "w") as file:
            yield lambda key: print(key, file=file)
            file.truncate()
    except BaseException:
        to.unlink()
        raise
    terminal.say(msg("The recovery key is in {file}. Take it away from this machine.", file=to))


def _with_room(to: Path) -> int:
    """Open a new file with room for a key: on a full disk nothing is made that could not be written down then.

    Raises:
        OSError: there is no room, or it is there already.
    """
    handle = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(handle, "wb", closefd=False) as room:
            room.write(bytes(_ROOM))
        os.fsync(handle)
        os.lseek(handle, 0, os.SEEK_SET)
    except OSError:
        os.close(handle)
        to.unlink()
        raise
    return handle


def _show(terminal: Terminal, key: str) -> None:
    terminal.say(msg("The recovery key of the bot, shown this once and kept nowhere:"))
    terminal.line(f"\n    {key}\n")


def _confirm(terminal: Terminal, *, yes: bool) -> None:
    """Ask whether the key of before may become worthless.

    Raises:
        CommandError: somebody said no, or nobody is there to ask.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise CommandError(
            msg("Nothing was made: there is a recovery key already, and nobody to ask."), msg("Add --yes.")
        )
    asked = msg("There is a recovery key already. With a new one it opens nothing any more. Make a new one?")
    if not click.confirm(terminal.translate(asked)):
        raise CommandError(msg("Nothing was changed."))
