"""Which questions are the calendar's, what they ask, and how they go on from one another."""

from __future__ import annotations

from datetime import date
from functools import cache

import pytest

from community.search.calendar_names import CalendarNames
from community.search.calendar_question import CalendarQuestion, Claim, Wanted
from community.search.calendar_reading import CalendarReader
from community.search.lexicon import lexicon_of
from tests.lib.descriptions import example

TODAY = date(2026, 11, 30)


@cache
def reader() -> CalendarReader:
    community = example().community
    return CalendarReader(lexicon_of(community), CalendarNames.of(community))


def read(text: str, previous: CalendarQuestion | None = None) -> CalendarQuestion | None:
    return reader().read(text, "en", TODAY, previous)


def asked(text: str, previous: CalendarQuestion | None = None) -> CalendarQuestion:
    found = read(text, previous)
    assert found is not None
    return found


@pytest.mark.parametrize(
    "text",
    [
        "who organises the meeting on Thursday?",
        "qui anime la réunion de jeudi ?",
        "quem trata da reunião?",
        "من ينظم الاجتماع؟",
        "documents on the meeting",
        "phone of the person in charge of the next meeting",
        "is there anything on composting?",
        "when does the waste desk open?",
        "projects in Kigali",
        "Hello, I need an interpreter for a meeting next week. Who should I ask?",
        "thank you",
        "",
        "word " * 60,
    ],
)
def test_what_the_calendar_leaves_to_others(text: str) -> None:
    assert read(text) is None


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("what's next?", Wanted.LIST),
        ("the next meeting", Wanted.NEXT),
        ("the next meetings", Wanted.LIST),
        ("الاجتماع القادم", Wanted.NEXT),
        ("الاجتماعات القادمة", Wanted.LIST),
        ("when is the assembly?", Wanted.WHEN),
        ("how long until the assembly?", Wanted.LEFT),
        ("combien de jours avant l'assemblée ?", Wanted.LEFT),
        ("where is the assembly?", Wanted.WHERE),
        ("onde é a assembleia?", Wanted.WHERE),
        ("link for the webinar", Wanted.LINK),
        ("agenda de la semaine", Wanted.LIST),
    ],
)
def test_what_is_to_be_known(text: str, wanted: Wanted) -> None:
    assert asked(text).wanted is wanted


def test_whom_and_what_a_question_names() -> None:
    of_city = asked("deadlines for Kumasi")
    assert (set(of_city.kinds), set(of_city.cities), of_city.located) == ({"deadline"}, {"kumasi"}, False)
    assert asked("events in Kigali").located
    assert asked("mobility meetings for me").themes == {"mobility"}
    assert asked("mobility meetings for me").mine
    assert asked("échéances de la deuxième cohorte").cohorts == {"second"}
    assert [part.words for part in asked("when is the board meeting?").about] == ["board"]


def test_a_word_that_the_directory_knows_too_claims_only_what_the_calendar_has() -> None:
    assert asked("waste workshop").claim is Claim.IF_NAMED
    assert asked("waste workshop in January").claim is Claim.SURE
    assert asked("agenda cultural praia").claim is Claim.IF_CALLED
    assert asked("deadlines").claim is Claim.SURE
    assert asked("que faire quand il pleut ?").claim is Claim.IF_NAMED


def test_a_follow_up_keeps_what_it_does_not_name() -> None:
    first = asked("deadlines for Kumasi this week")
    later = asked("and next week?", first)
    assert (set(later.kinds), set(later.cities), later.since) == ({"deadline"}, {"kumasi"}, date(2026, 12, 7))
    elsewhere = asked("et pour Bamako ?", later)
    assert (set(elsewhere.cities), elsewhere.since, elsewhere.language) == (
        {"bamako"},
        date(2026, 12, 7),
        "fr",
    )
    others = asked("and the meetings?", elsewhere)
    assert (set(others.kinds), set(others.cities)) == ({"meeting"}, {"bamako"})
    assert asked("only for me", others).mine


def test_more_of_what_was_shown_is_asked_by_a_word() -> None:
    first = asked("the next mobility meeting")
    for text, wanted in (("where is it?", Wanted.WHERE), ("the link?", Wanted.LINK), ("when?", Wanted.WHEN)):
        found = asked(text, first)
        assert (found.of_shown, found.wanted) == (True, wanted)


def test_who_is_asked_after_the_calendar_asks_the_directory() -> None:
    first = asked("the next mobility meeting")
    assert read("and who is the contact for waste?", first) is None
    assert read("and documents?", first) is None
