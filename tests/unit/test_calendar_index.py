"""The entries as they are asked for: what is next, and that it follows each change."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from community.agenda.calendar_index import CalendarIndex
from community.description.calendar_model import Event
from tests.lib.descriptions import example

NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)
CLINIC = "event/waste-clinic"


def index() -> CalendarIndex:
    return CalendarIndex.of(example().community, example().calendar)


def weekly(**more: Any) -> Event:
    rule = {"start": "2026-11-02 10:00", "lasts": "1h", "repeat": "FREQ=WEEKLY"}
    values = {"key": "w", "title": {"en": "W"}, **rule, **more}
    return Event.model_validate_json(json.dumps({**values, "audience": {"everyone": True}}))


def start_of(there: CalendarIndex, name: str, now: datetime) -> datetime | None:
    found = there.next_of(name, now)
    return None if found is None else found.start


def test_the_next_occurrence_is_the_next_whatever_was_asked_before() -> None:
    there = index()
    assert start_of(there, CLINIC, datetime(2026, 12, 26, tzinfo=UTC)) == datetime(2027, 1, 5, 14, tzinfo=UTC)
    assert start_of(there, CLINIC, NOW) == datetime(2026, 12, 8, 14, tzinfo=UTC)
    running = datetime(2026, 12, 8, 14, 30, tzinfo=UTC)
    assert start_of(there, CLINIC, running) == datetime(2026, 12, 8, 14, tzinfo=UTC)
    assert start_of(there, CLINIC, running + timedelta(hours=1)) == datetime(2027, 1, 5, 14, tzinfo=UTC)


def test_a_cancelled_occurrence_is_not_the_next() -> None:
    there = CalendarIndex(example().community)
    there.put(weekly(changes=[{"of": "2026-11-30", "cancelled": True}]))
    assert start_of(there, "event/w", NOW) == datetime(2026, 12, 7, 10, tzinfo=UTC)
    assert [one.is_cancelled for one in there.between("event/w", NOW, NOW + timedelta(days=8))] == [
        True,
        False,
    ]


def test_an_entry_is_taken_in_as_it_changes_and_goes() -> None:
    there = CalendarIndex(example().community)
    there.take("event", "w", weekly())
    assert start_of(there, "event/w", NOW) == datetime(2026, 11, 30, 10, tzinfo=UTC)
    there.take("event", "w", weekly(start="2026-11-03 11:00"))
    assert start_of(there, "event/w", NOW) == datetime(2026, 12, 1, 11, tzinfo=UTC)
    there.take("event", "w", None)
    assert (there.names, there.entry("event/w"), there.next_of("event/w", NOW)) == ((), None, None)


def test_what_was_last_is_found_far_back() -> None:
    there = index()
    assert there.latest_of("event/leads-meeting", NOW) is None
    found = there.latest_of("event/welcome-second", datetime(2027, 9, 1, tzinfo=UTC))
    assert found is not None
    assert found.start == datetime(2026, 12, 1, 9, 30, tzinfo=UTC)
