"""Where Synapse is installed: an environment that others may use is never emptied."""

from __future__ import annotations

from pathlib import Path

import pytest

from palabre_cli import installers
from palabre_cli.errors import ForeignEnvironment
from palabre_cli.installers import install_synapse, needs_synapse
from tests.lib.commands import palabre
from tests.lib.descriptions import SMALL

PINNED = "matrix-synapse==1.163.0\n"


@pytest.fixture(autouse=True)
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Record what would be run, beside a checkout of the test's own; nothing is installed."""
    ran: list[list[str]] = []

    async def record(command: list[str], _log: Path, _what: str) -> None:
        ran.append(command)

    monkeypatch.setattr(installers, "_run", record)
    monkeypatch.setattr(installers, "_ROOT", tmp_path / "checkout")
    (tmp_path / "checkout").mkdir()
    return ran


@pytest.fixture
def constraints(tmp_path: Path) -> Path:
    path = tmp_path / "constraints.txt"
    path.write_text(PINNED)
    return path


def environment(venv: Path, version: str = "1.120.0", stamp: str | None = "another's") -> Path:
    """Make an environment as another checkout has installed it."""
    (venv / "lib" / "python3.11" / "site-packages" / f"matrix_synapse-{version}.dist-info").mkdir(
        parents=True
    )
    (venv / "bin").mkdir()
    (venv / "bin" / "python").write_text("")
    if stamp is not None:
        (venv / "palabre-installed").write_text(stamp)
    return venv


def tree(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


@pytest.mark.parametrize("stamp", ["another's", None], ids=["of another Palabre", "of nobody"])
async def test_an_environment_elsewhere_is_refused_and_stays(
    tmp_path: Path, constraints: Path, commands: list[list[str]], stamp: str | None
) -> None:
    venv = environment(tmp_path / "shared", stamp=stamp)
    before = tree(venv)
    with pytest.raises(ForeignEnvironment) as raised:
        await install_synapse(venv, constraints, tmp_path / "log")
    assert str(raised.value.sentence) == (
        f"{venv} has Synapse 1.120.0 of another installation, and this Palabre needs Synapse 1.163.0 as it was tested: "
        "nothing was changed there, since others may use it."
    )
    assert "Unset PALABRE_SYNAPSE_VENV" in str(raised.value.remedy)
    assert (tree(venv), commands) == (before, [])


async def test_what_is_no_environment_at_all_stays_too(
    tmp_path: Path, constraints: Path, commands: list[list[str]]
) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "to-my-mother").write_text("dear")
    (tmp_path / "file").write_text("dear")
    for venv in (tmp_path / "letters", tmp_path / "file"):
        with pytest.raises(ForeignEnvironment, match="has something that is no Synapse"):
            await install_synapse(venv, constraints, tmp_path / "log")
    assert (tmp_path / "letters" / "to-my-mother").read_text() == "dear"
    assert commands == []


async def test_the_one_beside_the_checkout_is_made_anew(
    tmp_path: Path, constraints: Path, commands: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    venv = environment(tmp_path / "checkout" / ".venv-synapse")
    monkeypatch.chdir(tmp_path)
    # Also where the variable names it, in other words.
    await install_synapse(Path("checkout/../checkout/.venv-synapse"), constraints, tmp_path / "log")
    assert tree(venv) == {"palabre-installed"}
    assert not needs_synapse(venv, constraints)
    assert len(commands) == 2


async def test_one_that_is_shared_by_a_link_beside_the_checkout_is_not(
    tmp_path: Path, constraints: Path, commands: list[list[str]]
) -> None:
    shared = environment(tmp_path / "shared")
    (tmp_path / "checkout" / ".venv-synapse").symlink_to(shared)
    for venv in (tmp_path / "checkout" / ".venv-synapse", shared):
        with pytest.raises(ForeignEnvironment):
            await install_synapse(venv, constraints, tmp_path / "log")
    assert commands == []


@pytest.mark.parametrize("is_there", [True, False])
async def test_a_new_folder_elsewhere_is_filled_and_one_that_was_broken_off_is_begun_anew(
    tmp_path: Path, constraints: Path, monkeypatch: pytest.MonkeyPatch, is_there: bool
) -> None:
    venv = tmp_path / "mine"
    if is_there:
        venv.mkdir()

    async def killed(_command: list[str], _log: Path, _what: str) -> None:
        (venv / "half").write_text("")
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(installers, "_run", killed)
        with pytest.raises(KeyboardInterrupt):
            await install_synapse(venv, constraints, tmp_path / "log")
    assert needs_synapse(venv, constraints)
    await install_synapse(venv, constraints, tmp_path / "log")
    assert tree(venv) == {"palabre-installed"}
    # Once it is whole, another Palabre may use it too: it is not emptied for a newer one.
    constraints.write_text(PINNED.replace("163", "164"))
    with pytest.raises(ForeignEnvironment):
        await install_synapse(venv, constraints, tmp_path / "log")


async def test_up_says_it_in_one_sentence_and_in_french(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    venv = environment(tmp_path / "shared")
    monkeypatch.setenv("PALABRE_SYNAPSE_VENV", str(venv))
    arguments = ("--config", SMALL, "--data", tmp_path / "data", "--port", "0")
    ran = await palabre("up", *arguments, language="fr")
    assert ran.code == 1
    assert "contient Synapse 1.120.0 d'une autre installation" in ran.err
    assert (venv / "bin" / "python").is_file()
