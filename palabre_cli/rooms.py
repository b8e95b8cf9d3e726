"""``palabre rooms``: every room of the network, and what is wrong with it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from pathlib import Path
from typing import assert_never

import click

from community.core.messages import Message, msg, nmsg
from community.description.data_folder import DataFolder
from palabre_cli.options import config_option, data_option
from palabre_cli.plain_table import table_lines
from palabre_cli.stored import json_option
from palabre_cli.terminal import Terminal
from provisioning.rooms_overview import RoomOverview, RoomProblem, rooms_overview


@click.command("rooms")
@config_option
@data_option
@click.option("--problems", is_flag=True, help="Only rooms with which something is wrong.")
@json_option
@click.pass_context
def rooms_command(
    context: click.Context, *, config: Path, data: DataFolder, problems: bool, as_json: bool
) -> None:
    """Every room: policy, members, encryption, the day of its last event, what is wrong with it."""
    terminal: Terminal = context.obj
    found = asyncio.run(rooms_overview(config, data))
    rooms = [room for room in found if room.problems or not problems]
    if as_json:
        terminal.line(json.dumps({"rooms": [asdict(room) for room in rooms]}, indent=2, default=str))
        return
    head = (
        msg("room"),
        msg("policy"),
        msg("by asking"),
        msg("members"),
        msg("invited"),
        msg("encrypted"),
        msg("last event"),
        msg("what is wrong"),
    )
    rows = [[terminal.translate(each) for each in head], *(_row(terminal, room) for room in rooms)]
    for line in table_lines(rows):
        terminal.line(line)
    wrong = sum(bool(room.problems) for room in found)
    terminal.say(
        nmsg(
            "{count} room or space; with {wrong} something is wrong.",
            "{count} rooms and spaces; with {wrong} something is wrong.",
            count=len(found),
            wrong=wrong,
        )
    )


def _row(terminal: Terminal, room: RoomOverview) -> list[str]:
    return [
        room.key,
        room.policy or "—",
        room.joining or "—",
        str(room.members),
        str(room.invited),
        terminal.translate(_encrypted(room)),
        "—" if room.active is None else room.active.isoformat(),
        ", ".join(terminal.translate(said_of_problem(each)) for each in room.problems) or "—",
    ]


def _encrypted(room: RoomOverview) -> Message:
    if room.is_space:
        return msg("space")
    return msg("yes") if room.is_encrypted else msg("no")


def said_of_problem(problem: RoomProblem) -> Message:
    """Return a problem in words."""
    match problem:
        case RoomProblem.NO_BOT:
            return msg("the bot is missing")
        case RoomProblem.ONE_KEEPER:
            return msg("one keeper left")
        case RoomProblem.NOT_AS_DESCRIBED:
            return msg("not as described")
        case _:
            assert_never(problem)
