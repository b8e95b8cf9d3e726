"""The bot's watch over its key backup: coordinators are told of one that is not ours, once for each."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from bots.encryption import KeyUploads
from bots.key_backup_watch import KeyBackupWatch
from community.description.data_folder import DataFolder
from community.jobs.notices import COORDINATORS, NOTICE, Notice, NoticeKind
from community.storage import Store

START = datetime(2026, 11, 30, 9, tzinfo=UTC)


class Seen:
    """What the uploads have found at a look."""

    def __init__(self) -> None:
        self.foreign: str | None = None
        self.looks = 0

    async def look(self) -> None:
        self.looks += 1


async def test_a_backup_that_is_not_ours_is_told_once_and_another_one_again(tmp_path: Path) -> None:
    data, seen = DataFolder(tmp_path), Seen()
    data.prepare()
    async with await Store.open(data.store_url) as store:
        watch = KeyBackupWatch(store, cast(KeyUploads, seen), now=lambda: START)

        async def told(foreign: str | None) -> list[tuple[NoticeKind, str]]:
            seen.foreign = foreign
            await watch.look()
            pending = await store.jobs.pending(NOTICE)
            notices = [Notice.decoded(request.payload) for request in pending]
            return [(notice.kind, notice.audience) for notice in notices]

        once = [(NoticeKind.KEY_BACKUP_REPLACED, COORDINATORS)]
        assert await told(None) == []
        for _ in range(3):
            assert await told("7") == once
        assert await told("8" * 10_000) == once * 2
        assert await told(None) == once * 2
        # None at all is one of its kind.
        assert await told("") == once * 3
    assert seen.looks == 7
