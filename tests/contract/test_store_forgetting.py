"""What was forgotten is not left in the files."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from community.storage import Draft, Store
from tests.lib.entries import added, contact

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
AWA = "@awa.diallo:x"
MARK = "marked-7f3a9c41"


def files_with_the_mark(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if MARK.encode() in path.read_bytes())


async def test_what_was_forgotten_is_in_no_file(file_url: str, tmp_path: Path) -> None:
    entry = contact("desk", name=MARK, member="awa.diallo")
    async with await Store.open(file_url) as store:
        await store.entries.change([added(entry)], actor=AWA, at=NOW)
        await store.drafts.put(
            Draft(room_id="!r", conversation="one", user_id=AWA, content=MARK * 2000, at=NOW)
        )
        assert files_with_the_mark(tmp_path)
        await store.forget(AWA, "awa.diallo", "—")
        assert files_with_the_mark(tmp_path) == []
        await store.drafts.put(
            Draft(room_id="!r", conversation="two", user_id="@moussa:x", content=MARK * 2000, at=NOW)
        )
        await store.drafts.delete("!r", "two", "@moussa:x")
    assert files_with_the_mark(tmp_path) == []


async def test_a_file_from_before_is_written_anew_once(file_url: str, tmp_path: Path) -> None:
    async with await Store.open(file_url):
        pass
    with closing(sqlite3.connect(tmp_path / "palabre.db")) as old:
        old.execute("PRAGMA secure_delete=OFF")
        old.execute("PRAGMA user_version=0")
        old.execute("CREATE TABLE scratch (text)")
        old.execute("INSERT INTO scratch VALUES (?)", (MARK * 2000,))
        old.commit()
        old.execute("DROP TABLE scratch")
        old.commit()
    assert files_with_the_mark(tmp_path) == ["palabre.db"]
    async with await Store.open(file_url) as store:
        assert await store.jobs.pending("invite") == ()
    assert files_with_the_mark(tmp_path) == []
