"""A room that takes nothing is tried again ever later, and the doctor names it."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bots.errors import NotEncrypted
from bots.refusals import LONGEST, RefusalReason, RefusingRooms
from bots.room_findings import refusing_findings
from community.core.errors import PalabreError
from community.description.calendar_model import Calendar, Event
from community.description.directory_model import Directory
from community.directory.entry import EntryChange
from community.jobs.room_posts import RoomPost
from community.storage import Store
from matrix.errors import Forbidden, HomeserverUnreachable, LimitExceeded, MatrixRequestError
from tests.lib.descriptions import described
from tests.lib.scheduling import DUE, Room, scheduled

SECOND = timedelta(seconds=1)


def test_each_wait_is_twice_as_long_up_to_a_quarter_of_an_hour() -> None:
    rooms, now, waits = RefusingRooms(), DUE, []
    for _ in range(10):
        rooms.failed("lobby", Forbidden("M_FORBIDDEN", 403, "send"), now)
        began = now
        while rooms.is_waiting("lobby", now):
            now += SECOND
        waits.append(int((now - began) / SECOND))
    assert waits == [10, 20, 40, 80, 160, 320, 640, 900, 900, 900]
    assert rooms.reasons == {"lobby": "refused"}
    assert not rooms.is_waiting("lobby", DUE - LONGEST)
    rooms.worked("lobby")
    assert (rooms.reasons, rooms.is_waiting("lobby", now)) == ({}, False)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (Forbidden("M_FORBIDDEN", 403, "send"), "refused"),
        (NotEncrypted("!room"), "not encrypted"),
        (HomeserverUnreachable("http://h"), None),
        (LimitExceeded("M_LIMIT_EXCEEDED", 429, "send"), None),
        (MatrixRequestError("M_UNKNOWN", 500, "send"), None),
    ],
)
def test_only_what_is_the_rooms_fault_counts(error: PalabreError, reason: str | None) -> None:
    rooms = RefusingRooms()
    rooms.failed("lobby", error, DUE)
    assert rooms.reasons.get("lobby") == reason


def test_a_room_in_which_the_bot_is_again_is_tried_at_once() -> None:
    rooms = RefusingRooms()
    assert rooms.missing("lobby", DUE)
    assert not rooms.missing("lobby", DUE + SECOND)
    assert rooms.reasons == {"lobby": "missing"}
    rooms.there("lobby")
    assert not rooms.is_waiting("lobby", DUE + SECOND)
    rooms.failed("lobby", Forbidden("M_FORBIDDEN", 403, "send"), DUE)
    rooms.there("lobby")
    assert rooms.is_waiting("lobby", DUE + SECOND)


def test_the_doctor_names_the_rooms_of_each_reason() -> None:
    reasons = {"a": "refused", "b": "missing", **{f"c{number}": "refused" for number in range(12)}}
    texts = [str(finding.sentence) for finding in refusing_findings(reasons)]
    assert texts[0].endswith("something to post: b.")
    assert texts[1].endswith("in these rooms: a, c0, c1, c2, c3, c4, c5, c6, c7, c8 … (+3).")
    assert list(refusing_findings({})) == []
    assert len(list(refusing_findings({str(reason): reason.value for reason in RefusalReason}))) == 3


async def test_a_refusing_room_is_not_tried_at_each_look_and_gets_its_post_once_it_may(
    tmp_path: Path,
) -> None:
    written = {
        "key": "call",
        "title": "Call",
        "start": f"{DUE:%Y-%m-%d %H:%M}",
        "lasts": "5h",
        "rooms": ["lobby"],
    }
    event = Event.model_validate({**written, "remind": [0]})
    async with await Store.open(f"sqlite+aiosqlite:///{tmp_path}/palabre.db") as store:
        await store.entries.seed(
            described(Directory(version=1), Calendar(version=1, events=(event,))), at=DUE
        )
        room, tries = Room(), 0
        posts = scheduled(store, room)
        for _ in range(120):
            room.fail = ("before", Forbidden("M_FORBIDDEN", 403, "send"))
            await posts.post_due()
            tries += room.fail is None
            room.now += 5 * SECOND
        # In ten minutes not 120 times but after 10, 20, 40 seconds and so on.
        assert (tries, room.events) == (6, [])
        room.fail = None
        for _ in range(70):
            await posts.post_due()
            room.now += 5 * SECOND
        assert len(room.events) == 1


async def test_of_a_refusing_room_what_has_changed_is_not_compared_at_each_look(tmp_path: Path) -> None:
    start = DUE + timedelta(hours=5)
    written = {
        "key": "call",
        "title": "Call",
        "start": f"{start:%Y-%m-%d %H:%M}",
        "lasts": "5h",
        "rooms": ["lobby"],
    }
    event = Event.model_validate({**written, "remind": ["5h"]})
    async with await Store.open(f"sqlite+aiosqlite:///{tmp_path}/palabre.db") as store:
        await store.entries.seed(
            described(Directory(version=1), Calendar(version=1, events=(event,))), at=DUE
        )
        room, compared = Room(), 0
        posts = scheduled(store, room)
        await posts.post_due()
        after = event.model_copy(update={"cancelled": True})
        await store.entries.change([EntryChange("event", "call", event, after)], actor="@awa:x", at=DUE)
        told_since = posts._services.poster.told_since

        async def counted(due_since: datetime) -> list[RoomPost]:
            nonlocal compared
            compared += 1
            return await told_since(due_since)

        posts._services.poster.told_since = counted  # type: ignore[method-assign]
        room.now += timedelta(minutes=20)
        for _ in range(120):
            room.fail = ("before", Forbidden("M_FORBIDDEN", 403, "send"))
            await posts.post_due()
            room.now += 5 * SECOND
        assert compared <= 20
        room.fail = None
        for _ in range(70):
            await posts.post_due()
            room.now += 5 * SECOND
        # The edit and the reply, each once.
        assert len(room.events) == 3
