"""Who changes a date, or proposes to, is shown no link and no note that is for those alone whom it concerns."""

from __future__ import annotations

from dataclasses import replace

import pytest

from community.description.calendar_model import Event
from tests.lib.descriptions import example
from tests.lib.editing import Stage

LINK, NOTE, ROOM = "https://example.org/meet/secret", "the code is 4711", "https://example.org/meet/single"


def stage() -> Stage:
    """Return a network with a training for Kumasi in whose link and note nobody else has any part."""
    training = Event.model_validate({
        "key": "land-clinic", "title": "Land clinic", "start": "2026-12-08 10:00", "lasts": "1h",
        "repeat": "FREQ=WEEKLY;COUNT=3", "rooms": ["exchange.land"], "audience": {"cities": ["kumasi"]},
        "link": LINK, "note": NOTE, "changes": [{"of": "2026-12-15 10:00", "link": ROOM}],
    })  # fmt: skip
    description = example()
    calendar = description.calendar.model_copy(update={"events": (*description.calendar.events, training)})
    return Stage(replace(description, calendar=calendar))


SAYINGS = [
    "the link for the land clinic is https://example.org/mine",
    "note for the land clinic: anything",
    "remove the note of the land clinic",
    "take the land clinic out of the calendar",
    "remove the land clinic",
    "move the land clinic of 15 December to 16 December",
    "cancel the land clinic of 15 December",
]


@pytest.mark.parametrize("say", SAYINGS)
def test_who_is_not_concerned_is_not_shown_what_was_there(say: str) -> None:
    there = stage()
    said = _all_said(there, "eric.habimana", say)
    assert not any(text in said for text in (LINK, NOTE, ROOM))


@pytest.mark.parametrize("who", ["kwame.boateng", "mariam.coulibaly"])
def test_who_is_concerned_or_coordinates_is_shown_it(who: str) -> None:
    assert LINK in _all_said(stage(), who, SAYINGS[0])


def test_in_a_room_where_it_is_not_posted_it_is_not_shown_whoever_asks() -> None:
    there = stage()
    readers = frozenset({"member", "city-lead"})
    turn = there.say("kwame.boateng", SAYINGS[0], readers=readers)
    assert turn is not None
    turn = there.say("kwame.boateng", "2", readers=readers)
    assert turn is not None
    assert LINK not in turn.reply.text
    assert "https://example.org/mine" in turn.reply.text


def test_nobody_finds_out_by_trying() -> None:
    said = _all_said(stage(), "eric.habimana", f"the link for the land clinic is {LINK}")
    assert "says already" not in said
    assert "(not shown here)" in said


def _all_said(there: Stage, who: str, say: str) -> str:
    """Return all that is answered: to what is said, to “all of them”, and to the question for its history."""
    turns = [there.say(who, say), there.say(who, "2"), there.say(who, "yes"), there.say(who, "cancel")]
    texts = [turn.reply.text for turn in turns if turn is not None]
    assert "Land clinic" in texts[0] or "Which" in texts[0]
    return "\n".join(texts)


def test_the_history_shows_it_to_those_alone_whom_it_concerns() -> None:
    there = stage()
    assert "Saved" in _all_said(there, "mariam.coulibaly", SAYINGS[0])
    told = there.say("eric.habimana", "history of Land clinic")
    assert told is not None
    assert "(not shown here)" in told.reply.text
    assert LINK not in told.reply.text
    own = there.say("kwame.boateng", "history of Land clinic")
    assert own is not None
    assert LINK in own.reply.text
