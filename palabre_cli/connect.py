"""``palabre connect``: Palabre gets an administrator's token on a homeserver that is there already."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import click

from community.core.messages import Message, msg
from community.core.private_files import readable_by_others
from community.description.data_folder import DataFolder
from community.description.known_community import load_own_settings
from matrix.ids import AccessToken
from palabre_cli.errors import CommandError
from palabre_cli.options import config_option, data_option
from palabre_cli.terminal import Terminal
from provisioning.connection import connect, signed_in
from provisioning.passwords import random_password
from provisioning.topology import own_accounts

_STANDARD_INPUT = Path("-")
_LONGEST = 10_000


@click.command("connect")
@config_option
@data_option
@click.option(
    "--token-file",
    type=click.Path(path_type=Path),
    help="A file with the token; “-”: standard input. Without it, it is asked for.",
)
@click.option(
    "--password-file",
    type=click.Path(path_type=Path),
    help="A file with the account's password, in place of a token; “-”: standard input.",
)
@click.pass_context
def connect_command(
    context: click.Context,
    *,
    config: Path,
    data: DataFolder,
    token_file: Path | None,
    password_file: Path | None,
) -> None:
    """Take the token of an administrator made for Palabre alone, on a homeserver that is there already."""
    terminal: Terminal = context.obj
    settings = load_own_settings(config, data)
    url, own = settings.homeserver.url, own_accounts(settings)
    if url is None:
        raise CommandError(
            msg("settings.yaml names no homeserver that is there already."),
            msg("Write its address under homeserver.url, or answer “existing” to “palabre init”."),
        )
    if token_file is not None and password_file is not None:
        raise CommandError(msg("Give a token or a password, not both."))
    data.prepare()
    secret = _secret(terminal, token_file or password_file, own.provisioner)

    async def run() -> None:
        token = AccessToken(secret)
        if password_file is not None:
            token = await signed_in(url, own.provisioner, secret)
        await connect(url, own, data, token, draw=random_password)

    asyncio.run(run())
    for sentence in _said(own.provisioner, data, token_file or password_file):
        terminal.say(sentence)


def _secret(terminal: Terminal, path: Path | None, account: str) -> str:
    """Return what is in the file, or what somebody types without its being shown.

    Raises:
        CommandError: the file cannot be read or has no token or password, or nobody is there to ask.
    """
    if path is None:
        if not sys.stdin.isatty():
            raise CommandError(
                msg("Nobody is there to ask for the token."), msg("Give it in a file: --token-file FILE.")
            )
        question = terminal.translate(msg("Access token of {user_id}", user_id=account))
        return _one_line(str(click.prompt(question, hide_input=True)))
    if path == _STANDARD_INPUT:
        return _one_line(sys.stdin.read(_LONGEST))
    try:
        text = path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(msg("{path} cannot be read.", path=path)) from error
    if readable_by_others(path):
        terminal.warn(msg("Others on this computer can read {path}.", path=path))
    return _one_line(text)


def _one_line(text: str) -> str:
    found = text.strip()
    if not found or not found.isprintable() or len(found) >= _LONGEST:
        raise CommandError(msg("There is no token and no password: one line is expected."))
    return found


def _said(account: str, data: DataFolder, path: Path | None) -> tuple[Message, ...]:
    done = msg(
        "Palabre administrates the homeserver as {user_id} from now on. Nobody can sign in as that account any more.",
        user_id=account,
    )
    envelope = msg(
        "Print {path}, put it into an envelope and seal it: it is for the day when nothing else helps.",
        path=data.secret("break-glass.json"),
    )
    after = msg(
        "“palabre doctor” says what is missing on the homeserver; then “palabre plan”, “palabre apply”."
    )
    if path is None or path == _STANDARD_INPUT:
        return (done, envelope, after)
    return (done, msg("Delete {path}: it is not needed any more.", path=path), envelope, after)
