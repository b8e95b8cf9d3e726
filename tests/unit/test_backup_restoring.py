"""`palabre restore`: what two of them, and archives that somebody else has made, cannot do."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from tests.lib.backups import small_installation


async def test_a_second_restore_leaves_what_the_first_is_writing(tmp_path: Path) -> None:
    place = await small_installation(tmp_path / "place")
    archive = await place.back_up()
    written = tmp_path / "to" / ".new.palabre-restore" / "data"
    written.mkdir(parents=True)
    (written / "palabre.db").write_text("of the first")
    handle = os.open(tmp_path / "to", os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        ran = await place.restore(archive, tmp_path / "to" / "new")
    finally:
        os.close(handle)
    assert (ran.code, "Another restore is being made" in ran.err) == (1, True)
    assert (written / "palabre.db").read_text() == "of the first"
    # Once nobody holds it, it is what a restore that was killed has left.
    assert (await place.restore(archive, tmp_path / "to" / "new")).code == 0
    assert [path.name for path in (tmp_path / "to").iterdir()] == ["new"]
