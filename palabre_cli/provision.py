"""``palabre plan``, ``palabre apply`` and ``palabre serve``."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import click

from community.data_folder import DataFolder
from community.messages import msg, nmsg
from palabre_cli.errors import CommandError
from palabre_cli.options import config_option, data_option, until_stopped
from palabre_cli.terminal import Terminal
from provisioning.changes import describe, sign
from provisioning.planner import Plan
from provisioning.service import Provisioner, make_own_accounts, open_provisioner, watch


@click.command("plan")
@config_option
@data_option
@click.option("--json", "as_json", is_flag=True, help="Print the plan as JSON.")
@click.pass_context
def plan_command(context: click.Context, config: Path, data: DataFolder, as_json: bool) -> None:
    """Show what would change on the homeserver; change nothing."""
    terminal: Terminal = context.obj

    async def run() -> Plan:
        async with open_provisioner(config, data) as provisioner:
            return (await provisioner.plan())[0]

    made = asyncio.run(run())
    if as_json:
        terminal.line(json.dumps(_plan_dict(made, terminal), ensure_ascii=False, indent=2))
    else:
        _show(made, terminal)


@click.command("apply")
@click.argument("digest", required=False)
@config_option
@data_option
@click.option("--yes", is_flag=True, help="Apply without asking.")
@click.pass_context
def apply_command(
    context: click.Context, digest: str | None, config: Path, data: DataFolder, yes: bool
) -> None:
    """Make the homeserver match the description.

    With DIGEST only the plan that “palabre plan” showed under it is applied.
    """
    terminal: Terminal = context.obj

    async def run() -> None:
        await make_own_accounts(config, data)
        async with open_provisioner(config, data) as provisioner:
            await _apply(provisioner, terminal, digest, yes)

    asyncio.run(run())


async def _apply(provisioner: Provisioner, terminal: Terminal, digest: str | None, yes: bool) -> None:
    if digest is None:
        shown, _ = await provisioner.plan()
        _show(shown, terminal)
        if shown.changes and not yes:
            _confirm(terminal, shown.digest)
        digest = shown.digest
    made, book = await provisioner.apply(
        digest=digest,
        progress=lambda change: terminal.line(f"{sign(change)} {terminal.translate(describe(change))}"),
    )
    terminal.say(nmsg("Applied: {count} change.", "Applied: {count} changes.", count=len(made.changes)))
    writes = provisioner.counts.writes
    terminal.say(nmsg("{count} write request was sent.", "{count} write requests were sent.", count=writes))
    if book.added:
        terminal.say(msg("The passwords of new accounts are in {file}.", file=book.path))


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


def _show(made: Plan, terminal: Terminal) -> None:
    for line in made.lines(terminal.translate):
        terminal.line(line)


def _plan_dict(made: Plan, terminal: Terminal) -> dict[str, object]:
    return {
        "digest": made.digest,
        "changes": [
            {
                "sign": sign(change),
                "kind": type(change).__name__,
                "text": terminal.translate(describe(change)),
            }
            for change in made.changes
        ],
        "notes": [terminal.translate(note) for note in made.notes],
        "summary": {"add": made.count("+"), "change": made.count("~"), "remove": made.count("-")},
    }


@click.command("serve")
@config_option
@data_option
def serve_command(config: Path, data: DataFolder) -> None:
    """Run the provisioning service: plan when the files change and on a timer (a child of “up”)."""
    until_stopped(lambda stop: watch(config, data, stop=stop))
