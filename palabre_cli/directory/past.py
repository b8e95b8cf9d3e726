"""``palabre directory history`` and ``undo``: who changed what, and taking a change back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import get_args

import click

from community.data_folder import DataFolder
from community.entry import EntryKind, HistoryRow
from community.exchange.plan import change_dict, change_lines, shown
from community.messages import msg
from community.store import NewAuditEntry
from palabre_cli.directory.opening import actor, json_option, opened
from palabre_cli.options import config_option, data_option
from palabre_cli.terminal import Terminal

KINDS: tuple[EntryKind, ...] = get_args(EntryKind)
MOST_ROWS = 1_000_000


@click.command("history")
@click.argument("key", required=False)
@config_option
@data_option
@click.option("--kind", type=click.Choice(KINDS), help="Only contacts, resources or projects.")
@click.option(
    "--limit",
    type=click.IntRange(1, MOST_ROWS),
    default=20,
    show_default=True,
    help="How many of the newest.",
)
@click.option("--utc", is_flag=True, help="Show times in UTC instead of this computer's time zone.")
@json_option
@click.pass_context
def history_command(  # noqa: PLR0913 - one parameter for each option
    context: click.Context,
    *,
    key: str | None,
    config: Path,
    data: DataFolder,
    kind: EntryKind | None,
    limit: int,
    utc: bool,
    as_json: bool,
) -> None:
    """Say who changed which entry (or the one of that KEY), and how; the newest first."""
    terminal: Terminal = context.obj

    async def run() -> tuple[HistoryRow, ...]:
        async with opened(config, data) as store:
            # One more than asked for tells whether there are others.
            return await store.entries.history(kind, key, limit=limit + 1)

    found = asyncio.run(run())
    rows, more = found[:limit], len(found) > limit
    language = terminal.translate.language
    if as_json:
        listed = [_as_dict(row, language) for row in rows]
        terminal.line(json.dumps({"changes": listed, "more": more}, ensure_ascii=False, indent=2))
        return
    for line in (line for row in rows for line in _lines(row, terminal, UTC if utc else None)):
        terminal.line(line)
    if more:
        terminal.say(msg("There are earlier ones: ask for more with --limit."))
    if not rows:
        terminal.say(msg("No such change has been made."))


@click.command("undo")
@click.argument("number", type=click.IntRange(1), metavar="NUMBER")
@config_option
@data_option
@click.pass_context
def undo_command(context: click.Context, *, number: int, config: Path, data: DataFolder) -> None:
    """Take back the change of that NUMBER in the history, unless the entry was changed since."""
    terminal: Terminal = context.obj

    async def run() -> HistoryRow:
        now, who = datetime.now(UTC), actor()
        async with opened(config, data) as store:
            row = await store.entries.undo(number, actor=who, at=now)
            detail = f"{row.kind} of change {number}"
            await store.audit.add(
                [NewAuditEntry(at=now, actor=who, action="undo-entry", subject=row.key, detail=detail)]
            )
            return row

    row = asyncio.run(run())
    for line in change_lines(row, terminal.translate.language):
        terminal.line(line)
    terminal.say(msg("Change {number} was taken back; this is change {new}.", number=number, new=row.id))


def _lines(row: HistoryRow, terminal: Terminal, zone: tzinfo | None) -> Iterator[str]:
    head = f"{row.id}  {row.at.astimezone(zone):%Y-%m-%d %H:%M:%S %Z}  {shown(row.actor)}"
    if row.undoes is not None:
        head += f"  {terminal.translate(msg('(takes back {number})', number=row.undoes))}"
    yield head
    yield from (f"    {line}" for line in change_lines(row, terminal.translate.language))


def _as_dict(row: HistoryRow, language: str) -> dict[str, object]:
    at = f"{row.at:%Y-%m-%dT%H:%M:%S.%fZ}"
    return {"id": row.id, "at": at, "actor": row.actor, "undoes": row.undoes, **change_dict(row, language)}
