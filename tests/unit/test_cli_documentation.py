"""Every command, option, variable and setting is documented."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from pydantic import BaseModel

from community.description.settings import Settings
from palabre_cli.deferred import DeferredCommand
from palabre_cli.installers import SYNAPSE_VENV_VARIABLE
from palabre_cli.main import palabre

ROOT = Path(__file__).parent.parent.parent
COMMANDS = (ROOT / "docs" / "commands.md").read_text()
SETTINGS = (ROOT / "docs" / "settings.md").read_text()


def section(command: str) -> str:
    """Return what docs/commands.md says of one command."""
    match = re.search(
        rf"^##+ palabre {re.escape(command)}\n(.*?)(?=^##|\Z)", COMMANDS, re.DOTALL | re.MULTILINE
    )
    return "" if match is None else match[1]


def commands(group: click.Group = palabre, before: str = "") -> Iterator[tuple[str, click.Command]]:
    """Yield each command with its words, those of groups too."""
    for name, named in group.commands.items():
        command = named.load() if isinstance(named, DeferredCommand) else named
        yield before + name, command
        if isinstance(command, click.Group):
            yield from commands(command, f"{before}{name} ")


@pytest.mark.parametrize(("name", "command"), list(commands()))
def test_each_command_has_its_section(name: str, command: click.Command) -> None:
    text = section(name)
    assert f"palabre {name}" in text
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help
            # What several commands share is said once, at the top.
            shared = parameter.opts[0] in ("--config", "--data") and " " in name
            assert shared or any(
                f"{option} " in text or f"{option}`" in text or f"{option}]" in text
                for option in parameter.opts
            )
            for variable in [parameter.envvar] if isinstance(parameter.envvar, str) else []:
                assert f"`{variable}`" in COMMANDS


def test_no_section_is_about_a_command_that_is_not_there() -> None:
    there = {name for name, _ in commands()}
    assert set(re.findall(r"^##+ palabre (.+)", COMMANDS, re.MULTILINE)) == there


def test_the_options_of_all_commands_and_the_variables_are_there() -> None:
    for parameter in palabre.params:
        assert any(f"`{option}" in COMMANDS for option in parameter.opts)
    assert f"`{SYNAPSE_VENV_VARIABLE}`" in COMMANDS


def leaves(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, object]]:
    """Yield the dotted name and default of each setting."""
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from leaves(field.annotation, f"{prefix}{name}.")
        else:
            yield prefix + name, field.default


@pytest.mark.parametrize(("name", "default"), list(leaves(Settings)))
def test_each_setting_is_documented_with_its_default(name: str, default: object) -> None:
    row = re.search(rf"^\| `{re.escape(name)}` \| ([^|]+) \| [^|]+ \|$", SETTINGS, re.MULTILINE)
    assert row is not None
    if default is not None:
        # Booleans as YAML writes them.
        assert row[1] == f"`{str(default).lower() if isinstance(default, bool) else default}`"


def test_no_other_setting_is_documented() -> None:
    assert set(re.findall(r"^\| `([a-z_.]+)` \|", SETTINGS, re.MULTILINE)) == {
        name for name, _ in leaves(Settings)
    }


@pytest.mark.parametrize("page", ["README.md", "docs/commands.md", "docs/settings.md", "docs/directory.md"])
def test_links_between_the_pages_lead_somewhere(page: str) -> None:
    path = ROOT / page
    for target in re.findall(r"\]\((?!https?://|#)([^)#]+)", path.read_text()):
        assert (path.parent / target).exists(), target
