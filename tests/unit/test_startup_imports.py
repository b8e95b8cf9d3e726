"""A command imports what it needs and no more: which modules are there when it has ended, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import click
import pytest

from bots.features.answering import ANSWERING
from bots.features.registry import FEATURES
from palabre_cli.deferred import DeferredCommand
from palabre_cli.main import palabre

ROOT = Path(__file__).parent.parent.parent
EXAMPLE = str(ROOT / "config")
DRAWING = {"rich"}
LOGS = {"structlog"}
NETWORK = {"aiohttp", "asyncio", "ssl"}
STORE = {"sqlalchemy", "alembic", "aiosqlite"}
MACHINE = {"nio", "vodozemac", "Crypto", "peewee"}
SERVICES = {"apscheduler", "prometheus_client", "jinja2", "bots.encryption", "provisioning", "palabre_cli.up"}
SEARCH = {"numpy", "py3langid", "rapidfuzz", "babel", "community.search"}
GUARDED = {f"bots.features.{name}" for name in ("edit", "identity", "privacy", "removal", "registry")}
UNASKED = {"py3langid", "babel", "bots.features.pass_on", "bots.context.sources", "bots.context.background"}
"""What only the bot needs, what few questions need, and what only the first one after an installation needs."""
NEVER = DRAWING | LOGS | NETWORK | STORE | MACHINE | SERVICES
DESCRIPTION = {"pydantic", "yaml", "dateutil", "phonenumbers", "community.description"}


def deferred(group: click.Group, before: str = "") -> Iterator[tuple[str, DeferredCommand]]:
    """Yield each deferred command with its words, those of groups too."""
    for name, command in group.commands.items():
        if isinstance(command, DeferredCommand):
            yield f"{before}{name}", command
            itself = command.load()
            if isinstance(itself, click.Group):
                yield from deferred(itself, f"{before}{name} ")


COMMANDS = dict(deferred(palabre))
_PROGRAM = """
import json, sys
from palabre_cli.main import run
code = run()
print(json.dumps([code, sorted(sys.modules)]), file=sys.stderr)
"""


_IMPORTING = """
import importlib, os, sys
import aiohttp, aiosqlite, alembic, dateutil.rrule, jinja2, phonenumbers, pydantic, rapidfuzz, sqlalchemy, yaml
import community.description.load, community.storage, palabre_cli.options
absent, *modules = sys.argv[1:]
assert absent not in sys.modules
for module in modules:
    pid = os.fork()
    if pid == 0:
        importlib.import_module(module)
        print(module, absent in sys.modules, flush=True)
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0, module
"""


def imported(*arguments: str) -> set[str]:
    """Run a command; return the modules that it left imported."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", _PROGRAM, *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT), "LANGUAGE": "en"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    code, modules = json.loads(done.stderr.splitlines()[-1])
    assert code == 0, done.stderr
    return set(modules)


def that_import(name: str, modules: Iterable[str]) -> set[str]:
    """Return those of our modules that import a foreign one, each in a process of its own.

    The processes are forked from one that has imported what most of them need, and that one not.
    """
    lines = printed(_IMPORTING, name, *modules).splitlines()
    return {line.split()[0] for line in lines if line.endswith("True")}


def printed(program: str, *arguments: str) -> str:
    """Return what a program prints, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-P", "-c", program, *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


@pytest.mark.parametrize(
    ("arguments", "forbidden"),
    [
        (("--help",), NEVER | SEARCH | DESCRIPTION | {"palabre_cli.terminal", "pathlib"}),
        (("directory", "--help"), NEVER | SEARCH | DESCRIPTION),
        (("check", "--config", EXAMPLE), NEVER | SEARCH),
        (("--lang", "fr", "check", "--config", EXAMPLE), NEVER | SEARCH),
        (
            ("ask", "Who do I ask about waste in Kigali?", "--config", EXAMPLE),
            NEVER | UNASKED | GUARDED,
        ),
        (("ask", "Qui contacter pour les déchets à Kigali ?", "--config", EXAMPLE), NEVER | UNASKED),
        (("ask", "Quem trata do lixo em Maputo?", "--config", EXAMPLE), NEVER | UNASKED),
        (("ask", "من المسؤول عن النفايات في كيغالي؟", "--config", EXAMPLE), NEVER | UNASKED),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_command_imports_nothing_that_it_does_not_need(
    arguments: tuple[str, ...], forbidden: set[str]
) -> None:
    found = imported(*arguments) & forbidden
    if found:  # the first run after an installation works out what the next ones find compiled
        found = imported(*arguments) & forbidden
    assert found == set()


def test_nio_is_imported_where_the_machine_begins_and_by_no_other_process() -> None:
    commands = [f"palabre_cli.{name}" for name in ("up", "provision", "seal", "person")]
    assert that_import("nio", [*commands, "bots.encryption.machine"]) == {"bots.encryption.machine"}


def test_the_package_of_encryption_gives_each_name_that_it_promises() -> None:
    program = "import bots.encryption as e; print({n for n in e.__all__ if getattr(e, n).__name__ != n})"
    assert printed(program) == "set()\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_what_help_says_of_a_command_is_what_the_command_says_of_itself(name: str) -> None:
    command = COMMANDS[name].load()
    assert command.name == COMMANDS[name].name
    assert command.get_short_help_str(1000) == COMMANDS[name].get_short_help_str(1000)


def test_a_command_for_which_no_log_is_set_up_imports_nothing_that_logs() -> None:
    without = {command.target.partition(":")[0] for command in COMMANDS.values() if not command.writes_log}
    logging = "palabre_cli.logs"
    assert that_import("structlog", sorted({*without, logging})) == {logging}


def test_the_command_asks_the_features_that_answer_everybody_and_no_others() -> None:
    assert tuple(feature for feature in FEATURES if not feature.guarded) == ANSWERING
