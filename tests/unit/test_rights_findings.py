"""What `palabre doctor` says of files of the description that others on the computer can change or read."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.lib.descriptions import DATA
from tests.lib.in_process import palabre


@pytest.fixture
def config(tmp_path: Path) -> Path:
    copy = tmp_path / "my config"
    shutil.copytree(DATA / "small", copy)
    copy.chmod(0o755)
    for path in copy.iterdir():
        path.chmod(0o644)
    return copy


def warnings(config: Path) -> list[str]:
    done = palabre("doctor", "--config", config, "--data", config.parent / "none", cwd=config.parent)
    lines = done.out.splitlines()
    return [line for line in lines if "description" in line or "password" in line or "chmod" in line]


def test_nothing_is_said_of_files_that_others_can_only_read(config: Path) -> None:
    assert warnings(config) == []


def test_a_file_that_anybody_can_change_is_said_with_the_command_that_mends_it(config: Path) -> None:
    (config / "community.yaml").chmod(0o666)
    said, remedy = warnings(config)
    assert said.startswith("! 1 file or folder of the description can be changed by others")
    command = remedy.partition("Mend it: ")[2]
    subprocess.run(shlex.split(command), check=True)
    assert warnings(config) == []


def test_so_is_a_password_of_the_database_that_anybody_can_read(config: Path) -> None:
    password = config.parent / "store password"
    password.write_text("hidden-word\n")
    password.chmod(0o644)
    settings = f"store_url: postgresql://palabre@127.0.0.1:1/x\nstore_password_file: {password}\n"
    (config / "settings.yaml").write_text(f"version: 1\n{settings}")
    said, remedy = warnings(config)
    assert "has the database's password" in said
    assert "hidden-word" not in said
    subprocess.run(shlex.split(remedy.partition("Mend it: ")[2]), check=True)
    assert warnings(config) == []
