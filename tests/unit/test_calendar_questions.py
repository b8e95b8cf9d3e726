"""The questions of tests/data/calendar, each answered as it says; a question about time never with a contact."""

from __future__ import annotations

from typing import Any

import pytest

from bots.feature_set import FeatureSet
from bots.features.registry import FEATURES
from community.description.calendar_model import Calendar
from community.search.language import language_of
from tests.lib.asking import CATALOGUES
from tests.lib.calendar_asking import LAGOONS, OASES, RIVERS, CalendarAsker, answered, judged, questions_in
from tests.lib.descriptions import example

NUMBERS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
TWICE = ("tenth", "eleventh")
"""Asked of the example, and of the network of lagoons."""
FILES = (
    *(f"{number}.yaml" for number in (*NUMBERS, *TWICE)),
    *(f"{number}_{LAGOONS}.yaml" for number in TWICE),
    f"twelfth_{RIVERS}.yaml",
    f"thirteenth_{OASES}.yaml",
    f"fourteenth_{OASES}.yaml",
    f"fifteenth_{RIVERS}.yaml",
    *("sealed.yaml", "sealed_second.yaml"),
)
QUESTIONS = [(file, question) for file in FILES for question in questions_in(file)]


@pytest.mark.parametrize(("file", "question"), QUESTIONS, ids=lambda value: str(value)[:70])
def test_a_question_is_answered_as_its_file_says(file: str, question: dict[str, Any]) -> None:
    assert judged(question, answered(question, f"{file} {question}")) is None


@pytest.mark.parametrize("language", ["en", "fr", "pt", "ar"])
def test_there_are_enough_of_each_language(language: str) -> None:
    said = [question["say"] for _file, question in QUESTIONS]
    assert sum(language_of(text, "en") == language for text in said) >= 25


OF_TIME = [question for _file, question in QUESTIONS if "directory" not in question]


@pytest.mark.parametrize("question", OF_TIME, ids=lambda question: str(question["say"]))
def test_a_question_about_time_is_answered_with_no_contact(question: dict[str, Any]) -> None:
    reply = answered(question, f"time {question}")
    assert reply.found is not None
    assert not {kind for kind, _key in reply.found.keys} & {"contact", "resource", "project"}
    assert "@" not in reply.text


def test_an_empty_calendar_says_so() -> None:
    description = example()
    skills = FeatureSet(description.community, "example.org", CATALOGUES, FEATURES)
    skills.use(description.directory, calendar=Calendar(version=1))
    reply = skills.answer(CalendarAsker().asked("what's next?"))
    assert reply.text == "The calendar has nothing yet."
