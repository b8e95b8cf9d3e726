"""``palabre people``: who has come to the network, and how far."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from community.core.messages import PLACE, Message, msg, nmsg
from community.description.data_folder import DataFolder
from palabre_cli.options import config_option, data_option
from palabre_cli.plain_table import table_lines
from palabre_cli.stored import json_option
from palabre_cli.terminal import Terminal
from provisioning.people_overview import PersonOverview, people_overview


@click.command("people")
@config_option
@data_option
@click.option("--role", help="Only people of this role.")
@click.option("--city", help="Only people of this city.")
@click.option("--expected", is_flag=True, help="Only those who have never signed in.")
@click.option(
    "--unready", is_flag=True, help="Only those who lack recovery, or have a device that is not verified."
)
@json_option
@click.pass_context
def people_command(  # noqa: PLR0913 - one parameter for each option
    context: click.Context,
    *,
    config: Path,
    data: DataFolder,
    role: str | None,
    city: str | None,
    expected: bool,
    unready: bool,
    as_json: bool,
) -> None:
    """Who has signed in, set up recovery and verified their devices, and who is still expected."""
    terminal: Terminal = context.obj
    people = [
        person
        for person in asyncio.run(people_overview(config, data))
        if (role is None or person.role == role)
        and (city is None or person.city == city)
        and not (expected and person.seen is not None)
        and not (unready and person.is_ready)
    ]
    if as_json:
        terminal.line(json.dumps({"people": [asdict(person) for person in people]}, indent=2, default=str))
        return
    _show(terminal, people)


def _show(terminal: Terminal, people: Sequence[PersonOverview]) -> None:
    head = (
        msg("user"),
        msg("role"),
        PLACE,
        msg("language"),
        msg("last seen"),
        msg("recovery"),
        msg("devices"),
        msg("not verified"),
        msg("invitations"),
    )
    rows = [[terminal.translate(each) for each in head], *(_row(terminal, person) for person in people)]
    for line in table_lines(rows):
        terminal.line(line)
    signed_in = sum(person.seen is not None for person in people)
    ready = sum(person.is_ready for person in people)
    terminal.say(
        nmsg(
            "{count} person: {signed_in} have signed in, {ready} are ready.",
            "{count} people: {signed_in} have signed in, {ready} are ready.",
            count=len(people),
            signed_in=signed_in,
            ready=ready,
        )
    )


def _row(terminal: Terminal, person: PersonOverview) -> list[str]:
    return [
        person.username,
        person.role,
        person.city or "—",
        person.languages[0],
        terminal.translate(_seen(person)),
        terminal.translate(msg("yes") if person.recovery else msg("no")),
        str(person.devices),
        str(person.unverified),
        str(person.invitations),
    ]


def _seen(person: PersonOverview) -> Message:
    if not person.account:
        return msg("no account")
    return msg("never") if person.seen is None else Message("{day}", {"day": person.seen.isoformat()})
