"""The data folder is its owner's alone: also one that was there before, and what is made later."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from community.core.doctor import State
from community.core.errors import DataFolderError
from community.core.messages import translator
from community.core.private_files import close_to_others, open_to_others
from community.description.data_folder import DataFolder
from palabre_cli.folder_findings import folder_findings
from palabre_cli.terminal import PACKAGES
from tests.lib.forked import ROOT
from tests.lib.in_process import palabre

say = translator("en", PACKAGES)


@pytest.fixture
def old(tmp_path: Path) -> DataFolder:
    """A data folder as an earlier Palabre left it: folders 0755, databases and logs 0644."""
    data = DataFolder(tmp_path / "data")
    data.prepare()
    (data.synapse / "media" / "local").mkdir(parents=True)
    for path in (
        data.store,
        data.store.with_name("palabre.db-wal"),
        data.store.with_name("palabre.db-shm"),
        data.sign_in,
        data.secret("bot.json"),
        data.identity / "seeds.json",
        data.synapse / "homeserver.db",
        data.synapse / "signing.key",
        data.synapse / "media" / "local" / "picture",
        data.logs / "bots.log",
    ):
        path.write_text("x")
        path.chmod(0o644)
    data.store.unlink()
    with closing(sqlite3.connect(data.store)) as connection:
        connection.execute("CREATE TABLE t (t)")
    data.store.chmod(0o644)
    for folder in (data.root, *(path for path in data.root.rglob("*") if path.is_dir())):
        folder.chmod(0o755)
    return data


def modes(root: Path) -> set[int]:
    return {stat.S_IMODE(path.stat().st_mode) for path in (root, *root.rglob("*"))}


def test_what_was_there_is_closed_and_said_once(old: DataFolder) -> None:
    done = close_to_others(old.root)
    assert done.left == ()
    assert done.sentence is not None
    assert say(done.sentence) == (
        f"{len(done.closed)} files and folders could be used by others here (such as {old.root}):"
        " they are closed to them now."
    )
    picture = old.synapse / "media" / "local" / "picture"
    assert stat.S_IMODE(picture.parent.parent.stat().st_mode) == 0o700  # so nobody comes to what is in it
    picture.chmod(0o600)
    picture.parent.chmod(0o700)
    # The last is the folder of what is published.
    assert modes(old.root) == {0o700, 0o600, 0o755}
    assert close_to_others(old.root).sentence is None


def test_every_command_closes_the_folder_before_it_uses_it(old: DataFolder, tmp_path: Path) -> None:
    old.store.unlink()
    first, second = (palabre("audit", "--data", old.root, cwd=tmp_path).err for _ in range(2))
    assert "are closed to them now." in first
    assert "are closed" not in second


def test_a_process_of_ours_makes_private_files_whatever_the_umask_was(tmp_path: Path) -> None:
    # What the command does stands for all that is written below it: files by libraries, child processes.
    program = (
        "import subprocess\nfrom palabre_cli import main as m\n"
        "m.run = lambda *_: subprocess.call(['touch', 'made'])\nm.main()"
    )
    subprocess.run(
        [sys.executable, "-P", "-c", program],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        check=True,
        umask=0,
    )
    assert stat.S_IMODE((tmp_path / "made").stat().st_mode) == 0o600


def test_the_doctor_changes_nothing_and_says_what_is_open(old: DataFolder, tmp_path: Path) -> None:
    old.secret("bot.json").unlink()
    found = open_to_others(old.root)
    ran = palabre("doctor", "--data", old.root, cwd=tmp_path)
    assert ran.code == 1
    assert f"✗ {len(found)} files and folders of the data folder can be used by others" in ran.out
    assert open_to_others(old.root) == found


def test_a_root_that_stays_open_is_refused_and_a_file_that_does_is_a_finding(
    old: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(path: Path, mode: int) -> None:
        raise PermissionError(1, "Operation not permitted")

    # As another user's files do to anybody but root, who runs the tests.
    with monkeypatch.context() as patched:
        patched.setattr(Path, "chmod", refused)
        with pytest.raises(DataFolderError, match="it cannot be closed"):
            close_to_others(old.root)
        old_mode = old.root.stat().st_mode
    assert stat.S_IMODE(old_mode) == 0o755
    old.root.chmod(0o700)
    monkeypatch.setattr(Path, "chmod", refused)
    assert old.sign_in in close_to_others(old.root).left


def test_links_out_of_the_folder_are_not_followed(old: DataFolder, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    outside.chmod(0o755)
    (old.root / "link").symlink_to(outside)
    close_to_others(old.root)
    assert stat.S_IMODE(outside.stat().st_mode) == 0o755


def test_the_findings_say_who_and_how_much() -> None:
    rights, room = folder_findings((), 5_000_000_000, 1_000_000_000)
    assert (rights.state, room.state) == (State.OK, State.OK)
    (rights, room) = folder_findings((Path("/d/x"),), 10_000_000, 1_000_000_000)
    assert (rights.state, room.state) == (State.FAULT, State.FAULT)
    assert say(room.sentence) == "The disk is nearly full: 10 MB are left, and 1000 MB are the least."
    assert len(folder_findings((), None, 1)) == 1


def test_what_is_published_may_be_read_by_others_and_not_written(tmp_path: Path) -> None:
    """`palabre web` has a user of its own."""
    feed = tmp_path / "feeds" / "a.json"
    feed.parent.mkdir()
    feed.write_text("{}")
    feed.chmod(0o644)
    feed.parent.chmod(0o777)
    tmp_path.chmod(0o700)
    assert open_to_others(tmp_path) == (feed.parent,)
    assert close_to_others(tmp_path).closed == (feed.parent,)
    assert (feed.stat().st_mode & 0o777, feed.parent.stat().st_mode & 0o777) == (0o644, 0o755)
