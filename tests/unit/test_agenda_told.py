"""What a message has told of when an occurrence is, and which occurrence it was about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from community.agenda.occurrences import Occurrence, occurrence_of
from community.agenda.told import CANCELLED, day_told, start_told, state_of
from community.core.zones import ZoneInfo
from community.description.calendar_model import Deadline, Event

PARIS = ZoneInfo("Europe/Paris")
NEAR = timedelta(hours=3)


def event(**values: Any) -> Event:
    usual = {"key": "call", "title": "Call", "start": "2027-03-02 10:00", "lasts": "1h", "rooms": ["lobby"]}
    return Event.model_validate({**usual, **values})


WEEKLY = {"repeat": "FREQ=WEEKLY;BYDAY=TU"}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def found(entry: Event | Deadline, original: str) -> Occurrence:
    one = occurrence_of(entry, PARIS, at(original), NEAR)
    assert one is not None
    return one


@pytest.mark.parametrize(
    ("entry", "original", "state"),
    [
        pytest.param(event(), "2027-03-02 09:00", "20270302T0900Z", id="winter"),
        pytest.param(event(**WEEKLY), "2027-03-30 08:00", "20270330T0800Z", id="after the clocks changed"),
        pytest.param(event(start="2027-03-02", lasts="2d"), "2027-03-01 23:00", "20270302", id="all day"),
        pytest.param(event(cancelled=True), "2027-03-02 09:00", CANCELLED, id="cancelled"),
        pytest.param(
            event(**WEEKLY, changes=[{"of": "2027-03-09", "start": "2027-03-11 15:00"}]),
            "2027-03-09 09:00",
            "20270311T1400Z",
            id="one moved",
        ),
        pytest.param(
            event(**WEEKLY, start="2027-03-02 14:00", originally="2027-03-02 10:00"),
            "2027-03-09 09:00",
            "20270309T1300Z",
            id="all moved",
        ),
        pytest.param(
            event(**WEEKLY, start="2027-03-02 11:30"),
            "2027-03-09 09:00",
            "20270309T1030Z",
            id="corrected by hours",
        ),
        pytest.param(
            event(start="2027-04-02 10:00"), "2027-03-02 09:00", "20270402T0800Z", id="happens once"
        ),
        pytest.param(
            Deadline.model_validate(
                {"key": "r", "title": "R", "due": "2027-03-05 18:00", "rooms": ["lobby"]}
            ),
            "2027-03-02 09:00",
            "20270305T1700Z",
            id="deadline",
        ),
    ],
)
def test_an_occurrence_is_found_by_its_first_start_and_has_the_state_of_now(
    entry: Event | Deadline, original: str, state: str
) -> None:
    assert state_of(found(entry, original)) == state


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param(event(**WEEKLY, **{"except": ["2027-03-09"]}), id="left out"),
        pytest.param(
            event(**WEEKLY, **{"except": ["2027-03-09"], "also": ["2027-03-09 11:00"]}),
            id="left out, with another that day",
        ),
        pytest.param(event(repeat="FREQ=WEEKLY;BYDAY=WE", start="2027-03-03 10:00"), id="another day"),
    ],
)
def test_what_is_not_there_any_more_is_not_taken_for_another(entry: Event) -> None:
    assert occurrence_of(entry, PARIS, at("2027-03-09 09:00"), NEAR) is None


def test_of_two_that_are_near_each_other_each_is_itself() -> None:
    entry = event(**WEEKLY, also=["2027-03-09 11:00"])
    states = [state_of(found(entry, original)) for original in ("2027-03-09 09:00", "2027-03-09 10:00")]
    assert states == ["20270309T0900Z", "20270309T1000Z"]


def test_a_state_says_its_moment_in_the_zone() -> None:
    assert start_told("20270330T0800Z", PARIS) == datetime(2027, 3, 30, 10, tzinfo=PARIS)
    assert start_told("20270302", PARIS) == datetime(2027, 3, 2, tzinfo=PARIS)
    assert (start_told(CANCELLED, PARIS), day_told(CANCELLED), day_told("20270330T0800Z")) == (
        None,
        None,
        None,
    )
