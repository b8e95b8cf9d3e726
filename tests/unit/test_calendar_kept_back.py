"""What of the calendar is kept from people who ask: by going on from an answer, by guessing words, in rooms."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bots.feature_set import FeatureSet
from bots.features.registry import FEATURES
from community.description.calendar_model import Calendar, Deadline, Event
from tests.lib.asking import CATALOGUES
from tests.lib.calendar_asking import CalendarAsker, keys_of
from tests.lib.descriptions import example

EVENT = {"key": "talk", "title": {"en": "Talk on bicycles"}, "start": "2026-12-03 10:00", "lasts": "1h"}
OPEN = {"audience": {"themes": ["waste"]}}
CLOSED = {"rooms": ["coordination"]}
CELIA = CalendarAsker("celia.mondlane", ("en",))
IN_ROOM = CalendarAsker("mariam.coulibaly", ("en",), room="exchange.waste")


def event(**given: Any) -> Event:
    return Event.model_validate_json(json.dumps({**EVENT, **given}))


def deadline(**given: Any) -> Deadline:
    said = {"key": "form", "title": {"en": "Yearly form"}, "due": "2026-12-10 18:00"}
    return Deadline.model_validate_json(json.dumps({**said, **given}))


def use(skills: FeatureSet, *entries: Event | Deadline) -> None:
    events = tuple(one for one in entries if isinstance(one, Event))
    deadlines = tuple(one for one in entries if isinstance(one, Deadline))
    skills.use(example().directory, calendar=Calendar(version=1, events=events, deadlines=deadlines))


def knowing(*entries: Event | Deadline) -> FeatureSet:
    skills = FeatureSet(example().community, "example.org", CATALOGUES, FEATURES)
    use(skills, *entries)
    return skills


@pytest.mark.parametrize(
    "follow_up", ["where is it?", "the link?", "and when is it?", "how long until then?"]
)
@pytest.mark.parametrize("asker", [CELIA, IN_ROOM])
def test_an_entry_moved_to_a_closed_room_is_not_shown_again(follow_up: str, asker: CalendarAsker) -> None:
    skills = knowing(event(**OPEN))
    assert keys_of(skills.answer(asker.asked("when is the talk on bicycles?"))) == ["talk"]
    use(skills, event(**CLOSED, title={"en": "Dismissals"}, place={"en": "Cellar"}))
    reply = skills.answer(asker.asked(follow_up))
    assert keys_of(reply) == []
    assert "Dismissals" not in reply.text
    assert "Cellar" not in reply.text


@pytest.mark.parametrize("asker", [CELIA, IN_ROOM])
def test_more_neither_shows_nor_counts_what_was_moved_to_a_closed_room(asker: CalendarAsker) -> None:
    days = range(1, 10)
    there = [event(**OPEN, key=f"t{day}", start=f"2026-12-0{day} 10:00") for day in days]
    skills = knowing(*there)
    first = skills.answer(asker.asked("what's next?"))
    assert "And 4 more" in first.text
    use(
        skills, *there[:6], *(event(**CLOSED, key=f"t{day}", title={"en": "Dismissals"}) for day in (7, 8, 9))
    )
    reply = skills.answer(asker.asked("more"))
    assert keys_of(reply) == ["t6"]
    assert "Dismissals" not in reply.text
    assert "more:" not in reply.text


@pytest.mark.parametrize(
    "text",
    ["what's next?", "when is the talk on bicycles?", "anything on Thursday?", "do we have deadlines?"],
)
def test_in_a_room_the_answer_is_the_same_whether_there_is_something_hidden_or_not(text: str) -> None:
    shown = event(**OPEN, key="compost", title={"en": "Compost walk"}, start="2026-12-09 10:00")
    without = knowing(shown).answer(IN_ROOM.asked(text))
    assert "ask me in a direct message" in without.text
    hidden = (event(**CLOSED), deadline(**CLOSED))
    assert knowing(shown, *hidden).answer(IN_ROOM.asked(text)).text == without.text
    assert knowing(*hidden).answer(IN_ROOM.asked(text)).text == knowing().answer(IN_ROOM.asked(text)).text


SECRET = {"hand_in": {"en": "List of dismissals"}, "where": {"en": "Kampala"}}


@pytest.mark.parametrize("text", ["when is the dismissals deadline?", "when are the dismissals due?"])
@pytest.mark.parametrize("asker", [CELIA, IN_ROOM])
def test_nobody_guesses_the_words_of_what_they_may_not_see(text: str, asker: CalendarAsker) -> None:
    known = {"audience": {"themes": ["land"]}}
    guessed = knowing(deadline(**known, **SECRET)).answer(asker.asked(text))
    assert guessed.text == knowing(deadline(**known)).answer(asker.asked(text)).text
    concerned = CalendarAsker("claudine.uwase", ("en",)).asked(text)
    assert keys_of(knowing(deadline(**known, **SECRET)).answer(concerned)) == ["form"]


def test_what_is_for_everyone_but_posted_in_a_closed_room_is_told_to_nobody_else() -> None:
    skills = knowing(event(**CLOSED, audience={"everyone": True}, link="https://example.org/secret"))
    reply = skills.answer(CELIA.asked("when is the talk on bicycles?"))
    assert keys_of(reply) == []
    assert "secret" not in reply.text
    assert keys_of(
        skills.answer(CalendarAsker("peter.lindqvist").asked("when is the talk on bicycles?"))
    ) == ["talk"]
