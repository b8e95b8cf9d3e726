"""The commands ``history`` and ``undo`` of the directory and of the calendar: who changed what, and taking it back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path

import click

from community.core.messages import msg
from community.description.data_folder import DataFolder
from community.directory.entry import EntryKind, HistoryRow
from community.exchange.plan import change_dict, change_lines, shown
from community.storage import NewAuditEntry, Store
from palabre_cli.errors import CommandError
from palabre_cli.options import config_option, data_option
from palabre_cli.stored import actor, json_option, opened
from palabre_cli.terminal import Terminal

MOST_ROWS = 1_000_000


@dataclass(frozen=True, slots=True)
class EntryPart:
    """Entries that have commands of their own, ``palabre NAME …``; ``only`` is the help of ``--kind``."""

    name: str
    kinds: tuple[EntryKind, ...]
    only: str


@dataclass(frozen=True, slots=True)
class _Shown:
    """How the history is shown: how many of the newest, in which zone (None: this computer's), or as JSON."""

    limit: int
    zone: tzinfo | None
    as_json: bool


def history_command_of(part: EntryPart) -> click.Command:
    """Return the command that shows the history of a part's entries."""

    @click.command("history")
    @click.argument("key", required=False)
    @config_option
    @data_option
    @click.option("--kind", type=click.Choice(part.kinds), help=part.only)
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

        async def run() -> tuple[HistoryRow, ...]:
            async with opened(config, data) as store:
                # One more than asked for tells whether there are others.
                return await store.entries.history(kind, key, kinds=part.kinds, limit=limit + 1)

        _show(context.obj, asyncio.run(run()), _Shown(limit, UTC if utc else None, as_json))

    return history_command


def _show(terminal: Terminal, found: tuple[HistoryRow, ...], how: _Shown) -> None:
    rows, more = found[: how.limit], len(found) > how.limit
    if how.as_json:
        listed = [_as_dict(row, terminal.translate.language) for row in rows]
        terminal.line(json.dumps({"changes": listed, "more": more}, ensure_ascii=False, indent=2))
        return
    for line in (line for row in rows for line in _lines(row, terminal, how.zone)):
        terminal.line(line)
    if more:
        terminal.say(msg("There are earlier ones: ask for more with --limit."))
    if not rows:
        terminal.say(msg("No such change has been made."))


def _numbers(
    _context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]
) -> tuple[int, ...]:
    """Return numbers of the history, the newest first: ``412``, or all of ``412-420``."""
    found: set[int] = set()
    for value in values:
        first, _, last = value.partition("-")
        if not first.isdecimal() or not (last.isdecimal() or value == first):
            raise click.BadParameter(f"{value} is neither a number nor two of them with a hyphen")
        numbers = range(int(first), int(last or first) + 1)
        if not 0 < len(numbers) <= MOST_ROWS:
            raise click.BadParameter(f"{value}: the smaller number comes first")
        found.update(numbers)
    return tuple(sorted(found, reverse=True))


def undo_command_of(part: EntryPart) -> click.Command:
    """Return the command that takes back changes of a part's entries."""

    @click.command("undo")
    @click.argument("numbers", callback=_numbers, nargs=-1, required=True, metavar="NUMBER…")
    @config_option
    @data_option
    @click.pass_context
    def undo_command(
        context: click.Context, *, numbers: tuple[int, ...], config: Path, data: DataFolder
    ) -> None:
        """Take back changes by their NUMBER in the history (412, or 412-420), unless the entry was changed since."""

        async def run() -> None:
            async with opened(config, data) as store:
                # The newest first, as they were made one upon the other.
                for number in numbers:
                    _show_undone(await _undo(store, number, part), context.obj, number)

        asyncio.run(run())

    return undo_command


async def _undo(store: Store, number: int, part: EntryPart) -> HistoryRow:
    wanted = await store.entries.history_row(number)
    if wanted is not None and wanted.kind not in part.kinds:
        raise CommandError(
            msg(
                "Change {number} is one of the {kind} “{key}”, which is no matter of “palabre {name}”.",
                number=number,
                kind=wanted.kind,
                key=wanted.key,
                name=part.name,
            ),
            msg(
                "“palabre directory” is for contacts, resources and projects, “palabre calendar” for the rest."
            ),
        )
    now, who = datetime.now(UTC), actor()
    row = await store.entries.undo(number, actor=who, at=now)
    entry = NewAuditEntry(
        at=now, actor=who, action="undo-entry", subject=row.key, detail=f"{row.kind} of change {number}"
    )
    await store.audit.add([entry])
    return row


def _show_undone(row: HistoryRow, terminal: Terminal, number: int) -> None:
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
