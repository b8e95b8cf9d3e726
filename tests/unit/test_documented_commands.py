"""Each command that people are told to type is run by a test, or can be given as it stands.

The blocks of README.md, docs/operator.md, docs/coordinator.md and docs/directory.md are gone through by tests with
`tests.lib.documented`: this looks that none is left out, and that what stands in the running text is understood.
"""

from __future__ import annotations

import ast
import re
import shlex
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import click
import pytest

from palabre_cli.installation.written import UNITS
from palabre_cli.main import palabre
from tests.lib.compose import compose_call
from tests.lib.documented import NOT_RUN, PAGES, ROOT, blocks, command_blocks, documented
from tests.unit.test_incident_commands import loaded

PROGRAMS = ("./palabre", "palabre", "docker", "sudo", "systemctl", "journalctl", "git", "apt-get", "age")
"""How a line begins that is a command."""
NOT_OURS = {"caddy"}
"""A unit of Debian's."""


def gone_through() -> Iterator[tuple[str, str, int]]:
    """Yield the blocks that tests go through, as their sources name them."""
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        text = path.read_text()
        if "documented(" in text and path != Path(__file__):
            module = ast.parse(text)
            names = dict(_constants(module))
            for function in ast.walk(module):
                if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                    yield from _entered(function, names)


def _constants(module: ast.Module) -> Iterator[tuple[str, object]]:
    """Yield the texts and numbers that have a name of their own in a module."""
    for statement in module.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant):
            for target in statement.targets:
                if isinstance(target, ast.Name):
                    yield target.id, statement.value.value


def _entered(function: ast.AST, names: Mapping[str, object]) -> Iterator[tuple[str, str, int]]:
    """Yield those of a function's ``with`` statements."""
    for statement in _own_statements(function):
        if isinstance(statement, ast.With | ast.AsyncWith):
            for item in statement.items:
                call = item.context_expr
                if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "documented":
                    page, heading, *number = (_value(argument, names) for argument in call.args)
                    yield str(page), str(heading), int(str(number[0])) if number else 1


def _value(argument: ast.expr, names: Mapping[str, object]) -> object:
    return names[argument.id] if isinstance(argument, ast.Name) else ast.literal_eval(argument)


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
    # The one of SQL is run by `tests/live/test_leaving_live.py`.
    assert {block.kind for block in others} == {"text", "yaml", "csv", "sql"}
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


def said_in_passing() -> Iterator[str]:
    """Yield the commands in the running text of the pages, but those that leave something out (…)."""
    for page in PAGES:
        text = re.sub(r"^ *```.*?^ *```", "", (ROOT / page).read_text(), flags=re.DOTALL | re.MULTILINE)
        for command in re.findall(r"(?<!`)`([^`]+)`(?!`)", text):
            if command.split()[0] in PROGRAMS and "…" not in command:
                yield " ".join(command.split())


def our_words(line: str) -> list[str]:
    """Return the words behind our own command, where a line has it."""
    words = shlex.split(line.replace("'", ""), comments=True)
    ours = [
        at + 1
        for at, word in enumerate(words)
        if word in ("palabre", "./palabre", "/opt/palabre/palabre")
        and words[at - 1] not in ("-u", "-o", "-g")
    ]
    known = (at for at in ours if at < len(words) and words[at] in palabre.commands)
    return words[next(known, len(words)) :]


ALL = sorted({*said_in_passing(), *(line for block in command_blocks() for line in block.commands)})
OURS = [line for line in ALL if our_words(line)]
COMPOSED = [line for line in ALL if line.startswith("docker compose ")]
UNITS_NAMED = [line for line in ALL if re.search(r"systemctl|journalctl", line)]


@pytest.mark.parametrize("line", OURS)
def test_a_command_of_ours_is_there_with_its_options(line: str) -> None:
    found: click.Command = palabre
    for word in our_words(line):
        if isinstance(found, click.Group) and word in found.commands:
            found = loaded(found.commands[word])
            continue
        assert not isinstance(found, click.Group), f"palabre has no command {word}"
        if word.startswith("-"):
            assert word in {option for parameter in found.params for option in parameter.opts}, line


@pytest.mark.parametrize("line", COMPOSED)
def test_compose_has_the_command_and_our_file_the_service(line: str) -> None:
    words = shlex.split(line, comments=True)[2:]
    # What is to be put before our own commands.
    compose_call([*words, "palabre"] if words[-2:] == ["exec", "serve"] else words)


@pytest.mark.parametrize(
    "line",
    [
        "--env-file network/.env exec provisioning palabre doctor",
        "--env-file network/.env --profile monitor up --detach",
        "--env-file network/.env up --detatch",
        "--env-file network/.env exec serve",
        "--env-file network/.env start",
    ],
)
def test_a_slip_in_a_line_of_compose_is_found(line: str) -> None:
    with pytest.raises(ValueError, match="docker compose"):
        compose_call(shlex.split(line))


@pytest.mark.parametrize("line", UNITS_NAMED)
def test_the_units_that_are_named_are_written_by_init(line: str) -> None:
    verb, *rest = re.split(r"(?:systemctl|journalctl) ", line)[1].split()
    named = {word for word in rest if not word.startswith("-")}
    assert named or verb == "daemon-reload"
    assert named <= {unit.removesuffix(".service") for unit in UNITS} | NOT_OURS
