"""Each command that people are told to type is run by a test, or can be given as it stands.

The blocks of README.md, docs/operator.md, docs/coordinator.md and docs/directory.md are gone through by tests with
`tests.lib.documented`: this looks that none is left out, and that what stands in the running text is understood.
"""

from __future__ import annotations

import ast
import re
import shlex
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import yaml

from palabre_cli.deferred import DeferredCommand
from palabre_cli.installation.written import UNITS
from palabre_cli.main import palabre
from tests.lib.documented import NOT_RUN, PAGES, ROOT, blocks, command_blocks, documented

PROGRAMS = ("./palabre", "palabre", "docker", "sudo", "systemctl", "journalctl", "git", "apt-get", "age")
"""How a line begins that is a command."""
NOT_OURS = {"caddy", "postgresql"}
"""Units of systemd that are others'."""


def gone_through() -> Iterator[tuple[str, str, int]]:
    """Yield the blocks that tests go through, as their sources name them."""
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        text = path.read_text()
        if "documented(" in text and path != Path(__file__):
            for function in ast.walk(ast.parse(text)):
                if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                    yield from _entered(function)


def _entered(function: ast.AST) -> Iterator[tuple[str, str, int]]:
    """Yield those of a function's ``with`` statements."""
    for statement in _own_statements(function):
        if isinstance(statement, ast.With | ast.AsyncWith):
            for item in statement.items:
                call = item.context_expr
                if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "documented":
                    page, heading, *number = (ast.literal_eval(argument) for argument in call.args)
                    yield page, heading, number[0] if number else 1


def _own_statements(function: ast.AST) -> Iterator[ast.AST]:
    """Yield what is in a function, and not in one that is in it."""
    for child in ast.iter_child_nodes(function):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield child
            yield from _own_statements(child)


def test_each_block_of_commands_is_gone_through_by_one_test() -> None:
    found = Counter(gone_through())
    there = {(block.page, block.heading, block.number) for block in command_blocks()}
    assert len(there) > 20
    assert found == Counter(dict.fromkeys(there, 1))


def test_what_is_no_block_of_commands_has_none() -> None:
    others = [block for page in PAGES for block in blocks(page) if block.kind != "sh"]
    assert others
    assert {block.kind for block in others} == {"text", "yaml", "csv"}
    assert [line for block in others for line in block.commands if line.split()[0] in PROGRAMS] == []


@pytest.mark.parametrize("beginning", NOT_RUN)
def test_what_no_test_runs_is_still_there(beginning: str) -> None:
    assert any(line.startswith(beginning) for block in command_blocks() for line in block.commands)


def test_a_command_too_many_or_another_one_is_found() -> None:
    with pytest.raises(AssertionError, match="nothing has run"), documented("docs/operator.md", "Upgrade"):
        pass
    with documented("docs/operator.md", "Upgrade") as next_command:
        with pytest.raises(AssertionError, match="the test looks for 'palabre back"):
            next_command("palabre backup")
        with pytest.raises(AssertionError, match="no command is left"):
            next_command("palabre backup")


def said_in_passing() -> list[str]:
    """Return the commands in the running text of the pages, without those that say where there may be more."""
    text = "\n".join(re.sub(r"^ *```.*?^ *```", "", (ROOT / page).read_text(), flags=re.DOTALL | re.MULTILINE) for page in PAGES)
    found = {" ".join(command.split()) for command in re.findall(r"(?<!`)`([^`]+)`(?!`)", text)}
    return sorted(command for command in found if command.split(" ")[0] in PROGRAMS and "…" not in command)


ALL = sorted({*said_in_passing(), *(line for block in command_blocks() for line in block.commands)})
OURS = [line for line in ALL if line.split()[0] in ("./palabre", "palabre") and " " in line]
COMPOSED = [line for line in ALL if line.startswith("docker compose ")]


def loaded(command: click.Command) -> click.Command:
    return command.load() if isinstance(command, DeferredCommand) else command


def parsed(line: str) -> None:
    """Take a command as click does before it runs it. Raises click.UsageError, also where what it needs is missing."""
    name, *words = shlex.split(line.replace("NUMBER", "412"), comments=True)[1:]
    found = loaded(palabre.commands[name])
    while isinstance(found, click.Group) and words and words[0] in found.commands:
        found = loaded(found.commands[words.pop(0)])
    if isinstance(found, click.Group) and not words:
        return  # it names the group of commands
    with found.make_context(name, words):
        pass
