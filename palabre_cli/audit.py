"""``palabre audit``: who changed what, when, and what became of it."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import assert_never

import click
from pydantic import TypeAdapter, ValidationError

from community.core.messages import Message, Translator, msg
from community.description.data_folder import DataFolder
from community.description.load import load_settings
from community.description.times import LocalMoment, Offset
from community.storage import AuditEntry, AuditOutcome, open_store
from matrix.ids import user_id
from palabre_cli.errors import CommandError
from palabre_cli.options import config_option, data_option
from palabre_cli.terminal import Terminal

MOST_ENTRIES = 1_000_000


@click.command("audit")
@config_option
@data_option
@click.option("--since", help="Only from then on: 7d, 12h, 2026-11-01, “2026-11-01 18:00”.")
@click.option(
    "--subject",
    help="Only about this person (user name or Matrix ID) or thing (key): done to them or by them.",
)
@click.option(
    "--limit",
    type=click.IntRange(1, MOST_ENTRIES),
    default=100,
    show_default=True,
    help="How many of the newest.",
)
@click.option("--utc", is_flag=True, help="Show and read times in UTC instead of this computer's time zone.")
@click.option("--json", "as_json", is_flag=True, help="Print the entries as JSON.")
@click.pass_context
def audit_command(  # noqa: PLR0913 - one parameter for each option
    context: click.Context,
    *,
    config: Path,
    data: DataFolder,
    since: str | None,
    subject: str | None,
    limit: int,
    utc: bool,
    as_json: bool,
) -> None:
    """Say who changed what, when, and what became of it; the newest last."""
    terminal: Terminal = context.obj
    zone = UTC if utc else None
    start = None if since is None else moment(since, now=datetime.now(UTC), zone=zone)
    # One more than asked for tells whether there are others.
    found = asyncio.run(_read(config, data, start, subject, limit + 1))
    entries, more = found[-limit:], len(found) > limit
    if as_json:
        listed = [_as_dict(entry) for entry in entries]
        terminal.line(json.dumps({"entries": listed, "more": more}, ensure_ascii=False, indent=2))
        return
    for line in audit_lines(entries, terminal.translate, zone):
        terminal.line(line)
    if more:
        terminal.say(msg("There are earlier ones: ask for more with --limit."))
    if not entries:
        terminal.say(_nothing(asked_for=since is not None or subject is not None))


async def _read(
    config: Path, data: DataFolder, since: datetime | None, subject: str | None, limit: int
) -> tuple[AuditEntry, ...]:
    settings = load_settings(config)
    if settings.store_url is None and not data.store.exists():
        # To open it would make it, and a wrong --data would look like an audit with nothing in it.
        raise CommandError(
            msg("There is no store in {folder} yet, so nothing has been noted.", folder=data.root),
            msg("Name the data folder with --data, or begin with “palabre up”."),
        )
    async with await open_store(settings, data) as store:
        about = () if subject is None else (subject, user_id(subject, settings.homeserver.server_name))
        return await store.audit.read(since=since, about=about, limit=limit)


def moment(text: str, *, now: datetime, zone: tzinfo | None) -> datetime:
    """Return when ``text`` is: a length of time before ``now``, or a day or moment in ``zone``.

    None is this computer's zone.

    Raises:
        CommandError: it is neither.
    """
    try:
        if re.fullmatch(r"\d+\s*[a-z]+", text):
            return now - TypeAdapter(Offset).validate_python(text)
        whole_day = re.fullmatch(r"[\d-]+", text) is not None
        read: datetime = TypeAdapter(LocalMoment).validate_python(f"{text} 00:00" if whole_day else text)
    except ValidationError as error:
        raise CommandError(
            msg("“{text}” is neither a length of time nor a day.", text=text),
            msg("Write such as --since 7d, --since 12h or --since 2026-11-01."),
        ) from error
    return read.replace(tzinfo=zone).astimezone(UTC)


def audit_lines(
    entries: Sequence[AuditEntry], translate: Translator, zone: tzinfo | None = None
) -> Iterator[str]:
    """Yield a line for each entry, its columns aligned, in the reader's language; times in ``zone``."""
    rows = [
        (
            f"{entry.at.astimezone(zone):%Y-%m-%d %H:%M:%S %Z}",
            translate(_outcome(entry.outcome)),
            entry.actor,
            entry.action,
            entry.subject,
            " ".join(part for part in (entry.detail, _plan(entry, translate)) if part),
        )
        for entry in entries
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _plan(entry: AuditEntry, translate: Translator) -> str:
    return "" if entry.digest is None else translate(msg("(plan {digest})", digest=entry.digest))


def _outcome(outcome: AuditOutcome) -> Message:
    match outcome:
        case AuditOutcome.STARTED:
            return msg("started")
        case AuditOutcome.DONE:
            return msg("done")
        case AuditOutcome.FAILED:
            return msg("failed")
        case AuditOutcome.REFUSED:
            return msg("refused")
        case _:
            assert_never(outcome)


def _nothing(*, asked_for: bool) -> Message:
    if asked_for:
        return msg("Nothing of that kind has been noted.")
    return msg("Nothing has been noted yet.")


def _as_dict(entry: AuditEntry) -> dict[str, object]:
    return {**asdict(entry), "at": f"{entry.at:%Y-%m-%dT%H:%M:%S.%fZ}"}
