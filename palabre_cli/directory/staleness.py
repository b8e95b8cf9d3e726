"""``palabre directory stale``: what nobody has confirmed for long."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

import click
from dateutil.relativedelta import relativedelta
from pydantic import TypeAdapter, ValidationError

from community.core.messages import PLACE, Message, msg, nmsg
from community.core.zones import ZoneInfo
from community.description.data_folder import DataFolder
from community.description.model import Community
from community.description.times import Offset
from community.directory.entry import entries_of, kind_of, name_of
from community.directory.stale import LONG, Stale, stale
from community.exchange.plan import shown
from palabre_cli.errors import CommandError, UnknownKey
from palabre_cli.options import config_option, data_option
from palabre_cli.stored import aligned, json_option, stored
from palabre_cli.terminal import Terminal


@click.command("stale")
@config_option
@data_option
@click.option("--older-than", help="Not confirmed for so long: 90d, 26w, 6mo, 1y (default: 180d).")
@click.option(
    "--city", "cities", multiple=True, help="Only of this city (its key); may be given several times."
)
@click.option(
    "--theme", "themes", multiple=True, help="Only of this theme (its key); may be given several times."
)
@json_option
@click.pass_context
def stale_command(
    context: click.Context,
    *,
    config: Path,
    data: DataFolder,
    older_than: str | None,
    cities: tuple[str, ...],
    themes: tuple[str, ...],
    as_json: bool,
) -> None:
    """List what nobody has confirmed for long, the oldest first."""
    terminal: Terminal = context.obj
    community, directory = asyncio.run(stored(config, data))
    terminal.call_places(community)
    _check_known(community, cities, themes)
    today = datetime.now(ZoneInfo(community.timezone)).date()
    longer_than = LONG if older_than is None else length(older_than, today=today)
    found = stale(entries_of(directory), today, longer_than=longer_than, cities=cities, themes=themes)
    if as_json:
        listed = [_as_dict(old, terminal.translate.language) for old in found]
        terminal.line(json.dumps({"entries": listed}, ensure_ascii=False, indent=2))
        return
    for line in aligned(_rows(found, terminal.translate.language)):
        terminal.line(line)
    terminal.say(_how_many(len(found)))


def length(text: str, *, today: date) -> timedelta:
    """Return how long before ``today`` is meant: ``90d``, ``26w``, ``6mo`` (months of the calendar), ``1y``.

    Raises:
        CommandError: it is no length of time.
    """
    found = re.fullmatch(r"(\d{1,4})\s*(mo|y)", text)
    try:
        if found is not None:
            months = int(found[1]) * (12 if found[2] == "y" else 1)
            return today - (today - relativedelta(months=months))
        read: timedelta = TypeAdapter(Offset).validate_python(text)
    except (ValidationError, ValueError, OverflowError) as error:
        raise CommandError(
            msg("“{text}” is no length of time.", text=text),
            msg("Write such as --older-than 6mo, --older-than 90d or --older-than 1y."),
        ) from error
    return read


def _check_known(community: Community, cities: Iterable[str], themes: Iterable[str]) -> None:
    asked: list[tuple[Message, Iterable[str], Collection[str]]] = [
        (PLACE, cities, community.city),
        (msg("theme"), themes, community.theme),
    ]
    for kind, names, known in asked:
        wrong = next((name for name in names if name not in known), None)
        if wrong is not None:
            raise UnknownKey(kind, wrong, known)


def _rows(found: Sequence[Stale], language: str) -> Iterator[tuple[str, ...]]:
    for old in found:
        name = shown(name_of(old.entry).text(language))
        since = ("-", "-") if old.confirmed is None else (old.confirmed.isoformat(), f"{old.days}d")
        yield *since, f"{kind_of(old.entry)} {old.entry.key}", name


def _as_dict(old: Stale, language: str) -> dict[str, object]:
    return {
        "kind": kind_of(old.entry),
        "key": old.entry.key,
        "name": name_of(old.entry).text(language),
        "cities": list(old.entry.cities),
        "themes": list(old.entry.themes),
        "confirmed": None if old.confirmed is None else old.confirmed.isoformat(),
        "days": old.days,
    }


def _how_many(count: int) -> Message:
    if count == 0:
        return msg("Everything was confirmed in that time.")
    return nmsg(
        "{count} entry has not been confirmed in that time.",
        "{count} entries have not been confirmed in that time.",
        count=count,
    )
