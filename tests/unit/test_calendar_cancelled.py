"""What of the calendar is cancelled is said to be, and days are those of whoever asks."""

from __future__ import annotations

from typing import Any

import pytest

from tests.lib.calendar_asking import CalendarAsker, keys_of
from tests.unit.test_calendar_kept_back import CELIA, event, knowing

CANCELLED: dict[str, Any] = {
    "audience": {"everyone": True},
    "cancelled": True,
    "place": {"en": "Town hall"},
    "link": "https://example.org/join",
}
WEEKLY: dict[str, Any] = {"audience": {"everyone": True}, "repeat": "FREQ=WEEKLY;COUNT=9"}


@pytest.mark.parametrize(
    "text",
    [
        "is the talk on bicycles cancelled?",
        "when is the talk on bicycles?",
        "where is the talk on bicycles?",
        "link to the talk on bicycles?",
        "talk on bicycles on Thursday?",
    ],
)
def test_a_cancelled_event_is_said_to_be_cancelled_without_its_link(text: str) -> None:
    reply = knowing(event(**CANCELLED)).answer(CELIA.asked(text))
    assert "Cancelled: Talk on bicycles" in reply.text
    assert "example.org/join" not in reply.text


def test_the_links_of_a_cancelled_event_are_not_in_a_follow_up_either() -> None:
    skills = knowing(event(**CANCELLED))
    assert keys_of(skills.answer(CELIA.asked("when is the talk on bicycles?"))) == ["talk"]
    assert "example.org/join" not in skills.answer(CELIA.asked("the link?")).text


@pytest.mark.parametrize("text", ["when is the talk on bicycles?", "is the talk on bicycles cancelled?"])
def test_a_cancelled_occurrence_is_said_before_the_next(text: str) -> None:
    changes = [{"of": "2026-12-03 10:00", "cancelled": True}]
    said = knowing(event(**WEEKLY, changes=changes)).answer(CELIA.asked(text)).text
    assert (
        said.index("Cancelled: Talk on bicycles")
        < said.index("3 December 2026")
        < said.index("10 December 2026")
    )


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/Los_Angeles", "Africa/Maputo"])
def test_a_day_elsewhere_is_that_day_and_no_other(zone: str) -> None:
    skills = knowing(event(audience={"everyone": True}, start="2026-12-03", lasts="1d", timezone=zone))
    for day, expected in (("2", False), ("3", True), ("4", False)):
        reply = skills.answer(
            CalendarAsker("celia.mondlane", ("en",)).asked(f"what is on on {day} December?")
        )
        assert reply.found is not None
        assert reply.found.certain is expected, day
