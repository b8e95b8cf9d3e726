"""``palabre put-back``: what ``palabre restore`` has put into one folder, into the folders of containers or services.

Provisioning, the bots and Synapse have a data folder each, with a user of its own: what `deploy/nightly.sh` has put
together for the backup is taken apart again here. What Synapse needs of provisioning's is handed over at each start.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path, PurePosixPath

import click

from community.core.messages import msg, nmsg
from community.description.data_folder import DataFolder, damaged, read_private_json
from palabre_cli.errors import CommandError
from palabre_cli.hand_over import BOT_ACCOUNT, numbers_of
from palabre_cli.owned_folder import OwnedFolder
from palabre_cli.terminal import Terminal


class Holder(StrEnum):
    """Whose data folder it is."""

    PROVISIONING = "provisioning"
    BOTS = "bots"
    SYNAPSE = "synapse"


_OF_THE_BOTS = (
    PurePosixPath("identity"),
    PurePosixPath("bot-crypto"),
    PurePosixPath("secrets/identity.json"),
    PurePosixPath("secrets/key-backup.json"),
)
_OF_SYNAPSE = PurePosixPath("synapse/media")


def holder_of(name: PurePosixPath) -> Holder:
    """Return into whose folder a file of the one data folder belongs. Pure."""
    places = (name, *name.parents)
    if any(place in places for place in _OF_THE_BOTS):
        return Holder.BOTS
    return Holder.SYNAPSE if _OF_SYNAPSE in places else Holder.PROVISIONING


def _folder_option(holder: Holder, of_whom: str) -> click.Option:
    return click.Option(
        [f"--{holder}"],
        nargs=2,
        type=(click.Path(path_type=Path), str),
        required=True,
        metavar="DIR USER",
        help=f"The data folder of {of_whom}, empty, and the user whose it is: a name, or a number.",
    )


@click.command(
    "put-back",
    params=[
        click.Argument(["restored"], type=click.Path(path_type=Path, file_okay=False)),
        _folder_option(Holder.PROVISIONING, "provisioning"),
        _folder_option(Holder.BOTS, "the bots"),
        _folder_option(Holder.SYNAPSE, "Synapse"),
    ],
)
@click.pass_context
def put_back_command(context: click.Context, /, restored: Path, **folders: tuple[Path, str]) -> None:
    """Take a restored data folder apart: provisioning's, the bots' and Synapse's, each its user's alone."""
    terminal: Terminal = context.obj
    data = DataFolder(restored.absolute() / "data")
    if not data.root.is_dir():
        raise CommandError(
            msg("{folder} has no folder “data”.", folder=restored),
            msg("Name the folder that “palabre restore … --to” has made."),
        )
    receivers = {
        Holder(name): OwnedFolder(folder.absolute(), numbers_of(owner))
        for name, (folder, owner) in folders.items()
    }
    for receiver in receivers.values():
        _require_empty(receiver.root)
    count = put_back_into(data, receivers)
    terminal.say(
        nmsg(
            "{count} file was put back into {folders}.",
            "{count} files were put back into {folders}.",
            count=count,
            folders=", ".join(str(receiver.root) for receiver in receivers.values()),
        )
    )


def _require_empty(folder: Path) -> None:
    """Refuse a folder with anything in it: it may be somebody's who runs. Raises CommandError."""
    try:
        is_empty = not folder.exists() or not any(folder.iterdir())
    except OSError as error:
        reason = error.strerror or "?"
        raise CommandError(
            msg("The file {path} cannot be read: {reason}.", path=folder, reason=reason)
        ) from error
    if not is_empty:
        raise CommandError(
            msg("{folder} is not empty: nothing was put back into it.", folder=folder),
            msg("Stop what runs on it, move what is in it away, then try again."),
        )


def put_back_into(data: DataFolder, receivers: Mapping[Holder, OwnedFolder]) -> int:
    """Write each file as its owner's; return how many. Raises CommandError, DataFolderError."""
    for receiver in receivers.values():
        receiver.make("logs")
    count = 0
    for name, path in _files_of(data.root):
        receivers[holder_of(name)].write(str(name), _content_for(data, name, path))
        count += 1
    account = data.root / BOT_ACCOUNT
    if account.is_file():
        receivers[Holder.BOTS].write(BOT_ACCOUNT, account.read_bytes())
    return count


def _files_of(root: Path) -> Iterator[tuple[PurePosixPath, Path]]:
    for folder, folders, names in os.walk(root):
        folders.sort()
        for name in sorted(names):
            path = Path(folder, name)
            if path.is_file() and not path.is_symlink():
                yield PurePosixPath(path.relative_to(root).as_posix()), path


def _content_for(data: DataFolder, name: PurePosixPath, path: Path) -> bytes:
    """Return what a file is to say there: the bot's account without its session, which is for the bot alone to know."""
    if str(name) != BOT_ACCOUNT:
        return path.read_bytes()
    account = read_private_json(data.root / BOT_ACCOUNT) or {}
    try:
        made = {key: account[key] for key in ("user_id", "password")}
    except KeyError as error:
        raise damaged(path) from error
    return (json.dumps(made, indent=2, ensure_ascii=False) + "\n").encode()
