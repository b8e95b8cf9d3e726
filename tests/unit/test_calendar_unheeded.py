"""What a question names and the calendar does not have is never passed over, as if it had not been said."""

from __future__ import annotations

from typing import Any

import pytest

from community.search.calendar_question import Wanted
from tests.lib.calendar_asking import DATA, answered, asker_of, judged, keys_of, questions_in
from tests.lib.changed_questions import findables, in_other_cities, read_text, without_subject

FILES = sorted(path.name for path in DATA.iterdir())


def asserting(file: str) -> list[dict[str, Any]]:
    """Return the questions of a file that are answered for certain, and go on from no other."""
    return [
        question
        for question in questions_in(file)
        if {"first", "only", "has"} & question.keys() and "after" not in question
    ]


@pytest.mark.parametrize("file", FILES)
def test_with_a_subject_that_no_entry_has_nothing_of_the_same_is_asserted(file: str) -> None:
    for question in asserting(file):
        read = read_text(question)
        before = keys_of(answered(question, f"before {question['say']}"))
        for changed in () if read is None else without_subject(read):
            reply = answered({**question, "say": changed}, f"subject {changed}")
            certain = reply.found is not None and reply.found.certain
            assert not (certain and set(before) & set(keys_of(reply))), changed
            told = {key.split("/")[0] for key in keys_of(reply)}
            assert "contact" not in told or not certain or not changed.startswith("متى"), changed


@pytest.mark.parametrize("file", FILES)
def test_with_another_city_nothing_is_asserted_that_is_elsewhere(file: str) -> None:
    for question in asserting(file):
        read, network = read_text(question), asker_of(question, "").network
        for city, changed in () if read is None else in_other_cities(read, network):
            reply = answered({**question, "say": changed}, f"city {changed}")
            if reply.found is None or not reply.found.certain or read is None:
                continue
            asked = read.question
            # “At what time is it here in Bamako?” asks for a clock, and is true of what is elsewhere.
            is_clock = asked.wanted is Wanted.CLOCK
            if asked.for_places or is_clock or not (asked.about or asked.themes):
                continue
            there = [findables(network)[key] for key in keys_of(reply) if "/" not in key]
            assert all(not one.places or city in one.places | one.cities for one in there), changed


UNHEEDED = [
    ("deadlines before the kickoff of the zorblin", "zorblin"),
    ("quelles réunions sauf celle des apiculteurs ?", "apiculteurs"),
    ("o que tenho de entregar antes do torneio?", "torneio"),
    ("ما هي الآجال قبل مهرجان السينما؟", "مهرجان"),
    ("which meetings are not online", "online"),
]


@pytest.mark.parametrize(("text", "named"), UNHEEDED)
def test_what_cannot_be_taken_into_account_is_named(text: str, named: str) -> None:
    reply = answered(
        {"say": text, "as": {"username": "ousmane.fall", "network": "lagoons"}}, f"unheeded {text}"
    )
    assert judged({"near": True}, reply) is None
    assert named in reply.text


BOUNDS = [
    (
        "what must I hand in before the assembly?",
        ["contact-list", "annual-report"],
        ["assembly", "assembly-preparation"],
    ),
    ("before the assembly, what do I have to hand in?", ["annual-report"], ["assembly"]),
    ("quels ateliers sauf celui de la deuxième cohorte ?", ["meters-first"], ["meters-second"]),
    ("visitas menos a de Tamale", ["visit-accra"], ["visit-tamale"]),
    ("ما هي الزيارات باستثناء زيارة أكرا؟", ["visit-tamale"], ["visit-accra"]),
    ("which visits are there, but not the one to Tamale?", ["visit-accra"], ["visit-tamale"]),
    ("any deadlines after the winter school?", ["annual-report"], ["contact-list", "school-application"]),
]


@pytest.mark.parametrize(("text", "has", "hides"), BOUNDS)
def test_what_a_question_is_set_against_is_found_in_the_calendar(
    text: str, has: list[str], hides: list[str]
) -> None:
    question = {
        "say": text,
        "has": has,
        "hides": hides,
        "as": {"username": "ousmane.fall", "network": "lagoons"},
    }
    assert judged(question, answered(question, f"bound {text}")) is None


def test_an_exception_goes_on_from_the_question_before() -> None:
    asker = {"username": "ousmane.fall", "network": "lagoons", "languages": ["en"]}
    question = {
        "after": ["which visits are there?"],
        "say": "except the one to Tamale",
        "has": ["visit-accra"],
        "as": asker,
    }
    assert judged({**question, "hides": ["visit-tamale"]}, answered(question, "exception")) is None
