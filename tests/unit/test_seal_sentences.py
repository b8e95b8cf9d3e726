"""`palabre seal --bot`: what is said of the bot, where its keys are here and where it has a data folder of its own."""

from __future__ import annotations

from pathlib import Path

import yaml

from community.description.data_folder import DataFolder
from palabre_cli.installation.written import UNITS
from palabre_cli.seal import AS_SERVICES, BOT_KEY, IN_CONTAINERS, said_of_bot

ROOT = Path(__file__).parents[2]
INCIDENTS = (ROOT / "docs" / "operator.md").read_text().partition("\n## Ten incidents\n")[2]


def test_a_bot_with_its_keys_here_starts_again_by_itself(tmp_path: Path) -> None:
    data = DataFolder(tmp_path)
    data.prepare()
    data.secret(BOT_KEY).write_text("{}")
    said = str(said_of_bot(data))
    assert "starts again by itself" in said
    assert "hand-to-bots" not in said


def test_a_bot_with_a_folder_of_its_own_is_to_be_given_the_password(tmp_path: Path) -> None:
    data = DataFolder(tmp_path)
    data.prepare()
    said = str(said_of_bot(data))
    assert IN_CONTAINERS in said
    assert AS_SERVICES in said
    assert "by itself" not in said


def test_what_is_named_is_there_and_in_the_first_incident() -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    assert {"hand-to-bots", "bots"} <= services.keys()
    assert {f"{name}.service" for name in AS_SERVICES.split()[3:]} <= set(UNITS)
    first = INCIDENTS.partition("### 2.")[0]
    assert all(command in first for command in (*IN_CONTAINERS.split(" && "), AS_SERVICES))
