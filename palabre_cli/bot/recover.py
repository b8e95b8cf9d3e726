"""``palabre bot recover``: the bot itself again on a new disk, with its recovery key alone."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable
from pathlib import Path

import click

from bots.encryption.key_backup.restoring import HowFar, Recovered, recover
from community.core.messages import Message, msg, nmsg
from community.core.private_files import readable_by_others
from community.description.data_folder import DataFolder, homeserver_url
from community.description.known_community import load_own_settings
from matrix.http import HomeserverClient
from palabre_cli.errors import CommandError
from palabre_cli.options import config_option, data_option
from palabre_cli.terminal import Terminal

_LONGEST = 10_000
_SAY_EVERY = 10.0
"""Seconds between two lines that say how far it is."""


@click.command("recover")
@config_option
@data_option
@click.option(
    "--key-file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Read the recovery key from a file in place of asking for it; it is also read from standard input.",
)
@click.option(
    "--without-backup",
    is_flag=True,
    help="Take the identity alone: the backup of keys is lost, and what was said before stays closed to the bot.",
)
@click.pass_context
def recover_command(
    context: click.Context, *, config: Path, data: DataFolder, key_file: Path | None, without_backup: bool
) -> None:
    """Bring the bot back with its recovery key alone: the same identity, and what it could read before."""
    terminal: Terminal = context.obj
    settings = load_own_settings(config, data)
    data.prepare()
    key = _key(terminal, key_file)
    url = settings.homeserver.bots_url or homeserver_url(settings, data)

    async def run() -> Recovered:
        async with HomeserverClient(url) as http:
            return await recover(http, data, key, without_backup=without_backup, said=Steps(terminal).show)

    with terminal.step(msg("Looking at what the homeserver has, and taking it back")):
        found = asyncio.run(run())
    for sentence in _said(found, without_backup=without_backup):
        terminal.say(sentence)


class Steps:
    """Says now and then how far the restoring is. ``clock`` gives seconds."""

    def __init__(self, terminal: Terminal, clock: Callable[[], float] = time.monotonic) -> None:
        self._terminal = terminal
        self._clock = clock
        self._said_at = clock()

    def show(self, far: HowFar) -> None:
        """Say it, unless it was just said."""
        now = self._clock()
        if now - self._said_at < _SAY_EVERY:
            return
        self._said_at = now
        so_far = nmsg(
            "{done} of {rooms} rooms are done, {count} key of messages is restored so far.",
            "{done} of {rooms} rooms are done, {count} keys of messages are restored so far.",
            count=far.sessions,
            done=far.done,
            rooms=far.rooms,
        )
        self._terminal.say(so_far)


def _key(terminal: Terminal, path: Path | None) -> str:
    """Return what somebody types without its being shown, or what is in the file or comes by standard input.

    Raises:
        CommandError: the file cannot be read.
    """
    if path is None:
        if not sys.stdin.isatty():
            return sys.stdin.read(_LONGEST)
        return str(click.prompt(terminal.translate(msg("Recovery key of the bot")), hide_input=True))
    try:
        text = path.read_text()[:_LONGEST]
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(msg("{path} cannot be read.", path=path)) from error
    if readable_by_others(path):
        terminal.warn(msg("Others on this computer can read {path}.", path=path))
    return text


def _said(found: Recovered, *, without_backup: bool) -> tuple[Message, ...]:
    done = msg(
        "{user_id} is itself again: a new device ({device}) under the identity that people know.",
        user_id=found.user_id,
        device=found.device_id,
    )
    renew = msg(
        "Make a new recovery key now, with a new backup: “palabre bot recovery-key”. Then start the bot."
    )
    if without_backup:
        return (done, renew)
    restored = nmsg(
        "{count} key of messages is restored, of {rooms} rooms that the bot is in.",
        "{count} keys of messages are restored, of {rooms} rooms that the bot is in.",
        count=found.sessions,
        rooms=found.rooms,
    )
    refused = nmsg(
        "{count} key was left out: Palabre has not put it there, or it is damaged.",
        "{count} keys were left out: Palabre has not put them there, or they are damaged.",
        count=found.refused,
    )
    more = (refused,) if found.refused else ()
    keep = msg("Start the bot. The recovery key stays the same: keep it.")
    return (done, restored, *more, keep if found.is_newest else renew)
