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


def parsed(line: str) -> None:
    """Take a command as click does before it runs it. Raises click.UsageError, also where what it needs is missing."""
    name, *words = shlex.split(line.replace("NUMBER", "412"))[1:]
    found = loaded(palabre.commands[name])
    while isinstance(found, click.Group) and words and words[0] in found.commands:
        found = loaded(found.commands[words.pop(0)])
    with found.make_context(name, words):
        pass


@pytest.mark.parametrize("line", NAMED)
def test_each_command_exists_with_its_options_and_has_all_that_it_needs(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    parsed(line)


@pytest.mark.parametrize(
    "line", ["palabre restore ARCHIVE", "palabre seal --bots", "palabre person adopt --no"]
)
def test_a_command_that_lacks_something_is_found(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(click.UsageError):
        parsed(line)


def test_a_password_of_postgresql_is_changed_by_whom_the_socket_knows_and_where_it_is_read() -> None:
    compose = yaml.safe_load((Path(__file__).parents[2] / "docker-compose.yml").read_text())
    assert "--auth-local=peer" in compose["services"]["postgres"]["environment"]["POSTGRES_INITDB_ARGS"]
    changed = re.findall(r"exec postgres psql -U (\w+) -c '\\password (\w+)'", SECTION)
    assert changed == [("postgres", "synapse"), ("postgres", "palabre")]
    for service, secret in (("synapse-config", "synapse_password"), ("serve", "palabre_password")):
        assert secret in compose["services"][service]["secrets"]
        assert f"`network/secrets/{secret}`" in SECTION


def test_no_file_in_a_private_folder_is_named_by_the_shell_of_who_may_not_look_into_it() -> None:
    with_names = re.findall(r"^sudo .*\*.*$", PAGE, re.MULTILINE)
    assert with_names
    assert all(line.startswith("sudo sh -c '") for line in with_names)
