"""``palabre ask``: the bot's answer, on the command line, straight from the files."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from bots.skill import Asked
from bots.skills import SkillSet
from community.load import load_description, load_settings
from community.messages import COMPLETE_LANGUAGES
from community.store import Person
from palabre_cli.options import config_option
from palabre_cli.terminal import PACKAGES, Terminal


@click.command("ask")
@click.argument("question")
@config_option
@click.option(
    "--lang",
    "language",
    type=click.Choice(COMPLETE_LANGUAGES),
    help="Answer in this language where the question does not tell.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON: text and html.")
@click.pass_context
def ask_command(
    context: click.Context, question: str, config: Path, language: str | None, as_json: bool
) -> None:
    """Ask the directory of the files what one would ask the bot."""
    terminal: Terminal = context.obj
    description, settings = load_description(config), load_settings(config)
    skills = SkillSet(description.community, settings.homeserver.server_name, PACKAGES)
    skills.use(description.directory)
    spoken = language or terminal.translate.language
    person = Person("", "", "", "", None, (), (spoken,))
    reply = skills.answer(Asked(question, person, is_direct=True, now=datetime.now(UTC)))
    if as_json:
        terminal.line(json.dumps({"text": reply.text, "html": reply.html}, ensure_ascii=False))
    else:
        terminal.line(reply.text)
