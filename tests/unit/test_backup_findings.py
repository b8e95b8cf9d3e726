"""What the doctor says of backups, and which is the newest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from community.core.doctor import State
from community.core.messages import Translator
from community.description.backups import archive_name, newest_backup
from community.description.data_folder import DataFolder
from community.description.settings import BackupSettings, Settings
from palabre_cli.backup_findings import backup_finding

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
FOLDER = Path("/srv/backups")


@pytest.mark.parametrize(
    ("has_keys", "age", "state", "said"),
    [
        (False, None, State.WARNING, "No backups are made."),
        (True, None, State.WARNING, "From here no backup is seen in /srv/backups."),
        (True, timedelta(hours=30), State.OK, "The newest backup is of 2026-11-28 06:00 UTC."),
        (True, timedelta(days=3, hours=1), State.WARNING, "The newest backup is 3 days old."),
    ],
)
def test_it_says_whether_there_are_backups_and_of_when(
    has_keys: bool, age: timedelta | None, state: State, said: str
) -> None:
    newest = None if age is None else NOW - age
    finding = backup_finding(has_keys=has_keys, folder=FOLDER, newest=newest, now=NOW)
    assert (finding.state, Translator("en")(finding.sentence)) == (state, said)
    assert (finding.remedy is None) == (state is State.OK)


def test_the_newest_is_found_by_the_names_of_this_homeservers_backups(tmp_path: Path) -> None:
    settings, data = Settings(), DataFolder(tmp_path)
    assert newest_backup(settings, data) is None
    folder = tmp_path / "backups"
    folder.mkdir()
    for name in (
        archive_name("palabre.localhost", NOW - timedelta(days=2)),
        archive_name("palabre.localhost", NOW - timedelta(days=1)),
        archive_name("elsewhere.example", NOW),
        archive_name("palabre.localhost", NOW) + ".part",
        "notes.txt",
    ):
        (folder / name).touch()
    assert newest_backup(settings, data) == NOW - timedelta(days=1)
    elsewhere = Settings(backup=BackupSettings(folder=str(tmp_path / "none")))
    assert newest_backup(elsewhere, data) is None
