"""`palabre bot`: what is said before anything is made or asked of a homeserver."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest

from community.description.data_folder import DataFolder
from palabre_cli.bot import recovery_key
from palabre_cli.bot.recovery_key import give_recovery_key
from palabre_cli.errors import CommandError
from palabre_cli.terminal import Terminal
from tests.lib.descriptions import SMALL
from tests.lib.in_process import palabre

KEY = "EsTj 3yST y93F SLpB jJsz eAXc 2XzA ygD3 w69H fGaN TKBj jXEd"


@pytest.fixture
def data(tmp_path: Path) -> DataFolder:
    folder = DataFolder(tmp_path / "data")
    folder.prepare()
    # Nobody listens there.
    folder.embedded_url.write_text("http://127.0.0.1:9\n")
    return folder


def options(data: DataFolder) -> tuple[str, ...]:
    return ("--config", str(SMALL), "--data", str(data.root))


def test_in_a_pipe_no_key_is_made_for_it_would_be_kept_somewhere(data: DataFolder, tmp_path: Path) -> None:
    ran = palabre("bot", "recovery-key", *options(data), cwd=tmp_path)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("Nothing was made: a recovery key is shown at a terminal alone.")


def test_a_file_that_is_there_is_left_alone_and_nothing_is_made(data: DataFolder, tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.write_text("mine")
    ran = palabre("bot", "recovery-key", "--to", there, *options(data), cwd=tmp_path)
    assert (ran.code, ran.out, there.read_text()) == (1, "", "mine")
    assert "cannot be written: File exists. Name a file that is not there yet." in ran.err


def test_where_none_could_be_made_the_file_is_gone_again(data: DataFolder, tmp_path: Path) -> None:
    ran = palabre("bot", "recovery-key", "--to", tmp_path / "new", *options(data), cwd=tmp_path)
    assert ran.code == 1
    assert ran.err.startswith("The bot cannot sign in with")
    assert not (tmp_path / "new").exists()


def test_where_the_disk_has_no_room_for_the_key_none_is_made(data: DataFolder, tmp_path: Path) -> None:
    to, before = tmp_path / "new", resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, before[1]))
    try:
        with pytest.raises(CommandError, match=r"Nothing was made: .*new cannot be written: File too large"):
            give_recovery_key(Terminal.open(), "http://127.0.0.1:9", data, to, lambda: None)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not to.exists()


def test_the_file_has_the_key_and_nothing_else(
    data: DataFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def made(*_: object) -> str:
        return KEY

    monkeypatch.setattr(recovery_key, "_made", made)
    give_recovery_key(Terminal.open(), "", data, tmp_path / "new", lambda: None)
    assert (tmp_path / "new").read_text() == f"{KEY}\n"
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("typed", ["", "no key", KEY[:-1], KEY.replace("3yST", "3yTS")])
def test_a_mistyped_key_is_said_to_be_none_before_anything_is_asked(
    data: DataFolder, tmp_path: Path, typed: str
) -> None:
    ran = palabre("bot", "recover", *options(data), cwd=tmp_path, given=typed.encode())
    assert ran.code == 1
    assert ran.err.startswith("That is not a recovery key")
    assert typed == "" or typed not in ran.err
    assert not list(data.identity.iterdir())
    french = palabre("bot", "recover", *options(data), cwd=tmp_path, given=typed.encode(), language="fr")
    assert french.err.startswith("Ce n'est pas une clé de récupération")


def test_a_key_is_read_from_a_file_too(data: DataFolder, tmp_path: Path) -> None:
    path = tmp_path / "key"
    missing = palabre("bot", "recover", "--key-file", path, *options(data), cwd=tmp_path)
    assert (missing.code, missing.err) == (1, f"{path} cannot be read.\n")
    path.write_text(f"{KEY}\n")
    path.chmod(0o644)
    ran = palabre("bot", "recover", "--key-file", path, *options(data), cwd=tmp_path)
    assert ran.code == 1
    assert f"Others on this computer can read {path}." in ran.err
    assert "The bot cannot sign in with" in ran.err
