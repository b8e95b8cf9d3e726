"""`palabre bot`: what is said before anything is made or asked of a homeserver."""

from __future__ import annotations

from pathlib import Path

import pytest

from community.description.data_folder import DataFolder
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
