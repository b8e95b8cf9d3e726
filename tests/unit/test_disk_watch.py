"""Files are refused before the databases have no room, and taken again when there is."""

from __future__ import annotations

from pathlib import Path

import pytest

from community.core.disk import free_bytes, may_send_files
from community.core.messages import Message
from community.description.current_settings import CurrentSettings
from community.description.data_folder import DataFolder
from community.description.settings import HomeserverSettings, Settings
from community.jobs.notice_text import sentences_of
from community.jobs.notices import COORDINATORS, NOTICE, Notice, NoticeKind
from community.storage import Store
from palabre_cli.disk_watch import DiskWatch

SETTINGS = Settings(homeserver=HomeserverSettings(least_free_mb=1000))


@pytest.mark.parametrize(
    ("free", "so_far", "after"),
    [
        (999, True, False),
        (1000, True, True),
        (1000, False, False),  # not on and off by a few bytes
        (1199, False, False),
        (1200, False, True),
        (0, False, False),
        (None, True, True),
        (None, False, False),
    ],
)
def test_when_files_may_be_sent(free: int | None, so_far: bool, after: bool) -> None:
    assert may_send_files(free, 1000, so_far=so_far) is after


def test_a_folder_that_is_not_there_has_no_number(tmp_path: Path) -> None:
    assert free_bytes(tmp_path / "none") is None
    assert (free_bytes(tmp_path) or 0) > 0


async def test_each_switch_is_made_once_and_told(tmp_path: Path) -> None:
    data, switched, said = DataFolder(tmp_path), list[bool](), list[Message]()

    async def switch(uploads: bool) -> None:
        switched.append(uploads)

    watch = DiskWatch(CurrentSettings(tmp_path, data), data, switch, said.append, uploads=True)
    for free in (5000, 900, 800, 1100, 1300, 1300):
        await watch.look(SETTINGS, free * 1_000_000)
    assert switched == [False, True]
    assert [str(message) for message in said] == [
        "The disk is nearly full (900 MB left): the homeserver takes no files until there is room.",
        "The disk has room again (1300 MB): files can be sent.",
    ]
    async with await Store.open(data.store_url) as store:
        notices = [Notice.decoded(request.payload) for request in await store.jobs.pending(NOTICE)]
    assert {(notice.kind, notice.audience) for notice in notices} == {
        (NoticeKind.FILES_REFUSED, COORDINATORS),
        (NoticeKind.FILES_AGAIN, COORDINATORS),
    }
    refused = next(notice for notice in notices if notice.kind is NoticeKind.FILES_REFUSED)
    assert str(sentences_of(refused)[0]) == "The server's disk is nearly full: 900 MB are left."
