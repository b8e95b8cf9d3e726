"""Each title of the example's calendar, asked for in each of its languages, is found in the calendar."""

from __future__ import annotations

import pytest

from community.directory.entry import calendar_entries
from tests.lib.calendar_asking import CalendarAsker, calendar_skills, keys_of
from tests.lib.descriptions import example

ASKED = {
    "en": ("when is {}?", "next {}", "is {} cancelled?"),
    "fr": ("c'est quand, {} ?", "quand a lieu {} ?"),
    "pt": ("quando é {}?",),
    "ar": ("متى {}؟",),
}


def questions() -> list[tuple[str, str, str]]:
    calendar = example().calendar
    assert calendar is not None
    return [
        (entry.key, language, form.format(title))
        for entry in calendar_entries(calendar)
        for language, title in entry.title
        for form in ASKED[language]
    ]


@pytest.mark.parametrize(("key", "language", "text"), questions())
def test_a_question_with_a_whole_title_is_answered_from_the_calendar(
    key: str, language: str, text: str
) -> None:
    asker = CalendarAsker("mariam.coulibaly", (language,), conversation=text)
    assert key in keys_of(calendar_skills().answer(asker.asked(text)))[:2]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("when is the waste call?", "waste-clinic"),
        ("link to the waste call?", "waste-clinic"),
        ("do we have a call on Thursday?", "leads-meeting"),
        ("c'est quand l'appel déchets ?", "waste-clinic"),
        ("quando é a chamada sobre resíduos?", "waste-clinic"),
        ("is the waste clinic cancelled?", "waste-clinic"),
    ],
)
def test_a_call_is_a_meeting_and_what_may_be_cancelled_is_of_the_calendar(text: str, first: str) -> None:
    reply = calendar_skills().answer(CalendarAsker(conversation=f"title {text}").asked(text))
    assert keys_of(reply)[:1] == [first]


@pytest.mark.parametrize(
    "text", ["who can I call about waste?", "when can I call the contact for waste in Kigali?"]
)
def test_whom_one_may_call_is_asked_of_the_directory(text: str) -> None:
    reply = calendar_skills().answer(CalendarAsker(conversation=f"title {text}").asked(text))
    assert keys_of(reply)[0].startswith("contact/")
