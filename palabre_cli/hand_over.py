"""``palabre hand-over``: what another process needs, and nothing else, copied into a data folder of its own.

Containers and services of the system have a folder and a user each: Synapse cannot read the bot's keys, nor the bot the
provisioner's token.
"""

from __future__ import annotations

import json
import pwd
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from community.core.messages import msg
from community.core.text_file import bytes_of
from community.description.data_folder import DataFolder, damaged, read_private_json
from community.storage.opening import KEY
from palabre_cli.errors import CommandError
from palabre_cli.options import examined_data_option
from palabre_cli.owned_folder import OwnedFolder
from palabre_cli.synapse_config import SYNAPSE_PASSWORD
from palabre_cli.terminal import Terminal

BOT_ACCOUNT = "secrets/bot.json"
NEEDED = {
    "synapse": (
        "synapse/homeserver.yaml",
        "synapse/log.yaml",
        "synapse/signing.key",
        "synapse/macaroon.secret",
        "synapse/form.secret",
        "secrets/registration-shared-secret",
        f"secrets/{SYNAPSE_PASSWORD}",
    ),
    "bots": (
        BOT_ACCOUNT,
        f"secrets/{KEY}",
        "secrets/sealed-identities.json",
        "synapse/url",
        "community.json",
    ),
}
"""Who needs which files of the data folder."""


@click.command("hand-over")
@click.argument("whom", type=click.Choice(sorted(NEEDED)))
@click.argument("folder", type=click.Path(path_type=Path))
@examined_data_option
@click.option("--owner", help="The user whose the copies are: a name, or the number of a user and group.")
@click.pass_context
def hand_over_command(
    context: click.Context, whom: str, folder: Path, data: DataFolder, owner: str | None
) -> None:
    """Copy what Synapse or the bots need of the data folder into one of their own."""
    terminal: Terminal = context.obj
    receiver = OwnedFolder(folder.absolute(), None if owner is None else numbers_of(owner))
    receiver.make("logs")
    changed = [name for name, content in _wanted(data, receiver, whom) if receiver.write(name, content)]
    if not changed:
        terminal.say(msg("Nothing has changed in {folder}.", folder=receiver.root))
    for name in changed:
        terminal.say(msg("Written: {path}", path=receiver.root / name))


def numbers_of(owner: str) -> tuple[int, int]:
    """Return the numbers of a user and of their group. Raises CommandError."""
    if owner.isdecimal():
        return int(owner), int(owner)
    try:
        found = pwd.getpwnam(owner)
    except KeyError as error:
        raise CommandError(msg("There is no user “{name}” on this computer.", name=owner)) from error
    return found.pw_uid, found.pw_gid


def _wanted(data: DataFolder, receiver: OwnedFolder, whom: str) -> Iterator[tuple[str, bytes]]:
    """Yield each file that is there to be handed over, with what it is to say.

    Raises:
        CommandError: a file cannot be read.
        DataFolderError: one is damaged.
    """
    for name in NEEDED[whom]:
        content = _account(data.root / name, receiver) if name == BOT_ACCOUNT else _content(data.root / name)
        if content is not None:
            yield name, content


def _account(ours: Path, receiver: OwnedFolder) -> bytes | None:
    """Return the bot's account, with the session that the bot itself has begun: that is for the bot alone to know.

    The password is the one that was made, or made anew (``palabre seal``). Raises DataFolderError.
    """
    made = read_private_json(ours)
    if made is None:
        return None
    kept = _kept_account(receiver)
    try:
        mine = {name: made[name] for name in ("user_id", "password")}
    except KeyError as error:
        raise damaged(ours) from error
    whole = {**kept, **mine} if kept.get("user_id") == mine["user_id"] else made
    return (json.dumps(whole, indent=2, ensure_ascii=False) + "\n").encode()


def _kept_account(receiver: OwnedFolder) -> dict[str, Any]:
    """Return what the bot has of its account; nothing where it has none. Raises DataFolderError."""
    content = receiver.read(BOT_ACCOUNT)
    if content is None:
        return {}
    try:
        kept = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise damaged(receiver.root / BOT_ACCOUNT) from error
    if not isinstance(kept, dict):
        raise damaged(receiver.root / BOT_ACCOUNT)
    return kept


def _content(path: Path) -> bytes | None:
    try:
        return bytes_of(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        reason = error.strerror or "?"
        raise CommandError(
            msg("The file {path} cannot be read: {reason}.", path=path, reason=reason)
        ) from error
