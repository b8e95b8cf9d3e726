"""``palabre person reset-password``: a new password for somebody who has lost theirs, or whose password others know."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import click

from community.core.messages import Message, msg
from community.description.data_folder import DataFolder
from matrix.ids import UserId
from palabre_cli.errors import CommandError
from palabre_cli.options import config_option, data_option, user_name
from palabre_cli.provision import people
from palabre_cli.terminal import Terminal
from provisioning.apply_lock import apply_lock
from provisioning.first_passwords import reset_password
from provisioning.provisioner import Provisioner, open_provisioner
from provisioning.topology import topology


@click.command("reset-password")
@click.argument("user", metavar="USER")
@config_option
@data_option
@click.option("--sign-out", is_flag=True, help="Sign all devices of the person out: one is lost or stolen.")
@click.option("--yes", is_flag=True, help="Reset without asking.")
@click.pass_context
def reset_password_command(
    context: click.Context, *, user: str, config: Path, data: DataFolder, sign_out: bool, yes: bool
) -> None:
    """Give USER (a user name or Matrix ID of the description) a new random password."""
    terminal: Terminal = context.obj

    async def run() -> tuple[UserId, str]:
        async with open_provisioner(config, data) as provisioner:
            user_id, by = await _whose(provisioner, user)
            held = await by.is_held(user_id)
            if not yes:
                _confirm(terminal, user_id, sign_out=sign_out, held=held)
            return user_id, await _reset(by, user_id, sign_out=sign_out, held=held)

    user_id, password = asyncio.run(run())
    terminal.say(msg("{user_id} has a new password. It is in {file}.", user_id=user_id, file=data.sign_in))
    if terminal.shows_secrets:
        terminal.line(password)
    terminal.say(
        msg(
            "Hand it over in person or by telephone. Until they have chosen another one, whoever can read that file "
            "can sign in as them."
        )
    )


async def _whose(provisioner: Provisioner, user: str) -> tuple[UserId, Provisioner]:
    """Return who is meant, and by which description: the one that was applied last, for who is new that of the files.

    Somebody new may have an account already, which is taken from whoever made it before it is let in.

    Raises:
        CommandError: nobody of that name is described.
    """
    applied = await provisioner.in_force()
    try:
        (user_id,) = people(applied, [user])
    except CommandError:
        (user_id,), applied = people(provisioner, [user]), provisioner
    return user_id, applied


def _confirm(terminal: Terminal, user_id: UserId, *, sign_out: bool, held: bool) -> None:
    """Ask the person at the terminal.

    Raises:
        CommandError: nobody is there to ask, or they said no.
    """
    if not sys.stdin.isatty():
        raise CommandError(msg("Nothing was changed: there is nobody to ask."), msg("Add --yes."))
    if not click.confirm(terminal.translate(_question(user_id, sign_out=sign_out, held=held))):
        raise CommandError(msg("Nothing was changed."))


def _question(user_id: UserId, *, sign_out: bool, held: bool) -> Message:
    if held:
        return msg(
            "Take {user_id} from whoever made it? All its devices are signed out, it leaves every room, and what was "
            "kept in it is gone.",
            user_id=user_id,
        )
    if sign_out:
        return msg("Reset the password of {user_id}, and sign out all their devices?", user_id=user_id)
    return msg(
        "Reset the password of {user_id}? Their devices stay signed in (--sign-out ends that: a phone is lost).",
        user_id=user_id,
    )


async def _reset(provisioner: Provisioner, user_id: UserId, *, sign_out: bool, held: bool) -> str:
    account = topology(provisioner.description.community, provisioner.settings).accounts[user_id]
    async with apply_lock(provisioner.data, "palabre person reset-password"):
        return await reset_password(
            provisioner.homeserver,
            provisioner.store,
            provisioner.book(),
            account,
            actor=f"palabre person reset-password ({user_name()})",
            sign_out=sign_out,
            held=held,
        )
