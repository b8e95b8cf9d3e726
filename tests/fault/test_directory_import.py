"""An import that is killed, and a store that another process keeps: all of it or nothing, and a sentence."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from community.description.data_folder import DataFolder
from community.storage import connections
from tests.lib.directory_store import CONFIG, directory, file, people, seeded, stored

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.fault


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder whose store has the example's directory."""
    return seeded(tmp_path / "data")


@pytest.mark.parametrize("moment", [0.0, 0.1, 0.4])
def test_a_killed_import_is_whole_or_not_there(data: Path, moment: float) -> None:
    text, _ = people(1500)
    arguments = ("import", file(data, "contacts.csv", text), "--yes", "--config", CONFIG, "--data", data)
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "palabre_cli", "directory", *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8", "LANGUAGE": "en"},
        stdout=subprocess.PIPE,
        cwd="/",
    )
    assert process.stdout is not None
    shown = next(line for line in process.stdout if line.startswith(b"Digest: "))
    assert shown
    time.sleep(moment)
    process.kill()
    process.communicate()
    assert sum(contact.key.startswith("person-") for contact in stored(data).contacts) in (0, 1500)


def test_a_store_that_another_keeps_is_a_sentence(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waits = [each for each in connections._PRAGMAS if each.startswith("busy_timeout=")]
    assert waits == ["busy_timeout=30000"]
    sooner = tuple("busy_timeout=300" if each in waits else each for each in connections._PRAGMAS)
    monkeypatch.setattr(connections, "_PRAGMAS", sooner)
    other = sqlite3.connect(DataFolder(data).store, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        ran = directory(data, "export")
    finally:
        other.close()
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("The store is busy: another process has been writing to it for half a minute. ")
    assert directory(data, "export").code == 0
