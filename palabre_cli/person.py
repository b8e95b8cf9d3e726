"""``palabre person``: what there is about somebody, and taking them out: for those who cannot ask the bot.

A password that somebody has lost, an account that was there before, and somebody's leaving are modules of their own:
`palabre_cli.reset_password`, `palabre_cli.adopt`, `palabre_cli.leave`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import click

from bots.context.execution import KeptData
from bots.context.personal_data import all_about, forget_all, kept_by
from bots.features.registry import FEATURES
from community.core.messages import msg
from community.core.plain_text import one_line
from community.description.data_folder import DataFolder
from community.description.known_community import load_own_settings
from community.storage import Forgotten, NewAuditEntry, Store
from community.storage.in_force import community_in_force
from matrix.ids import user_id
from palabre_cli.adopt import adopt_command
from palabre_cli.errors import CommandError
from palabre_cli.leave import leave_command
from palabre_cli.options import config_option, data_option
from palabre_cli.reset_password import reset_password_command
from palabre_cli.stored import actor, opened
from palabre_cli.terminal import Terminal

REPLACEMENT = "—"
"""What stands in place of somebody who has been forgotten: the same in every language."""


class PersonGroup(click.Group):
    """A group whose first word may also be a person: that is ``show`` of them."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take what is no command for what ``show`` is given."""
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = ["show", *args]
        return super().parse_args(ctx, args)


@click.group("person", cls=PersonGroup)
def person_command() -> None:
    """What there is about one person: shown, taken out, their account adopted, their password reset."""


@person_command.command("show")
@click.argument("user", metavar="USER")
@config_option
@data_option
@click.option("--forget", is_flag=True, help="Take the person out of the store; there is no way back.")
@click.pass_context
def show_command(context: click.Context, *, user: str, config: Path, data: DataFolder, forget: bool) -> None:
    """Print all that there is about USER (a user name or Matrix ID), as JSON; or forget them."""
    terminal: Terminal = context.obj
    kept = kept_by(FEATURES)
    found = asyncio.run(what_there_is(config, data, user, kept, now=datetime.now(UTC), forget=forget))
    if not isinstance(found, Forgotten):
        terminal.line(json.dumps(found, ensure_ascii=False, indent=2))
        return
    terminal.say(
        msg(
            "Forgotten: {entries} entries and {history} changes do not name them any more; {drafts} drafts and "
            "{requests} proposals and questions are deleted. The description's files are as they were.",
            entries=found.entries,
            history=found.history,
            drafts=found.drafts,
            requests=found.requests,
        )
    )


person_command.add_command(adopt_command)
person_command.add_command(leave_command)
person_command.add_command(reset_password_command)


async def _is_described(config: Path, data: DataFolder, store: Store, username: str) -> bool:
    community = await community_in_force(config, data, store)
    return username in community.member


async def what_there_is(
    config: Path, data: DataFolder, user: str, kept: Mapping[str, KeptData], *, now: datetime, forget: bool
) -> dict[str, object] | Forgotten:
    """Return what there is about a person, or with ``forget`` what was taken out; ``kept``: what features keep.

    Raises:
        CommandError: nobody of that name is known.
    """
    username = user.removeprefix("@").partition(":")[0]
    server = load_own_settings(config, data).homeserver.server_name
    full = user if user.startswith("@") else user_id(username, server)
    async with opened(config, data) as store:
        about = await all_about(store, kept, full, username)
        if not any(about.values()) and not await _is_described(config, data, store, username):
            raise CommandError(
                msg(
                    "Nobody of the name {user} is known: neither the description nor the store has them.",
                    user=one_line(user),
                ),
                msg("Look for a slip in the user name."),
            )
        if not forget:
            return about
        gone = await forget_all(store, kept, full, username, REPLACEMENT, at=now)
        line = NewAuditEntry(at=now, actor=actor(), action="forget", subject=full)
        await store.audit.add([line])
        return gone
