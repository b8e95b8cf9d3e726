"""``palabre person leave``: somebody leaves the network, for whom the bot cannot do it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import click

from community.core.messages import Message, msg
from community.core.plain_text import one_line
from community.description.data_folder import DataFolder
from community.description.known_community import load_own_settings
from community.description.last_ones import LastOne, last_one
from community.description.model import Community, Member, Status
from community.jobs.job import Job
from community.jobs.leavings import YES, Leaving, others_going
from community.storage.in_force import community_in_force
from community.storage.members import UnknownMember
from matrix.ids import user_id
from palabre_cli.errors import CommandError
from palabre_cli.options import config_option, data_option
from palabre_cli.stored import actor, opened
from palabre_cli.terminal import Terminal


@click.command("leave")
@click.argument("user", metavar="USER")
@config_option
@data_option
@click.option("--alumni", is_flag=True, help="They stay as a former member, and keep their account.")
@click.option("--successor", metavar="USER", help="Who takes over what is in their name.")
@click.option("--delete-messages", is_flag=True, help="Delete what they wrote, in all rooms.")
@click.option("--erase", is_flag=True, help="Delete that, and their name and data everywhere; for good.")
@click.option("--yes", is_flag=True, help="Begin without asking.")
@click.pass_context
def leave_command(  # noqa: PLR0913 - one parameter for each option
    context: click.Context,
    *,
    user: str,
    config: Path,
    data: DataFolder,
    alumni: bool,
    successor: str | None,
    delete_messages: bool,
    erase: bool,
    yes: bool,
) -> None:
    """Let USER (a user name or Matrix ID) leave the network, as they could ask the bot themselves."""
    terminal: Terminal = context.obj
    if alumni and erase:
        raise CommandError(
            msg("Who stays as a former member keeps their name: --alumni and --erase do not go together.")
        )
    status = Status.ALUMNI if alumni else Status.LEFT

    async def run() -> Leaving:
        server = load_own_settings(config, data).homeserver.server_name
        async with opened(config, data) as store:
            community = await community_in_force(config, data, store)
            member = _member(community, user)
            heir = "" if successor is None else _heir(community, member, successor)
            _require_possible(member, status)
            there = [one.username for one in await store.people.all()]
            leaving = Leaving(
                user_id(member.username, server),
                member.username,
                actor(),
                status.value,
                heir,
                YES if delete_messages or erase else "",
                YES if erase else "",
            )
            if not yes:
                _confirm(terminal, leaving)
            refusal = partial(_refusal, leaving, community, there)
            last = await store.jobs.file_beside(leaving, at=datetime.now(UTC), refusal=refusal)
            if last is not None:
                raise _last(member, last, terminal.translate.language)
            return leaving

    leaving = asyncio.run(run())
    terminal.say(
        msg(
            "{user} leaves: the provisioning service does it, step by step. They get a receipt and ten minutes to read "
            "it, if they still have a device; the coordinators are told at the end.",
            user=leaving.username,
        )
    )


def _member(community: Community, user: str) -> Member:
    """Return the member of that user name. Raises CommandError."""
    username = user.removeprefix("@").partition(":")[0]
    found = community.member.get(username)
    if found is None:
        raise UnknownMember(one_line(username))
    return found


def _heir(community: Community, leaver: Member, successor: str) -> str:
    heir = _member(community, successor)
    if heir.status is not Status.ACTIVE or heir is leaver:
        raise CommandError(
            msg("{username} cannot take over: name another active member.", username=heir.username)
        )
    return heir.username


def _require_possible(member: Member, status: Status) -> None:
    if member.status is Status.LEFT and status is Status.ALUMNI:
        raise CommandError(
            msg("{username} has left: bring them back first.", username=member.username),
            msg(
                "Take the line “status” away, and run “palabre apply --again {username}”.",
                username=member.username,
            ),
        )


def _refusal(
    leaving: Leaving, community: Community, there: Collection[str], waiting: Sequence[Job]
) -> LastOne | None:
    going = {to.username for to in others_going(leaving.user_id, waiting)}
    return last_one(community, leaving.username, there, going)


def _last(member: Member, last: LastOne, language: str) -> CommandError:
    if last.room is None:
        said = msg("{username} is the last coordinator.", username=member.username)
    else:
        said = msg(
            "{username} is the last who keeps the safe room “{room}”.",
            username=member.username,
            room=one_line(last.room.text(language)),
        )
    return CommandError(said, msg("Describe another one and run “palabre apply” first."))


def _confirm(terminal: Terminal, leaving: Leaving) -> None:
    """Ask. Raises CommandError where nobody is there to ask, or they said no."""
    if not sys.stdin.isatty():
        raise CommandError(msg("Nothing was changed: there is nobody to ask."), msg("Add --yes."))
    if not click.confirm(terminal.translate(_question(leaving))):
        raise CommandError(msg("Nothing was changed."))


def _question(leaving: Leaving) -> Message:
    if leaving.erases:
        return msg(
            "Is {username} to leave, and everything that they wrote and all that there is about them be deleted for "
            "good?",
            username=leaving.username,
        )
    if leaving.takes_back:
        return msg(
            "Is {username} to leave, and everything that they wrote be deleted for good?",
            username=leaving.username,
        )
    return msg("Is {username} to leave?", username=leaving.username)
