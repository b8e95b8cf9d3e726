"""What is new of dates: the difference between what was and what is, however often it was changed in between."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from community.agenda.date_news import DateChange, DateComparison
from community.description.calendar_model import Deadline, Event, OccurrenceChange
from community.description.fields import Localized
from community.directory.entry import CalendarEntry

SINCE = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
NOW = datetime(2026, 11, 27, 9, 30, tzinfo=UTC)
COMPARISON = DateComparison("UTC", SINCE, NOW)


def event(start: datetime | date = datetime(2026, 12, 3, 10), **values: Any) -> Event:  # noqa: DTZ001 - local
    return Event(key="e", title=Localized("E"), start=start, lasts=timedelta(hours=1), rooms=("r",), **values)


def deadline(due: datetime, **values: Any) -> Deadline:
    return Deadline(key="d", title=Localized("D"), due=due, rooms=("r",), **values)


def at(day: int, hour: int = 10, month: int = 12) -> datetime:
    return datetime(2026, month, day, hour)  # noqa: DTZ001 - local


def told(before: CalendarEntry | None, after: CalendarEntry) -> list[tuple[str, str, str]]:
    """Return the changes, each with the day it was before, where it was moved, and the day it is now."""
    return [
        (
            one.change.value,
            "" if one.before is None else f"{one.before.start:%d.%m. %H}",
            f"{one.occurrence.start:%d.%m. %H}",
        )
        for one in COMPARISON.news(before, after)
    ]


FAR = datetime(2029, 1, 5, 10)  # noqa: DTZ001 - local
TUESDAYS = "FREQ=WEEKLY;BYDAY=TU"
EIGHTH = date(2026, 12, 8)


def one_otherwise(**values: Any) -> tuple[OccurrenceChange, ...]:
    return (OccurrenceChange(of=EIGHTH, **values),)


WEEKLY = event(at(1), repeat=TUESDAYS)


@pytest.mark.parametrize(
    ("before", "after", "news"),
    [
        pytest.param(None, event(), [("set", "", "03.12. 10")], id="set"),
        pytest.param(None, event(cancelled=True), [("cancelled", "", "03.12. 10")], id="set and cancelled"),
        pytest.param(event(), event(), [], id="nothing, or changed and changed back"),
        pytest.param(event(), event(at(5)), [("moved", "03.12. 10", "05.12. 10")], id="moved"),
        pytest.param(
            event(),
            event(at(5), originally=at(3)),
            [("moved", "03.12. 10", "05.12. 10")],
            id="moved as a whole in chat",
        ),
        pytest.param(
            event(at(4), originally=at(3)),
            event(at(6), originally=at(3)),
            [("moved", "04.12. 10", "06.12. 10")],
            id="moved once more since",
        ),
        pytest.param(event(), event(at(3, month=11)), [("moved", "03.12. 10", "03.11. 10")], id="to the past"),
        pytest.param(
            event(), event(FAR), [("moved", "03.12. 10", "05.01. 10")], id="far away"
        ),
        pytest.param(event(), event(cancelled=True), [("cancelled", "", "03.12. 10")], id="cancelled"),
        pytest.param(event(cancelled=True), event(), [("restored", "", "03.12. 10")], id="restored"),
        pytest.param(event(cancelled=True), event(at(5), cancelled=True), [], id="cancelled before and after"),
        pytest.param(event(), event(place=Localized("Town hall")), [], id="another place"),
        pytest.param(None, event(at(3, month=10)), [], id="set, and over before the asker last wrote"),
        pytest.param(None, event(at(25, month=11)), [("set", "", "25.11. 10")], id="set, and over since"),
        pytest.param(None, event(FAR), [("set", "", "05.01. 10")], id="set far ahead"),
        pytest.param(
            deadline(at(15, 18)),
            deadline(at(18, 18)),
            [("moved", "15.12. 18", "18.12. 18")],
            id="a deadline put off in the file",
        ),
        pytest.param(
            deadline(at(20, 18, 11)),
            deadline(at(18, 18), originally=at(20, 18, 11)),
            [("moved", "20.11. 18", "18.12. 18")],
            id="a deadline that was over is put off",
        ),
        pytest.param(None, WEEKLY, [("set", "", "01.12. 10")], id="a series is told once"),
        pytest.param(
            WEEKLY,
            event(at(1), repeat=TUESDAYS, changes=one_otherwise(cancelled=True)),
            [("cancelled", "", "08.12. 10")],
            id="one of a series cancelled",
        ),
        pytest.param(
            WEEKLY,
            event(at(1), repeat=TUESDAYS, changes=one_otherwise(start=at(9))),
            [("moved", "08.12. 10", "09.12. 10")],
            id="one of a series moved",
        ),
        pytest.param(
            WEEKLY,
            event(at(1), repeat=TUESDAYS, **{"except": (EIGHTH,)}),
            [("cancelled", "", "08.12. 10")],
            id="one of a series left out",
        ),
        pytest.param(
            WEEKLY,
            event(at(1), repeat=TUESDAYS, also=(at(10),)),
            [("set", "", "10.12. 10")],
            id="a further one",
        ),
        pytest.param(
            WEEKLY,
            event(at(1), repeat=TUESDAYS, also=(at(10),), **{"except": (EIGHTH,)}),
            [("moved", "08.12. 10", "10.12. 10")],
            id="one in place of another",
        ),
        pytest.param(
            WEEKLY,
            event(at(2), repeat="FREQ=WEEKLY;BYDAY=WE"),
            [("moved", "01.12. 10", "02.12. 10")],
            id="a whole series moved is told by its next date",
        ),
    ],
)  # fmt: skip
def test_what_is_told(
    before: CalendarEntry | None, after: CalendarEntry, news: list[tuple[str, str, str]]
) -> None:
    assert told(before, after) == news


def test_another_time_zone_is_another_time() -> None:
    (one,) = COMPARISON.news(event(), event(timezone="Africa/Kigali"))
    assert one.change is DateChange.MOVED
    assert one.before is not None
    assert one.before.start - one.occurrence.start == timedelta(hours=2)
