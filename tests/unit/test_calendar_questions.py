"""The questions of tests/data/calendar, each answered as it says; a question about time never with a contact."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from bots.context.message import Reply
from bots.feature_set import FeatureSet
from bots.features.registry import FEATURES
from community.description.calendar_model import Calendar
from community.search.language import language_of
from tests.lib.asking import CATALOGUES
from tests.lib.calendar_asking import LAGOONS, OASES, RIVERS, CalendarAsker, answered, judged, questions_in
from tests.lib.cases import try_each
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
    *("sealed.yaml", "sealed_second.yaml", "sealed_third.yaml"),
)


@cache
def questions(file: str) -> list[dict[str, Any]]:
    """Return the questions of a file, which is read once."""
    return questions_in(file)


@cache
def reply_to(file: str, number: int) -> Reply:
    """Return the reply to a question of a file: each test judges the same one."""
    return answered(questions(file)[number], f"{file} {number}")


@pytest.mark.parametrize("file", FILES)
def test_each_question_is_answered_as_its_file_says(file: str) -> None:
    def is_right(numbered: tuple[int, dict[str, Any]]) -> None:
        number, question = numbered
        assert judged(question, reply_to(file, number)) is None

    try_each(enumerate(questions(file)), is_right)


@pytest.mark.parametrize("language", ["en", "fr", "pt", "ar"])
def test_there_are_enough_of_each_language(language: str) -> None:
    said = [question["say"] for file in FILES for question in questions(file)]
    assert sum(language_of(text, "en") == language for text in said) >= 25


@pytest.mark.parametrize("file", FILES)
def test_a_question_about_time_is_answered_with_no_contact(file: str) -> None:
    def has_no_contact(numbered: tuple[int, dict[str, Any]]) -> None:
        number, _question = numbered
        reply = reply_to(file, number)
        assert reply.found is not None
        assert not {kind for kind, _key in reply.found.keys} & {"contact", "resource", "project"}
        assert "@" not in reply.text

    of_time = [each for each in enumerate(questions(file)) if "directory" not in each[1]]
    try_each(of_time, has_no_contact)


def test_an_empty_calendar_says_so() -> None:
    description = example()
    skills = FeatureSet(description.community, "example.org", CATALOGUES, FEATURES)
    skills.use(description.directory, calendar=Calendar(version=1))
    reply = skills.answer(CalendarAsker().asked("what's next?"))
    assert reply.text == "The calendar has nothing yet."
