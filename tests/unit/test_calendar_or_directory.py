"""Questions that have words of the calendar and are none for it."""

from __future__ import annotations

import pytest

from tests.lib.calendar_asking import CalendarAsker, calendar_skills, judged, keys_of


@pytest.mark.parametrize(
    "text",
    [
        "how long until compost is ready?",
        "where are the compost sites in Kigali?",
        "quelles formations existent sur les déchets ?",
        "when is the best time to plant trees?",
        "avez-vous un programme d'échange avec Lisbonne ?",
        "is there a training on composting I can read?",
        "is there a webinar recording on waste sorting?",
        "des formations vidéo sur le tri",
        "tell me about the school visits project",
    ],
)
def test_what_is_there_at_any_time_is_asked_of_the_directory(text: str) -> None:
    reply = calendar_skills().answer(CalendarAsker(conversation=f"general {text}").asked(text))
    assert judged({"directory": True}, reply) is None


def test_a_whole_question_goes_on_from_nothing() -> None:
    asker = CalendarAsker(conversation="whole")
    assert keys_of(calendar_skills().answer(asker.asked("when is the webinar on land registries?"))) == [
        "land-webinar"
    ]
    assert "land-webinar" not in keys_of(calendar_skills().answer(asker.asked("when is the Kigali talk?")))
