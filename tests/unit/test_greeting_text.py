"""The greeting, from what the network knows: what it suggests to ask has an answer. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from bots.greeting_text import Welcomed, greeting
from community.core.language_folders import CHAT_LANGUAGES
from community.core.messages import Translator, msg, translator
from community.directory.lines import Line
from tests.lib.asking import CATALOGUES, visible
from tests.lib.calendar_asking import answered, calendar_skills, description_of, person_of

COMING = (Line("Still to come:"), Line("• a call"))


def greeted(language: str, questions: Sequence[str], coming: Sequence[Line]) -> str:
    """Return the greeting of a member where the directory has an answer to these questions."""

    def examples(_translate: Translator) -> Sequence[str]:
        return questions

    known = replace(calendar_skills("").knowledge, examples=examples)
    who = person_of(description_of("").community, "awa.diallo", (language,))
    return visible(greeting(known, Welcomed(who, None, 0, None, coming, ())).text)


@pytest.mark.parametrize("language", CHAT_LANGUAGES)
def test_where_the_directory_gives_few_questions_the_calendar_gives_one_that_it_answers(
    language: str,
) -> None:
    asked = translator(language, CATALOGUES)(msg("what's next?"))
    assert f"• one?\n• {visible(asked)}\n" in greeted(language, ["one?"], COMING)
    assert "org.palabre.dates" in answered({"say": asked, "languages": (language,)}, asked).marks
    assert asked not in greeted(language, ["one?"], ())
    assert asked not in greeted(language, ["one?", "two?", "three?"], COMING)
