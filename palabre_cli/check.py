"""``palabre check``: is the description right?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import click

from community.core.messages import msg
from community.core.problems import problem_dict, problem_line
from community.description.data_folder import DataFolder
from community.description.faults import Fault
from community.description.known_community import other_community_problems
from community.description.load import examine
from community.description.model import Description
from community.description.notes import description_notes, hard_to_find
from palabre_cli.installation.unfilled import to_fill_in
from palabre_cli.options import config_option, is_example_by_default
from palabre_cli.terminal import Terminal


@click.command("check")
@config_option
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    envvar="PALABRE_DATA",
    help="Check also that the description is of the community that this data folder is of.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the problems as JSON.")
@click.pass_context
def check_command(context: click.Context, config: Path, data: Path | None, as_json: bool) -> None:
    """Name every problem of the description, with its file, line and column."""
    terminal: Terminal = context.obj
    problems, notes = examine(config, partial(_notes, terminal), datetime.now(UTC).date())
    problems += to_fill_in(config)
    if data is not None:
        problems += other_community_problems(config, DataFolder(data.absolute()))
    if as_json:
        found = [problem_dict(problem, terminal.translate) for problem in problems]
        noted = [problem_dict(note, terminal.translate) for note in notes]
        terminal.line(json.dumps({"problems": found, "notes": noted}, ensure_ascii=False, indent=2))
    else:
        for problem in problems:
            terminal.line(problem_line(problem, terminal.translate))
        if problems:
            terminal.count_problems(len(problems))
        else:
            terminal.say(msg("The description is right."))
            if is_example_by_default(context):
                terminal.say(
                    msg("It is that of the example in {folder}: no network of yours is here.", folder=config)
                )
        for note in notes:
            terminal.say(msg("Note: {line}", line=problem_line(note, terminal.translate)))
    context.exit(1 if problems else 0)


def _notes(terminal: Terminal, description: Description) -> Iterator[Fault]:
    """Yield what is worth a look, though it is no problem."""
    terminal.call_places(description.community)
    yield from description_notes(description)
    doubtful = hard_to_find(description.directory)
    if doubtful:
        # Imported here because the search takes longer to load than a check takes, and few descriptions need it.
        from community.search.unfindable import unfindable  # noqa: PLC0415

        yield from unfindable(description, doubtful)
