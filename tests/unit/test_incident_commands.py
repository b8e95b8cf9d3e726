"""docs/operator.md, "Ten incidents": each command that is named there exists, with its options."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest
import yaml

from palabre_cli.deferred import DeferredCommand
from palabre_cli.main import palabre

PAGE = (Path(__file__).parents[2] / "docs" / "operator.md").read_text()
SECTION = PAGE.partition("\n## Ten incidents\n")[2].partition("\n## ")[0]
COMMANDS = sorted(set(re.findall(r"^(palabre .+)$|`(palabre [^`…]+)`", SECTION, re.MULTILINE)))
NAMED = sorted({block or inline for block, inline in COMMANDS})


def loaded(command: click.Command) -> click.Command:
    return command.load() if isinstance(command, DeferredCommand) else command


def test_there_are_ten_and_each_says_what_is_seen_and_what_to_do() -> None:
    headings = re.findall(r"^### (\d+)\. ", SECTION, re.MULTILINE)
    assert headings == [str(number) for number in range(1, 11)]
    assert len(NAMED) >= 12


@pytest.mark.parametrize("line", NAMED)
def test_each_command_exists_with_its_options(line: str) -> None:
    name, *words = shlex.split(line)[1:]
    found = loaded(palabre.commands[name])
    while isinstance(found, click.Group):
        found = loaded(found.commands[words.pop(0)])
    # Raises click.UsageError for an option that there is not.
    _, left, _ = found.make_parser(click.Context(found)).parse_args(words)
    assert left == []


def test_the_containers_that_are_named_are_there() -> None:
    compose = yaml.safe_load((Path(__file__).parents[2] / "docker-compose.yml").read_text())
    named = re.findall(r"docker compose \S+ \S+ (?:logs|restart|exec) ([a-z]+)", SECTION)
    assert set(named) == {"caddy", "postgres", "serve"}
    assert set(named) <= set(compose["services"])
