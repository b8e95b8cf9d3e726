"""Files that are looked at for changes."""

from __future__ import annotations

import os
from pathlib import Path

from community.core.text_file import stamp_of


def test_a_file_that_is_emptied_and_written_in_one_tick_has_another_stamp(tmp_path: Path) -> None:
    path = tmp_path / "settings.yaml"
    path.write_text("")
    emptied = stamp_of(path)
    path.write_text("version: 1\n")
    os.utime(path, ns=(emptied[0], emptied[0]))
    assert stamp_of(path) != emptied


def test_a_file_that_is_made_or_removed_has_another_stamp(tmp_path: Path) -> None:
    path = tmp_path / "settings.yaml"
    missing = stamp_of(path)
    path.write_text("")
    assert stamp_of(path) != missing
    path.unlink()
    assert stamp_of(path) == missing
