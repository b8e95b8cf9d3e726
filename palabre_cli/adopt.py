"""``palabre person adopt``: somebody says that an account that was there before is its person's."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path

import click

from community.core.messages import msg, nmsg
from community.description.data_folder import DataFolder
from matrix.ids import UserId
from palabre_cli.errors import CommandError
from palabre_cli.options import config_option, data_option, user_name
from palabre_cli.provision import people
from palabre_cli.terminal import Terminal
from provisioning.apply_lock import apply_lock
from provisioning.held_accounts import adopt
from provisioning.provisioner import Provisioner, open_provisioner


@click.command("adopt")
@click.argument("users", nargs=-1, metavar="[USER]...")
@config_option
@data_option
@click.option("--all", "everybody", is_flag=True, help="Every account that waits: lists them, and asks.")
@click.option("--yes", is_flag=True, help="Adopt without asking.")
@click.pass_context
def adopt_command(
    context: click.Context,
    *,
    users: tuple[str, ...],
    config: Path,
    data: DataFolder,
    everybody: bool,
    yes: bool,
) -> None:
    """Say that the account of USER (a user name or Matrix ID) is theirs, though Palabre has not made it."""
    terminal: Terminal = context.obj
    if bool(users) is everybody:
        raise CommandError(msg("Name the people whose accounts are theirs, or give --all."))

    async def run() -> int:
        async with (
            open_provisioner(config, data) as provisioner,
            apply_lock(provisioner.data, "palabre person adopt"),
        ):
            waiting = (await provisioner.plan())[0].held
            wanted = waiting if everybody else _named(provisioner, users, waiting)
            if wanted and not yes:
                _confirm(terminal, wanted)
            actor = f"palabre person adopt ({user_name()})"
            await adopt(provisioner.store, wanted, actor=actor, at=datetime.now(UTC))
            return len(wanted)

    count = asyncio.run(run())
    if count == 0:
        terminal.say(msg("No account waits for anybody's word: there is nothing to adopt."))
        return
    terminal.say(
        nmsg(
            "{count} account is its person's now. “palabre apply” gives it what is described.",
            "{count} accounts are their people's now. “palabre apply” gives them what is described.",
            count=count,
        )
    )


def _named(
    provisioner: Provisioner, users: tuple[str, ...], waiting: Collection[UserId]
) -> frozenset[UserId]:
    """Return the accounts that were named.

    Raises:
        CommandError: one is nobody's in the description, or does not wait.
    """
    wanted = people(provisioner, users)
    for user in wanted:
        if user not in waiting:
            raise CommandError(
                msg("The account {user_id} is not held: there is nothing to adopt.", user_id=user),
                msg("“palabre plan” names those that are."),
            )
    return frozenset(wanted)


def _confirm(terminal: Terminal, wanted: Collection[UserId]) -> None:
    """Show whose accounts are meant, and ask.

    Raises:
        CommandError: nobody is there to ask, or they said no.
    """
    for user in sorted(wanted):
        terminal.line(user)
    if not sys.stdin.isatty():
        raise CommandError(msg("Nothing was changed: there is nobody to ask."), msg("Add --yes."))
    question = nmsg(
        "Has this person told you, in person or by telephone, that they use this account already?",
        "Has each of these {count} people told you, in person or by telephone, that they use that account already?",
        count=len(wanted),
    )
    if not click.confirm(terminal.translate(question)):
        raise CommandError(msg("Nothing was changed."))
