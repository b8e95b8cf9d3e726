"""``palabre doctor``: how the bot is, and what to do."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click
import structlog

from bots.checkup import findings
from bots.examine import facts_of
from community.core.disk import free_bytes
from community.core.doctor import Finding, State
from community.core.errors import Problem
from community.core.messages import Translator, msg
from community.core.private_files import changeable_by_others, open_to_others, readable_by_others
from community.description.backups import backup_folder, newest_backup
from community.description.current_settings import mistake_in, settings_of_before
from community.description.data_folder import DataFolder
from community.description.load import CONFIG_FILES
from community.description.settings import Settings
from palabre_cli.backup_findings import backup_finding
from palabre_cli.desk_findings import desk_findings
from palabre_cli.feed_findings import own_feed_findings
from palabre_cli.folder_findings import description_findings, folder_findings
from palabre_cli.options import config_option, examined_data_option
from palabre_cli.system_findings import address_findings, database_findings, version_findings
from palabre_cli.terminal import Terminal
from palabre_cli.way_out import is_cut_off
from palabre_cli.zone_findings import zone_finding
from provisioning.checkup import account_findings
from provisioning.homeserver_findings import homeserver_findings

_SECRETS = Path("/run/secrets")
_MARKS = {State.OK: "✓", State.WARNING: "!", State.FAULT: "✗"}


@click.command("doctor")
@config_option
@examined_data_option
@click.option("--public", "only_public", is_flag=True, help="Look at the public address alone.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.pass_context
def doctor_command(
    context: click.Context, config: Path, data: DataFolder, *, only_public: bool, as_json: bool
) -> None:
    """Say how the bot, accounts, rooms, this server and its public address are, and what to do."""
    terminal: Terminal = context.obj
    # What a log would say of these files is said by the findings.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    now = datetime.now(UTC)
    settings, mistakes = settings_of_before(config, data)
    address = address_findings(config, settings, now, is_cut_off=is_cut_off())
    if only_public:
        found = (*_of_settings(mistakes), *_of_public_address(settings), *address)
    else:
        found = (
            *_of_settings(mistakes),
            *asyncio.run(_found(config, settings, data, now)),
            *address,
            *own_feed_findings(data),
            *desk_findings(data),
            *_of_description(config, settings),
            *_of_folder(settings, data, now),
        )
    healthy = all(finding.state is not State.FAULT for finding in found)
    if as_json:
        listed = [_as_dict(finding, terminal.translate) for finding in found]
        terminal.line(json.dumps({"healthy": healthy, "findings": listed}, ensure_ascii=False, indent=2))
    else:
        for finding in found:
            terminal.line(f"{_MARKS[finding.state]} {terminal.translate(finding.sentence)}")
            if finding.remedy is not None:
                terminal.line(f"  → {terminal.translate(finding.remedy)}")
    context.exit(0 if healthy else 1)


def _of_settings(mistakes: Sequence[Problem]) -> tuple[Finding, ...]:
    if not mistakes:
        return ()
    remedy = msg(
        "“palabre check” shows every mistake. Mend the file; until then nothing can be started again."
    )
    return (Finding("settings/file", State.FAULT, mistake_in(mistakes), remedy),)


def _of_public_address(settings: Settings) -> tuple[Finding, ...]:
    """Say where there is no address to look at."""
    if settings.public_address is not None:
        return ()
    return (
        Finding(
            "public", State.WARNING, msg("settings.yaml has no public_address: nobody comes from outside.")
        ),
    )


async def _found(config: Path, settings: Settings, data: DataFolder, now: datetime) -> tuple[Finding, ...]:
    is_there = data.root.is_dir()
    database = await database_findings(settings, data) if is_there else ()
    if any(finding.state is State.FAULT for finding in database):
        # All that follows would say the same.
        return database
    return (
        *findings(await facts_of(settings, data, now), now),
        *await account_findings(config, data, settings),
        *database,
        *(await version_findings(settings, data) if is_there else ()),
        *await homeserver_findings(settings, data),
    )


def _of_description(config: Path, settings: Settings) -> tuple[Finding, ...]:
    password = None if settings.store_password_file is None else Path(settings.store_password_file)
    # A container's secrets are readable there by whoever is in it: Palabre alone.
    is_open = password is not None and _SECRETS not in password.parents and readable_by_others(password)
    return description_findings(
        changeable_by_others((config, *(config / name for name in CONFIG_FILES))),
        password if is_open else None,
    )


def _of_folder(settings: Settings, data: DataFolder, now: datetime) -> tuple[Finding, ...]:
    if not data.root.is_dir():
        return ()
    least = settings.homeserver.least_free
    return (
        zone_finding(version("tzdata"), now.date()),
        *folder_findings(open_to_others(data.root), free_bytes(data.root), least),
        backup_finding(
            has_keys=bool(settings.backup.recipients),
            folder=backup_folder(settings, data),
            newest=newest_backup(settings, data),
            now=now,
        ),
    )


def _as_dict(finding: Finding, translate: Translator) -> dict[str, Any]:
    return {
        "name": finding.name,
        "state": finding.state,
        "sentence": translate(finding.sentence),
        "remedy": translate(finding.remedy) if finding.remedy is not None else None,
    }
