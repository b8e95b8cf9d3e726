"""Options that several commands share: which data folder is meant where none is named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from community.description.data_folder import DataFolder
from palabre_cli.options import REMEMBERED, config_option, examined_data_option


@click.command
@config_option
@examined_data_option
def shown(config: Path, data: DataFolder) -> None:
    """Print where the data folder is."""
    click.echo(data.root if config.name else "")


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    monkeypatch.chdir(tmp_path)
    for name in ("PALABRE_CONFIG", "PALABRE_DATA"):
        monkeypatch.delenv(name, raising=False)

    def ask(*arguments: str, **environment: str) -> str:
        done = CliRunner().invoke(shown, arguments, env=environment, catch_exceptions=False)
        return str(Path(done.output.strip()).relative_to(tmp_path))

    return ask


def network(name: str) -> None:
    """Make what `palabre init` leaves."""
    folder = Path(name)
    folder.mkdir()
    (folder / REMEMBERED).write_text("{}")


def test_without_a_network_it_is_beside_the_reader(asked: Callable[..., str]) -> None:
    assert asked() == "data"
    assert asked("--config", "mine") == "data"


def test_it_is_the_networks_whose_description_is_meant(asked: Callable[..., str]) -> None:
    network("network")
    network("other")
    assert asked() == "network/data"
    assert asked("--config", "network/config") == "network/data"
    assert asked("--config", "other/config") == "other/data"
    assert asked(PALABRE_CONFIG="other/config") == "other/data"


def test_inside_a_network_it_is_that_one(asked: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    network("network")
    Path("network/config").mkdir()
    monkeypatch.chdir("network/config")
    assert asked() == "network/data"
    monkeypatch.setattr("os.geteuid", lambda: 4711)
    assert asked() == "network/config/data"


def test_nobody_is_led_to_what_others_have_put_around_them(
    asked: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    network("mine")
    Path("everybodys/here").mkdir(parents=True)
    (Path("everybodys") / REMEMBERED).symlink_to(Path("mine", REMEMBERED).absolute())
    Path("mine/here").mkdir()
    monkeypatch.chdir("everybodys/here")
    assert asked() == "everybodys/here/data"
    monkeypatch.chdir("../../mine/here")
    assert asked() == "mine/data"
    Path("..").chmod(0o1777)  # as /tmp is: what stands in it besides may be anybody's
    assert asked() == "mine/here/data"


def test_a_description_of_ones_own_has_nothing_of_the_networks(asked: Callable[..., str]) -> None:
    network("network")
    assert asked("--config", "mine") == "data"
    assert asked("--data", "there") == "there"
    assert asked("--data", "there", "--config", "mine") == "there"
    assert asked("--config", "mine", PALABRE_DATA="there") == "there"
