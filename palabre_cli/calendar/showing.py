"""``palabre calendar list``, ``next`` and ``month``: what takes place and what is due, in the reader's zone."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any, TypeVar

import click

from community.agenda.shown_dates import ShownDate
from community.core.messages import PLACE, Message, msg
from community.core.zones import ZoneInfo, zone_names
from community.description.calendar_model import Calendar
from community.description.data_folder import DataFolder
from community.description.model import Community
from community.description.times import MAXIMUM_YEAR, MINIMUM_YEAR
from community.directory.entry import CALENDAR_KINDS, CalendarKind
from community.storage.in_force import community_in_force
from palabre_cli.calendar.dates import DateFilter, DateFinder
from palabre_cli.calendar.lines import as_dict, date_lines
from palabre_cli.calendar.month import CANCELLED, DUE, MonthDrawing
from palabre_cli.errors import CommandError, UnknownKey
from palabre_cli.options import config_option, data_option
from palabre_cli.stored import json_option, opened
from palabre_cli.terminal import Terminal

_Command = TypeVar("_Command", bound=Callable[..., Any])
_NARROW = 80
"""Columns of a terminal that does not say how many it has."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What all of these commands are asked: of which calendar, for which city and kind, in which zone."""

    config: Path
    data: DataFolder
    city: str | None
    kind: CalendarKind | None
    zone: str | None
    as_json: bool

    def finder(self, terminal: Terminal) -> DateFinder:
        """Return what finds the dates.

        Raises:
            UnknownKey: the community has no such city.
            CommandError: there is no such zone, or no store.
            DescriptionError, StoreError, DataFolderError.
        """
        zone = _zone(self.zone)
        community, calendar = asyncio.run(_stored(self.config, self.data))
        terminal.call_places(community)
        if self.city is not None and self.city not in community.city:
            raise UnknownKey(PLACE, self.city, community.city)
        kinds = CALENDAR_KINDS if self.kind is None else (self.kind,)
        return DateFinder(calendar, community, zone, DateFilter(kinds, self.city))


async def _stored(config: Path, data: DataFolder) -> tuple[Community, Calendar]:
    async with opened(config, data) as store:
        return await community_in_force(config, data, store), await store.entries.calendar()


def _zone(name: str | None) -> tzinfo | None:
    if name is None:
        return None
    if name not in zone_names():
        raise CommandError(
            msg("There is no time zone “{name}”.", name=name),
            msg("Write such as --zone Africa/Kigali; without it the zone is this computer's."),
        )
    return ZoneInfo(name)


def _asking(command: _Command) -> Any:
    """Give a command the options of `Asked`."""
    options = (
        config_option,
        data_option,
        click.option("--city", help="Only what concerns this city (its key)."),
        click.option("--kind", type=click.Choice(CALENDAR_KINDS), help="Only events or deadlines."),
        click.option("--zone", help="Show times in this time zone instead of this computer's."),
        json_option,
    )
    decorated: Any = command
    for option in reversed(options):
        decorated = option(decorated)
    return decorated


_day_option = click.DateTime(["%Y-%m-%d"])


@click.command("list")
@click.option("--from", "first", type=_day_option, help="From this day on (default: today).")
@click.option(
    "--days", type=click.IntRange(1, 3660), default=28, show_default=True, help="How many days of it."
)
@_asking
@click.pass_context
def list_command(context: click.Context, /, *, first: datetime | None, days: int, **asked: Any) -> None:
    """List what takes place and what is due, of four weeks from today."""
    terminal: Terminal = context.obj
    order = Asked(**asked)
    finder = order.finder(terminal)
    since = _today(finder.zone) if first is None else first.date()
    until = min(since, date.max - timedelta(days=days)) + timedelta(days=days - 1)
    _show(terminal, order, finder.between(since, until), since, msg("There is nothing in that time."))


@click.command("next")
@click.option("--limit", type=click.IntRange(1, 1000), default=5, show_default=True, help="How many.")
@_asking
@click.pass_context
def next_command(context: click.Context, /, *, limit: int, **asked: Any) -> None:
    """Say what comes next."""
    terminal: Terminal = context.obj
    order = Asked(**asked)
    finder = order.finder(terminal)
    found = finder.coming(datetime.now(UTC), limit)
    _show(terminal, order, found, _today(finder.zone), msg("Nothing is coming."))


@click.command("month")
@click.argument("month", required=False, metavar="[YYYY-MM]")
@_asking
@click.pass_context
def month_command(context: click.Context, /, *, month: str | None, **asked: Any) -> None:
    """Draw a month (2026-12; without it this one), and list its dates below."""
    terminal: Terminal = context.obj
    order = Asked(**asked)
    finder = order.finder(terminal)
    today = _today(finder.zone)
    first = _first_day(month, today)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    found = finder.between(first, last)
    if not order.as_json:
        columns = shutil.get_terminal_size((_NARROW, 24)).columns
        drawing = MonthDrawing(first.year, first.month, columns, today, terminal.translate)
        for line in drawing.lines(found):
            terminal.line(line)
        terminal.say(msg("{due}: a deadline. {cancelled}: cancelled.", due=DUE, cancelled=CANCELLED))
        terminal.line("")
    _show(terminal, order, found, first, msg("There is nothing in that month."))


def _first_day(month: str | None, today: date) -> date:
    if month is None:
        return today.replace(day=1)
    found = re.fullmatch(r"(\d{4})-(\d\d)", month)
    try:
        year, number = (today.year, 0) if found is None else (int(found[1]), int(found[2]))
        first = date(year, number, 1)
    except ValueError as error:
        raise _no_month(month) from error
    if not MINIMUM_YEAR <= first.year <= MAXIMUM_YEAR:
        raise _no_month(month)
    return first


def _no_month(month: str) -> CommandError:
    return CommandError(msg("“{month}” is no month.", month=month), msg("Write it as 2026-12."))


def _today(zone: tzinfo | None) -> date:
    return datetime.now(UTC).astimezone(zone).date()


def _show(
    terminal: Terminal, order: Asked, found: Sequence[ShownDate], since: date, nothing: Message
) -> None:
    if order.as_json:
        listed = [as_dict(one, terminal.translate.language) for one in found]
        terminal.line(json.dumps({"dates": listed}, ensure_ascii=False, indent=2))
        return
    for line in date_lines(found, terminal.translate, since):
        terminal.line(line)
    if not found:
        terminal.say(nothing)
    elif order.zone is None:
        name = datetime.now(UTC).astimezone().tzname() or "UTC"
        terminal.say(msg("Times of this computer's zone ({zone}).", zone=name))
    else:
        terminal.say(msg("Times of {zone}.", zone=order.zone))
