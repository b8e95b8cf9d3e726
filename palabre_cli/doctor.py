"""``palabre doctor``: how the bot is, and what to do."""

from __future__ import annotations

import asyncio
import json
import logging
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click
import structlog

from bots.checkup import findings
from bots.examine import facts_of
from community.core.disk import free_bytes
from community.core.doctor import Finding, State
from community.core.messages import Translator
from community.core.private_files import changeable_by_others, open_to_others, readable_by_others
from community.description.data_folder import DataFolder
from community.description.faults import SETTINGS
from community.description.load import CONFIG_FILES, load_settings
from palabre_cli.folder_findings import description_findings, folder_findings
from palabre_cli.options import config_option, examined_data_option
from palabre_cli.terminal import Terminal
from palabre_cli.zone_findings import zone_finding
from provisioning.checkup import account_findings

_MARKS = {State.OK: "✓", State.WARNING: "!", State.FAULT: "✗"}


@click.command("doctor")
@config_option
@examined_data_option
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.pass_context
def doctor_command(context: click.Context, config: Path, data: DataFolder, as_json: bool) -> None:
    """Say how the bot, Palabre's own accounts and safe rooms are, and what to do."""
    terminal: Terminal = context.obj
    # What a log would say of these files is said by the findings.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    now = datetime.now(UTC)
    found = (
        *asyncio.run(_found(config, data, now)),
        *_of_description(config),
        *_of_folder(config, data, now),
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


async def _found(config: Path, data: DataFolder, now: datetime) -> tuple[Finding, ...]:
    return (
        *findings(await facts_of(config, data, now), now),
        *await account_findings(config, data),
    )


def _of_description(config: Path) -> tuple[Finding, ...]:
    settings = config / SETTINGS
    address = load_settings(config).store_url
    exposed = settings if _has_password(address) and readable_by_others(settings) else None
    return description_findings(
        changeable_by_others((config, *(config / name for name in CONFIG_FILES))), exposed
    )


def _has_password(address: str | None) -> bool:
    try:
        return address is not None and urlsplit(address).password is not None
    except ValueError:
        # A bracket in a password, which SQLAlchemy takes.
        return True


def _of_folder(config: Path, data: DataFolder, now: datetime) -> tuple[Finding, ...]:
    if not data.root.is_dir():
        return ()
    least = load_settings(config).homeserver.least_free
    return (
        zone_finding(version("tzdata"), now.date()),
        *folder_findings(open_to_others(data.root), free_bytes(data.root), least),
    )


def _as_dict(finding: Finding, translate: Translator) -> dict[str, Any]:
    return {
        "name": finding.name,
        "state": finding.state,
        "sentence": translate(finding.sentence),
        "remedy": translate(finding.remedy) if finding.remedy is not None else None,
    }
