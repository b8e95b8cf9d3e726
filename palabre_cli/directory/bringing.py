"""``palabre directory import``: what files would change, and taking them in."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import click

from community.core.messages import Message, msg, nmsg
from community.description.data_folder import DataFolder
from community.description.directory_model import Directory
from community.description.model import Community
from community.exchange.doubles import double_notes
from community.exchange.incoming import applied, misfits, read_files
from community.exchange.plan import ImportPlan, plan_import
from community.storage import Store
from community.storage.in_force import community_in_force
from palabre_cli.errors import ImportRefused
from palabre_cli.files import read_named
from palabre_cli.import_plan import audit_entry, plan_dict, require_plan
from palabre_cli.options import config_option, data_option
from palabre_cli.stored import actor, json_option, opened
from palabre_cli.terminal import Terminal

_DIGEST = re.compile(r"[0-9a-f]{12}")
_LONG = 200_000
"""Bytes of files that take long enough to say that they are under way."""

Files = Sequence[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class PlanChoice:
    """What is to be done with a plan: nothing without ``go``; ``digest``: only if the plan is that one."""

    go: bool
    digest: str | None
    force: bool


@click.command("import")
@click.argument("files", nargs=-1, required=True, metavar="FILE… [DIGEST]")
@config_option
@data_option
@click.option("--yes", is_flag=True, help="Take it in at once.")
@click.option("--remove-missing", is_flag=True, help="Remove the entries that the files do not have.")
@click.option("--force", is_flag=True, help="Take in also what removes a great part of the directory.")
@json_option
@click.pass_context
def import_command(  # noqa: PLR0913 - one parameter for each option
    context: click.Context,
    *,
    files: tuple[str, ...],
    config: Path,
    data: DataFolder,
    yes: bool,
    remove_missing: bool,
    force: bool,
    as_json: bool,
) -> None:
    """Show what YAML or CSV files would change in the directory; with DIGEST or --yes take them in.

    DIGEST is that of the plan that was shown before: exactly that plan is carried out, and no other.
    """
    terminal: Terminal = context.obj
    names, digest = _digest_apart(files)
    contents = read_named([Path(name) for name in names])
    today, order = datetime.now(UTC).date(), PlanChoice(yes or digest is not None, digest, force)
    is_long = not as_json and sum(len(content) for _, content in contents) > _LONG

    async def run() -> tuple[ImportPlan, bool]:
        async with opened(config, data) as store:
            with _step(terminal, msg("Reading the files"), is_shown=is_long):
                community = await community_in_force(config, data, store)
                current = await store.entries.directory()
                plan = plan_of(community, current, contents, today=today, remove_missing=remove_missing)
            if not as_json:
                for line in plan.lines(terminal.translate):
                    terminal.line(line)
            if not plan.changes or not order.go:
                return plan, False
            with _step(terminal, msg("Writing the changes"), is_shown=is_long):
                await carry_out(store, plan, order, names)
            return plan, True

    plan, done = asyncio.run(run())
    if as_json:
        terminal.line(
            json.dumps({**plan_dict(plan, terminal.translate), "done": done}, ensure_ascii=False, indent=2)
        )
    elif done:
        terminal.say(nmsg("Done: {count} change.", "Done: {count} changes.", count=len(plan.changes)))
    elif plan.changes:
        terminal.say(
            msg("Nothing was changed. To take it in, add {digest} to the command.", digest=plan.digest)
        )


def _digest_apart(files: Sequence[str]) -> tuple[tuple[str, ...], str | None]:
    """Return the files' names, and the digest that stands after them."""
    last = files[-1]
    if len(files) > 1 and _DIGEST.fullmatch(last) and not Path(last).exists():
        return tuple(files[:-1]), last
    return tuple(files), None


@contextmanager
def _step(terminal: Terminal, what: Message, *, is_shown: bool) -> Iterator[None]:
    if is_shown:
        with terminal.step(what):
            yield
    else:
        yield


def plan_of(
    community: Community, current: Directory, files: Files, *, today: date, remove_missing: bool
) -> ImportPlan:
    """Return the plan of taking files in.

    Raises:
        ImportRefused: with every problem of the files, and all that would not fit.
    """
    incoming = read_files(files, current, community)
    # Where a file has mistakes, nobody knows what is missing in it.
    removes = remove_missing and not incoming.problems
    plan = plan_import(current, incoming.directory, remove_missing=removes, kinds=incoming.kinds)
    wrong = (*incoming.problems, *misfits(community, current, plan.changes, incoming, today))
    if wrong:
        raise ImportRefused(sorted(wrong, key=lambda problem: (problem.place, problem.path)))
    doubles = double_notes(plan.changes, applied(current, plan.changes))
    return replace(plan, notes=(*incoming.notes, *doubles))


async def carry_out(store: Store, plan: ImportPlan, order: PlanChoice, names: Sequence[str]) -> None:
    """Make all of a plan's changes, or none, and note it in the audit.

    Raises:
        CommandError: the plan is not the one of ``order``, or it removes too much.
        EntryConflict: somebody has changed an entry meanwhile.
        StoreError: the database failed.
    """
    now, who = datetime.now(UTC), actor()
    changed = msg(
        "The plan is not {digest} any more: the files or the directory have changed.",
        digest=order.digest or "",
    )
    require_plan(plan, order.digest, changed, force=order.force)
    await store.entries.change(plan.changes, actor=who, at=now)
    files = ", ".join(Path(name).name for name in names)
    await store.audit.add([audit_entry(plan, "import-directory", files, now)])
