"""``palabre calendar import``: what another program's calendar would change, and taking it in."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from community.core.errors import Problem
from community.core.messages import Translator, msg, nmsg
from community.core.plain_text import one_line
from community.core.plan_text import end_lines
from community.core.zones import zone_names
from community.description.data_folder import DataFolder
from community.description.model import Community
from community.directory.entry import EntryChange
from community.exchange.columns import cells
from community.exchange.ics_entries import ReadingRules, read_dates
from community.exchange.ics_parsing import MOST_BYTES, IcsContent, read_ics
from community.exchange.ics_plan import DatesPlan, ImportOrder, ImportSituation, plan_dates
from community.exchange.plan import change_lines, sign
from community.storage import Store
from community.storage.in_force import community_in_force
from matrix.public_download import DownloadRules, asked_for, download, is_public
from palabre_cli.calendar.for_whom import for_whom, for_whom_options
from palabre_cli.errors import CommandError, ImportRefused
from palabre_cli.files import read_named
from palabre_cli.import_plan import audit_entry, plan_dict, require_plan
from palabre_cli.options import config_option, data_option
from palabre_cli.stored import actor, json_option, opened
from palabre_cli.terminal import Terminal

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*:/", re.IGNORECASE)
_SHOWN = ("start", "due", "lasts", "timezone", "repeat", "place", "where", "link", "cancelled")
"""What is said of a new entry."""
_LONGEST_SHOWN = 200
_RULES = DownloadRules(MOST_BYTES, is_public)


@dataclass(frozen=True, slots=True)
class CalendarSource:
    """What was named: its content, its name in sentences (of an address the server's alone), and whole."""

    content: bytes
    name: str
    whole: str
    is_address: bool


@dataclass(frozen=True, slots=True)
class TakingIn:
    """How a calendar is taken in, as it was typed; ``whom`` are the options that say for whom it is."""

    whom: Mapping[str, Any]
    language: str | None
    timezone: str | None
    digest: str | None
    yes: bool
    leave_out: bool
    past: bool
    remove_missing: bool
    force: bool

    @property
    def go(self) -> bool:
        """Whether anything is to be done besides showing the plan."""
        return self.yes or self.digest is not None


@click.command("import")
@click.argument("source", metavar="FILE|ADDRESS")
@click.argument("digest", required=False)
@for_whom_options
@click.option("--language", help="The language of its texts (default: they are shown in all languages).")
@click.option("--timezone", help="The time zone of times without one (default: as it says, else yours).")
@click.option("--past", is_flag=True, help="Take in what is over, too.")
@click.option("--remove-missing", is_flag=True, help="Remove what came from this calendar and is gone there.")
@click.option("--leave-out", is_flag=True, help="Take in the rest, without what is refused.")
@click.option("--yes", is_flag=True, help="Take it in at once.")
@click.option("--force", is_flag=True, help="Take in also what removes a great part of the calendar.")
@config_option
@data_option
@json_option
@click.pass_context
def import_command(
    context: click.Context, /, *, source: str, config: Path, data: DataFolder, as_json: bool, **options: Any
) -> None:
    """Show what a calendar file (.ics) or address would change; with DIGEST or --yes take it in.

    DIGEST is that of the plan that was shown before: exactly that plan is carried out, and no other.
    """
    terminal: Terminal = context.obj
    own = {name: options.pop(name) for name in TakingIn.__dataclass_fields__ if name in options}
    order = TakingIn(whom=options, **own)

    async def run() -> tuple[DatesPlan, bool]:
        named = await got(source)
        async with opened(config, data) as store:
            community = await community_in_force(config, data, store)
            found = await _planned(store, community, named, order)
            if not as_json:
                for line in plan_lines(found, terminal.translate):
                    terminal.line(line)
            if not order.go:
                return found, False
            await carry_out(store, found, order, named.name)
            return found, bool(found.plan.changes)

    plan, done = asyncio.run(run())
    if as_json:
        terminal.line(
            json.dumps({**_as_dict(plan, terminal.translate), "done": done}, ensure_ascii=False, indent=2)
        )
    elif done:
        count = len(plan.plan.changes)
        terminal.say(nmsg("Done: {count} change.", "Done: {count} changes.", count=count))
    elif plan.plan.changes:
        digest = plan.plan.digest
        terminal.say(msg("Nothing was changed. To take it in, add {digest} to the command.", digest=digest))


async def got(source: str, rules: DownloadRules = _RULES) -> CalendarSource:
    """Return the calendar that was named, a file or an address; ``rules``: of what an address may lead to.

    Raises:
        CommandError: there is no such file, or it cannot be read.
        DownloadRefused: the address may not be asked, or nothing was got.
    """
    if _ADDRESS.match(source) is None:
        ((name, content),) = read_named([Path(source)])
        return CalendarSource(content, Path(name).name, Path(name).name, is_address=False)
    server = asked_for(source).hostname or ""
    content = await download(source, rules)
    return CalendarSource(content, one_line(server, longest=100), source, is_address=True)


async def _planned(store: Store, community: Community, source: CalendarSource, order: TakingIn) -> DatesPlan:
    content = read_ics(source.content, source.name)
    if isinstance(content, Problem):
        raise ImportRefused([content])
    directory = await store.entries.directory()
    there = ImportSituation(
        community,
        await store.entries.calendar(),
        {contact.key: contact for contact in directory.contacts},
        await store.imports.all(),
        datetime.now(UTC),
    )
    wanted = ImportOrder(
        _digest_of(content, source),
        source.name,
        for_whom(order.whom, community),
        removes_missing=order.remove_missing,
        with_past=order.past,
    )
    rules = reading_rules(community, there.now, language=order.language, zone=order.timezone)
    found = plan_dates(read_dates(content, rules, source.name), there, wanted)
    if found.problems and not order.leave_out:
        raise _refused(found)
    if found.lacks_whom:
        raise CommandError(
            msg("It has new dates, and nobody has said whom they concern."),
            msg(
                "Add --everyone, --theme, --cohort, --city, --role, --person, or the --room where they are posted."
            ),
        )
    return found


def reading_rules(
    community: Community, now: datetime, *, language: str | None, zone: str | None
) -> ReadingRules:
    """Return how a calendar is read for a community.

    Raises:
        CommandError: it has no such language, or there is no such time zone.
    """
    if language is not None and language not in community.languages:
        raise CommandError(
            msg("The community has no language “{language}”.", language=language),
            msg("Choose one of: {languages}.", languages=", ".join(community.languages)),
        )
    if zone is not None and zone not in zone_names():
        raise CommandError(
            msg("There is no time zone “{name}”.", name=zone),
            msg("Write such as --timezone Africa/Kigali; without it the zone is the community's."),
        )
    near = tuple(dict.fromkeys(city.timezone for city in community.cities))
    return ReadingRules(
        community.key, community.timezone, near, community.languages, now.year, zone, language
    )


def _digest_of(content: IcsContent, source: CalendarSource) -> str:
    """Return what tells this calendar from others: its address, which is secret, or what it is called in its file."""
    called = source.whole if source.is_address else content.name.casefold() or source.whole
    return hashlib.sha256(called.encode()).hexdigest()


def _refused(found: DatesPlan) -> ImportRefused:
    refused = ImportRefused(found.problems)
    refused.remedy = msg(
        "Mend them where the calendar is, or say --leave-out: then the rest can be taken in without them."
    )
    return refused


async def carry_out(store: Store, found: DatesPlan, order: TakingIn, name: str) -> None:
    """Make all of a plan's changes, or none, and note it in the audit.

    Raises:
        CommandError: the plan is not the one of ``order``, or it removes too much.
        EntryConflict: somebody has changed an entry meanwhile.
        StoreError: the database failed.
    """
    plan, now = found.plan, datetime.now(UTC)
    changed = msg(
        "The plan is not {digest} any more: that calendar or this one has changed.", digest=order.digest or ""
    )
    require_plan(plan, order.digest, changed, force=order.force)
    await store.imports.take_in(plan.changes, found.noted, actor=actor(), at=now)
    if plan.changes:
        await store.audit.add([audit_entry(plan, "import-calendar", name, now)])


def plan_lines(found: DatesPlan, translate: Translator) -> Iterator[str]:
    """Give the plan as text: each change with what is new of it, what is left out, notes, summary, digest."""
    for change in found.plan.changes:
        yield from change_lines(change, translate.language)
        yield from _new_lines(change)
    for problem in found.problems:
        left = msg("left out: {path}: {what}", path=problem.path, what=problem.what)
        yield f"! {translate(left)}"
    plan = found.plan
    signs = [sign(change) for change in plan.changes]
    yield from end_lines(signs, plan.notes, plan.excess, plan.digest, translate)


def _new_lines(change: EntryChange) -> Iterator[str]:
    if change.before is None and change.after is not None:
        said = cells(change.after)
        whom = [name for name in said if name.startswith(("audience", "rooms"))]
        for name in (*(name for name in said if name.partition(":")[0] in _SHOWN), *whom):
            yield f"    {name}: {one_line(said[name], longest=_LONGEST_SHOWN)}"


def _as_dict(found: DatesPlan, translate: Translator) -> dict[str, object]:
    left_out = [{"name": one.path, "what": translate(one.what)} for one in found.problems]
    return {**plan_dict(found.plan, translate), "left_out": left_out}
