"""The data folder: private files, whole or not at all, one process at a time."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.core.errors import DataFolderError
from community.description.data_folder import (
    DataFolder,
    homeserver_url,
    read_private_json,
    write_private,
    write_private_json,
)
from community.description.settings import HomeserverSettings, Settings


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    data = DataFolder(tmp_path / "data")
    data.prepare()
    return data


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_every_folder_is_its_owners_alone(folder: DataFolder) -> None:
    folder.prepare()  # a second time finds all
    for path in (folder.root, *folder.root.iterdir()):
        # Others may read what is published where that folder alone is given to them: not by way of its root.
        is_published = path in (folder.feeds, folder.invitations)
        assert mode(path) == (0o755 if is_published else 0o700), path
    assert {path.name for path in folder.root.iterdir()} == {
        "feeds",
        "invitations",
        "joining",
        "secrets",
        "identity",
        "bot-crypto",
        "synapse",
        "logs",
        "run",
    }


def test_names_within_the_folder(folder: DataFolder) -> None:
    assert folder.secret("bot.json") == folder.root / "secrets" / "bot.json"
    assert folder.ready_file("bots") == folder.root / "run" / "bots.ready"
    assert DataFolder(Path("data")).store_url == f"sqlite+aiosqlite:///{Path.cwd()}/data/palabre.db"


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DataFolderError) as raised:
        DataFolder(tmp_path / "file").prepare()
    assert str(raised.value) == (
        f"The data folder {tmp_path}/file cannot be written: File exists. "
        "Make room or change its rights, or name another with --data."
    )


def test_a_private_file_is_its_owners_alone_whatever_the_umask(folder: DataFolder) -> None:
    before = os.umask(0)
    try:
        write_private_json(folder.sign_in, {"name": "Sèmè-Podji"})
    finally:
        os.umask(before)
    assert mode(folder.sign_in) == 0o600
    assert read_private_json(folder.sign_in) == {"name": "Sèmè-Podji"}
    assert "Sèmè-Podji" in folder.sign_in.read_text(encoding="utf-8")


def test_a_write_that_fails_leaves_what_was_there(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_private(folder.sign_in, b"first")

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DataFolderError, match="No space left on device"):
        write_private(folder.sign_in, b"second")
    assert folder.sign_in.read_bytes() == b"first"
    assert [path.name for path in folder.root.iterdir() if path.is_file()] == ["sign-in.json"]


def test_what_a_killed_process_has_left_of_a_file_goes_with_the_next_writing(folder: DataFolder) -> None:
    """A process that was killed has written passwords into a draft, and nobody would look for them there."""
    left, others = folder.root / ".sign-in.json.4242", folder.root / ".sign-in.json.4242.kept"
    fresh, elsewhere = folder.root / ".sign-in.json.4243", folder.root / ".other.json.4242"
    for path in (left, others, fresh, elsewhere):
        path.write_text("secret")
        os.utime(path, (0, 0))
    os.utime(fresh)
    write_private_json(folder.sign_in, {})
    assert [path.exists() for path in (left, others, fresh, elsewhere)] == [False, True, True, True]


def test_a_file_that_is_not_there_is_none(folder: DataFolder) -> None:
    assert read_private_json(folder.secret("bot.json")) is None


@given(content=st.binary(max_size=40).filter(lambda data: not data.strip().startswith(b"{")))
def test_a_damaged_file_is_said_and_never_shown(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.mktemp("secrets") / "bot.json"
    path.write_bytes(content)
    with pytest.raises(DataFolderError) as raised:
        read_private_json(path)
    assert str(raised.value) == (
        f"The file {path} is damaged or cannot be read. Put back the copy you keep of it, then start again."
    )


def test_deep_json_is_damage(folder: DataFolder) -> None:
    folder.sign_in.write_text("[" * 200_000)
    with pytest.raises(DataFolderError):
        read_private_json(folder.sign_in)


HOLDER = """
import sys
from pathlib import Path
from community.description.data_folder import DataFolder
with DataFolder(Path(sys.argv[1])).locked("lock", "palabre up"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_process_is_told_who_holds_the_folder(folder: DataFolder) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder.root)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert holder.stdin is not None
    assert holder.stdout is not None
    with holder:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(DataFolderError) as raised, folder.locked("lock", "palabre apply"):
            pass
        assert str(raised.value) == (
            f"The data folder {folder.root} is in use by process {holder.pid} palabre up. "
            "Wait until that one has ended, or stop it, then try again."
        )
        with folder.locked("apply.lock", "palabre apply"):
            pass  # another lock is another matter
        holder.kill()
    with folder.locked("lock", "palabre up"):
        assert (folder.root / "lock").read_text() == f"{os.getpid()} palabre up\n"


def test_a_lock_is_given_back_after_an_error(folder: DataFolder) -> None:
    with pytest.raises(ZeroDivisionError), folder.locked("lock", "palabre up"):
        raise ZeroDivisionError
    with folder.locked("lock", "palabre up"):
        pass


def test_a_lock_in_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with (
        pytest.raises(DataFolderError, match="No such file"),
        DataFolder(tmp_path / "no").locked("lock", "x"),
    ):
        pass


def test_where_the_homeserver_is(folder: DataFolder) -> None:
    with pytest.raises(DataFolderError, match="No homeserver is known"):
        homeserver_url(Settings(), folder)
    folder.embedded_url.write_text("http://127.0.0.1:8448\n")
    assert homeserver_url(Settings(), folder) == "http://127.0.0.1:8448"
    named = Settings(homeserver=HomeserverSettings(url="https://matrix.example.org"))
    assert homeserver_url(named, folder) == "https://matrix.example.org"
