"""Publishing goes through no series, looks at each entry once for all feeds, and never delays a revocation."""

from __future__ import annotations

import asyncio
import fcntl
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from community.agenda.reach import may_be_between
from community.core.zones import ZoneInfo
from community.description.feed_subject import FeedSubject
from community.directory.entry import CalendarEntry
from community.feeds.document import AHEAD, BACK
from community.feeds.folder import feed_file
from community.feeds.publishing import publish, withdraw
from community.storage import Store
from tests.lib.descriptions import small
from tests.lib.entries import added, deadline, event
from tests.lib.published import NOW, published_feed

COMMUNITY = small().community
ZONE = ZoneInfo("Africa/Kigali")


def is_shown(entry: CalendarEntry) -> bool:
    return may_be_between(entry, ZONE, NOW - BACK, NOW + AHEAD)


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (event("e", start="2025-11-02 10:00"), True),
        (event("e", start="2025-10-20 10:00"), False),
        (event("e", start="2025-10-20 10:00", lasts="30d"), True),
        (event("e", start="2025-10-20 10:00", also=["2026-01-01 10:00"]), True),
        (event("e", start="2025-10-20 10:00", changes=[{"of": "2025-10-20", "start": "2026-01-01 09:00"}]), True),
        (event("e", start="2037-01-01 10:00"), False),
        (event("e", start="2036-01-01 10:00"), True),
        (event("e", start="2019-01-07 10:00", repeat="FREQ=WEEKLY"), True),
        (event("e", start="2019-01-07 10:00", repeat="FREQ=DAILY;UNTIL=20251001"), False),
        (event("e", start="2019-01-07 10:00", repeat="FREQ=DAILY;UNTIL=20251201T000000Z"), True),
        (event("e", start="2019-01-07 10:00", repeat="FREQ=WEEKLY;COUNT=10"), False),
        (event("e", start="2025-09-01 10:00", repeat="FREQ=WEEKLY;COUNT=30"), True),
        (deadline("d", due="2025-10-20 18:00"), False),
        (deadline("d", due="2026-10-20 18:00"), True),
        (deadline("d", due="2037-10-20 18:00"), False),
    ],
)  # fmt: skip
def test_what_is_long_over_or_far_away_is_in_no_feed(entry: CalendarEntry, expected: bool) -> None:
    assert is_shown(entry) is expected


@pytest.mark.parametrize(
    "rule", ["FREQ=WEEKLY", "FREQ=DAILY", "FREQ=DAILY;UNTIL=20361201", "FREQ=MONTHLY;BYDAY=1MO"]
)
def test_a_series_is_not_gone_through(rule: str) -> None:
    series = event("e", start="2019-01-07 10:00", repeat=rule)
    # What is kept from the first time on (patterns, time zones) is not counted.
    assert is_shown(event("other", start="2019-01-07 10:00", repeat=rule))
    with counted_calls() as called:
        assert is_shown(series)
    assert called.total() < 200
    assert not [name for name in called if name in ("between", "_iter", "occurrences")]


async def test_each_entry_is_looked_at_once_however_many_feeds_there_are(tmp_path: Path) -> None:
    series = [event(f"e{n}", repeat="FREQ=DAILY", rooms=(), audience={"everyone": True}) for n in range(10)]
    # From the beginning: threads that were there before are not counted in.
    with counted_calls() as called:
        async with await Store.open(f"sqlite+aiosqlite:///{tmp_path}/palabre.db") as store:
            await store.entries.change([added(one) for one in series], actor="@moussa:x", at=NOW)
            for number in range(7):
                subject = FeedSubject("community", COMMUNITY.key)
                await store.feeds.add(f"{number}" * 64, subject, by="cli:root", at=NOW)
            assert await publish(store, COMMUNITY, tmp_path / "feeds", NOW) == 7
    assert (called["may_be_between"], called["occurrences"], called["_iter"]) == (10, 0, 0)


async def test_the_work_is_not_done_where_the_homeserver_is_answered(tmp_path: Path) -> None:
    async with await Store.open(f"sqlite+aiosqlite:///{tmp_path}/palabre.db") as store:
        await store.entries.change([added(event("call"))], actor="@moussa:x", at=NOW)
        await store.feeds.add("a" * 64, FeedSubject("community", COMMUNITY.key), by="cli:root", at=NOW)
        with counted_calls(here_only=True) as called:
            assert await publish(store, COMMUNITY, tmp_path / "feeds", NOW) == 1
    assert (called["may_be_between"], called["entries_in"], called["to_bytes"]) == (0, 0, 0)


async def test_a_revoked_feed_is_gone_before_what_is_being_published(tmp_path: Path) -> None:
    _, feed = await published_feed(tmp_path, COMMUNITY, [event("call")])
    folder = tmp_path / "feeds"
    file = feed_file(folder, feed.digest)
    with (folder / ".lock").open("rb+") as publishing:
        fcntl.flock(publishing, fcntl.LOCK_EX)
        revoking = asyncio.create_task(withdraw(folder, feed))
        while file.exists():
            await asyncio.sleep(0.01)
        assert not revoking.done()
        # What is published meanwhile has read the store before; it goes, too.
        file.write_bytes(b"{}")
        fcntl.flock(publishing, fcntl.LOCK_UN)
        await revoking
    assert not file.exists()


@contextmanager
def counted_calls(*, here_only: bool = False) -> Iterator[Counter[str]]:
    """Count the calls of Python functions by name: in this thread, and in those that begin meanwhile."""
    counted: Counter[str] = Counter()

    def note(frame: FrameType, event: str, _given: Any) -> None:
        if event == "call":
            counted[frame.f_code.co_name] += 1

    begin: Callable[[Any], None] = (lambda _note: None) if here_only else threading.setprofile
    begin(note)
    sys.setprofile(note)
    try:
        yield counted
    finally:
        sys.setprofile(None)
        begin(None)
