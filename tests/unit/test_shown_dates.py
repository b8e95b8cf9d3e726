"""What the campaign of the calendar counts as wrong in a room: what is lost, doubled, late in being true."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal, assert_never

import pytest

from community.core.zones import ZoneInfo
from tests.lib.planned_dates import AHEAD, MINUTE, ZONES, PlannedCalendar, Shown, drawn, zone_at
from tests.lib.shown_dates import SaidMessage, complaints

ROOM = "lobby"
Become = Literal["", "moved", "cancelled", "never"]
"""What becomes of a date; ``never``: it is cancelled before it may be shown."""
START = datetime(2026, 11, 29, 22, 5, tzinfo=UTC)
POSTED = SaidMessage("$1", *["In 1 hour: Item 001\n29 November 2026, 22:05 (Abidjan)"] * 2)
LATER = "Moved: Item 001\n29 November 2026, 22:07 (Abidjan)\nBefore: 29 November 2026, 22:05 (Abidjan)"
MOVED = SaidMessage("$1", POSTED.body, LATER)
EDIT = SaidMessage("$2", LATER, LATER, edits="$1")
REPLY_TEXT = "Moved: Item 001, from 29 November 2026, 22:05 (Abidjan) to 30 November 2026, 22:07 (Abidjan)."
REPLY = SaidMessage("$3", REPLY_TEXT, REPLY_TEXT, replies_to="$1")
GONE_TEXT = "Cancelled: Item 001\n29 November 2026, 22:05 (Abidjan)"
GONE = SaidMessage("$1", POSTED.body, GONE_TEXT)
GONE_EDIT = SaidMessage("$2", GONE_TEXT, GONE_TEXT, edits="$1")
GONE_REPLY_TEXT = "Cancelled: Item 001, 29 November 2026, 22:05 (Abidjan)."
GONE_REPLY = SaidMessage("$3", GONE_REPLY_TEXT, GONE_REPLY_TEXT, replies_to="$1")
OTHER = SaidMessage("$4", *["Now: Item 002\n29 November 2026, 10:05 pm (Abidjan)"] * 2)


def planned(become: Become = "") -> PlannedCalendar:
    calendar = PlannedCalendar((ROOM,), ZONES[0])
    entry = calendar.add("events", "Item 001", [START], AHEAD, [ROOM])
    match become:
        case "moved":
            entry.move(0, 2 * MINUTE)
        case "cancelled":
            entry.cancel(0, Shown.PERHAPS)
        case "never":
            entry.cancel(0, Shown.NEVER)
        case "":
            pass
        case _:
            assert_never(become)
    return calendar


@pytest.mark.parametrize(
    ("become", "said"),
    [
        ("", [POSTED]),
        ("moved", [MOVED, EDIT, REPLY]),
        (
            "moved",
            [SaidMessage("$1", *["In 1 hour: Item 001\n29 November 2026, 22:07 (Abidjan)"] * 2)],
        ),
        ("cancelled", [GONE, GONE_EDIT, GONE_REPLY]),
        ("cancelled", []),
        ("never", []),
    ],
)
def test_a_room_that_shows_each_date_once_as_it_is_is_right(become: Become, said: list[SaidMessage]) -> None:
    assert complaints(ROOM, said, planned(become).dates) == []


@pytest.mark.parametrize(
    ("become", "said"),
    [
        ("", []),
        ("", [POSTED, POSTED]),
        ("", [POSTED, OTHER]),
        ("", [POSTED, REPLY]),
        ("moved", [POSTED]),
        ("moved", [MOVED, EDIT]),
        ("moved", [MOVED, EDIT, REPLY, REPLY]),
        ("moved", [MOVED, EDIT, EDIT, REPLY]),
        ("moved", [POSTED, REPLY]),
        ("cancelled", [GONE, GONE_EDIT]),
        ("cancelled", [GONE, GONE_EDIT, GONE_REPLY, GONE_REPLY]),
        ("never", [GONE, GONE_EDIT, GONE_REPLY]),
    ],
)
def test_what_is_wrong_in_a_room_is_said(become: Become, said: list[SaidMessage]) -> None:
    assert complaints(ROOM, said, planned(become).dates)


def test_several_dates_in_one_message_count_once_each() -> None:
    calendar = planned()
    calendar.add("deadlines", "Item 002", [START], AHEAD, [ROOM])
    body = f"These reminders are late:\n• {POSTED.body}\n• Due in 1 hour: Item 002\n29 November 2026, 22:05 (Abidjan)"
    gathered = SaidMessage("$1", body, body)
    assert complaints(ROOM, [gathered], calendar.dates) == []
    assert complaints(ROOM, [gathered, OTHER], calendar.dates)


def test_a_drawn_calendar_has_so_many_dates_each_in_its_rooms() -> None:
    rooms = [f"room{number}" for number in range(20)]
    calendar = drawn(2, 200, rooms, START, 6, ZONES[1])
    assert len(calendar.dates) == 200
    assert drawn(2, 200, rooms, START, 6, ZONES[1]) == calendar
    counted = [sum(room in date.rooms for date in calendar.dates) for room in rooms]
    # More than twenty would not all be named in a message that gathers what is late.
    assert max(counted) < 20
    assert min(counted) > 10
    assert {len(entry.starts) for entry in calendar.entries} == {1, 4}
    for entry in calendar.entries:
        assert entry.entry.key == entry.values["key"]


@pytest.mark.parametrize("hour", range(24))
def test_no_campaign_meets_midnight(hour: int) -> None:
    moment = START.replace(hour=hour)
    assert moment.astimezone(ZoneInfo(zone_at(moment))).hour in range(4, 21)
