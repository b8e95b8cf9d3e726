"""``palabre plan``, ``palabre apply`` and ``palabre serve``."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click

from community.core.errors import DescriptionError
from community.core.listening import ListeningAddress
from community.core.messages import msg, nmsg
from community.description.data_folder import SERVE_LOCK, DataFolder
from community.description.known_community import require_known_community
from community.description.load import load_settings
from community.description.usable import is_community_kept
from matrix.ids import RoomId, UserId, user_id
from palabre_cli.disk_words import DiskWords, saying_disk
from palabre_cli.errors import CommandError, UnknownKey
from palabre_cli.installation.unfilled import require_filled_in, warn_of_examples
from palabre_cli.options import Command, config_option, data_option, metrics_option, user_name
from palabre_cli.progress import Progress
from palabre_cli.running import interruptible, until_stopped
from palabre_cli.terminal import Terminal
from provisioning.account_watch import fault_notes
from provisioning.change_text import describe
from provisioning.changes import sign, subject
from provisioning.description_news import notes_on_kept
from provisioning.own_accounts import make_own_accounts
from provisioning.plan import Plan
from provisioning.plan_extras import PlanExtras
from provisioning.provisioner import ApplyOptions, Provisioner, open_provisioner
from provisioning.serve import watch
from provisioning.topology import topology

_SHOWN = 20
"""The most lines of a plan that are shown where nobody has asked for it."""
EXIT_CHANGES = 2
"""With ``--detailed-exitcode``: the plan has changes."""

again_option = click.option(
    "--again",
    multiple=True,
    metavar="USER",
    help="Ask this person again into rooms that they have left, and open their account if it is closed.",
)


only_in_option = click.option(
    "--in",
    "only_in",
    multiple=True,
    metavar="ROOM",
    help="With --again: ask people again into the room with this key alone.",
)
archive_option = click.option(
    "--archive",
    multiple=True,
    metavar="COMMUNITY",
    help="Archive the rooms that were made under this other key of a community.",
)
unlist_option = click.option(
    "--unlist",
    multiple=True,
    metavar="ROOM_ID",
    help="Take this room, which is none of ours, out of the lists of our spaces.",
)


all_option = click.option(
    "--all", "whole", is_flag=True, help="Show every change, also of a plan that is shown in short otherwise."
)


def _asking_options(command: Command) -> Command:
    """Add the options by which something is asked for besides the description."""
    for option in (unlist_option, archive_option, only_in_option, again_option):
        command = option(command)
    return command


@dataclass(frozen=True)
class _AskedOptions:
    """What the options ask for, as it was written."""

    again: tuple[str, ...]
    only_in: tuple[str, ...]
    archive: tuple[str, ...]
    unlist: tuple[str, ...]

    def extras(self, provisioner: Provisioner) -> PlanExtras:
        """Return it for the planner.

        Raises:
            CommandError: no room of the description has such a key, or nobody is asked again.
        """
        desired = topology(provisioner.description.community, provisioner.settings)
        for key in self.only_in:
            if key not in desired.rooms:
                raise UnknownKey(msg("room"), key, desired.rooms)
        if self.only_in and not self.again:
            raise CommandError(
                msg("--in says where, and nobody is named."),
                msg("Add --again with the user name of a person."),
            )
        return PlanExtras(
            frozenset(self.only_in), frozenset(self.archive), frozenset(map(RoomId, self.unlist))
        )


@click.command("plan")
@config_option
@data_option
@_asking_options
@all_option
@click.option("--json", "as_json", is_flag=True, help="Print the plan as JSON.")
@click.option("--detailed-exitcode", is_flag=True, help="End with 0: nothing to do, 2: changes, 1: an error.")
@click.pass_context
def plan_command(
    context: click.Context,
    /,
    config: Path,
    data: DataFolder,
    whole: bool,
    as_json: bool,
    detailed_exitcode: bool,
    **asked: tuple[str, ...],
) -> None:
    """Show what would change on the homeserver; change nothing."""
    terminal: Terminal = context.obj

    async def run() -> Plan:
        require_known_community(config, data)
        warn_of_examples(terminal, config)
        async with open_provisioner(config, data) as provisioner:
            await _require_usable(provisioner)
            wanted = _AskedOptions(**asked)
            return await _planned(provisioner, people(provisioner, wanted.again), wanted.extras(provisioner))

    made = asyncio.run(run())
    if as_json:
        terminal.line(json.dumps(_plan_dict(made, terminal), ensure_ascii=False, indent=2))
    else:
        _show(made, terminal, whole=whole)
    if detailed_exitcode and not made.is_empty:
        context.exit(EXIT_CHANGES)


async def _planned(provisioner: Provisioner, again: Collection[UserId], extras: PlanExtras) -> Plan:
    """Return the plan, with notes on accounts that something is wrong with."""
    made, actual = await provisioner.plan(again=again, extras=extras)
    return replace(made, notes=(*made.notes, *await fault_notes(provisioner, made, actual)))


async def _require_usable(provisioner: Provisioner) -> None:
    """Refuse a community with mistakes in which nobody is marked as left: nothing of it could be applied.

    Raises:
        DescriptionError: with every problem of every file.
    """
    description = provisioner.description
    if is_community_kept(description) and await provisioner.in_force() is provisioner:
        raise DescriptionError([problem for some in description.kept.values() for problem in some])


def people(provisioner: Provisioner, names: Sequence[str]) -> tuple[UserId, ...]:
    """Return the Matrix IDs of people given by user name or Matrix ID.

    Raises:
        CommandError: somebody is not described.
    """
    server = provisioner.settings.homeserver.server_name
    described = {m.username for m in provisioner.description.community.members}
    found = []
    for name in names:
        username = name.removeprefix("@").removesuffix(f":{server}")
        if username not in described:
            raise CommandError(
                msg("“{name}” is nobody in the description.", name=name),
                msg("Give the user name that stands under members, such as awa.diallo."),
            )
        found.append(user_id(username, server))
    return tuple(found)


@click.command("apply")
@click.argument("digest", required=False)
@config_option
@data_option
@_asking_options
@all_option
@click.option("--yes", is_flag=True, help="Apply without asking.")
@click.option("--first", is_flag=True, help="Apply only where nothing was applied before; else only show it.")
@click.option(
    "--force", is_flag=True, help="Apply also what takes away, or adds, a great part of what is there."
)
@click.pass_context
def apply_command(  # noqa: PLR0913 - one parameter for each option
    context: click.Context,
    /,
    *,
    digest: str | None,
    config: Path,
    data: DataFolder,
    whole: bool,
    yes: bool,
    first: bool,
    force: bool,
    **asked: tuple[str, ...],
) -> None:
    """Make the homeserver match the description.

    With DIGEST only the plan that “palabre plan” showed under it is applied. Ctrl-C ends what is under way and
    begins nothing more.
    """
    terminal: Terminal = context.obj

    async def run() -> None:
        require_known_community(config, data)
        settings = load_settings(config)
        require_filled_in(terminal, config, data, settings)
        await make_own_accounts(data, settings)
        async with open_provisioner(config, data) as provisioner:
            actor = f"palabre apply ({user_name()})"
            begun = await provisioner.unasked() if first else provisioner
            if begun is not provisioner:
                if begun is not None:
                    await _apply(begun, terminal, ApplyOptions(actor), ask=not yes, whole=whole)
                await show_what_waits(provisioner, terminal)
                return
            await _require_usable(provisioner)
            wanted = _AskedOptions(**asked)
            order = ApplyOptions(
                actor,
                digest=digest,
                force=force,
                again=people(provisioner, wanted.again),
                extras=wanted.extras(provisioner),
            )
            await _apply(provisioner, terminal, order, ask=not yes, whole=whole)

    asyncio.run(run())


async def _apply(
    provisioner: Provisioner, terminal: Terminal, order: ApplyOptions, *, ask: bool, whole: bool
) -> None:
    if order.digest is None:
        shown = await _planned(provisioner, order.again, order.extras)
        _show(shown, terminal, whole=whole)
        if not shown.is_empty and ask and (shown.excess is None or order.force):
            _confirm(terminal, shown.digest)
        order = replace(order, digest=shown.digest)
    else:
        for note in notes_on_kept(provisioner.description):
            terminal.say(note)
    disk = DiskWords(provisioner.data.root, provisioner.settings.homeserver.least_free, terminal.say)
    with interruptible() as stop, Progress(terminal) as progress:
        order = replace(order, stop=stop, begin=progress.begin, progress=progress.made)
        async with saying_disk(disk):
            applied = await provisioner.apply(order)
    count = applied.plan.size
    terminal.say(nmsg("Applied: {count} change.", "Applied: {count} changes.", count=count))
    writes = provisioner.counts.writes
    terminal.say(nmsg("{count} write request was sent.", "{count} write requests were sent.", count=writes))
    if applied.passwords.added:
        terminal.say(msg("The passwords of new accounts are in {file}.", file=applied.passwords.path))


def _confirm(terminal: Terminal, digest: str) -> None:
    """Ask the person at the terminal.

    Raises:
        CommandError: nobody is there to ask, or they said no.
    """
    if not sys.stdin.isatty():
        raise CommandError(
            msg("Nothing was changed: there is nobody to ask."),
            msg("Run “palabre apply {digest}”, or add --yes.", digest=digest),
        )
    if not click.confirm(terminal.translate(msg("Apply this plan?"))):
        raise CommandError(msg("Nothing was changed."))


def _show(made: Plan, terminal: Terminal, *, whole: bool) -> None:
    for line in made.lines(terminal.translate, whole=whole):
        terminal.line(line)


async def show_what_waits(provisioner: Provisioner, terminal: Terminal) -> None:
    """Say what would change, or of much how much, and how to have it changed."""
    made, _ = await provisioner.plan()
    lines = tuple(made.lines(terminal.translate))
    if len(lines) > _SHOWN:
        said = (*notes_on_kept(provisioner.description), made.summary)
        lines = tuple(map(terminal.translate, said))
    for line in lines:
        terminal.line(line)
    if not made.is_empty:
        terminal.say(
            msg(
                "This is not applied: everything runs on what was applied last. “palabre plan” shows the changes, "
                "“palabre apply” makes them."
            )
        )


def _plan_dict(made: Plan, terminal: Terminal) -> dict[str, object]:
    return {
        "digest": made.digest,
        "changes": [
            {
                "sign": sign(change),
                "kind": type(change).__name__,
                "subject": subject(change)[1],
                "text": terminal.translate(describe(change)),
            }
            for change in made.changes
        ],
        "description": [terminal.translate(line) for line in (() if made.news is None else made.news.lines)],
        "notes": [terminal.translate(note) for note in made.all_notes],
        "excess": None if made.excess is None else terminal.translate(made.excess),
        "summary": {"add": made.count("+"), "change": made.count("~"), "remove": made.count("-")},
    }


@click.command("serve")
@config_option
@data_option
@metrics_option
def serve_command(config: Path, data: DataFolder, metrics: ListeningAddress | None) -> None:
    """Run the provisioning service: plan when the files change and on a timer (a child of “up”)."""
    data.prepare()
    with data.locked(SERVE_LOCK, "palabre serve"):
        until_stopped(lambda stop: watch(config, data, stop=stop, metrics=metrics))
