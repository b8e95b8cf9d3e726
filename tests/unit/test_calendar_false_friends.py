"""Words that another language has for what is in a calendar, and “open” in the name of what is no desk."""

from __future__ import annotations

import pytest

from community.core.words import words
from community.search.calendar_words import spotted


@pytest.mark.parametrize(
    ("text", "language", "kinds"),
    [
        ("when does the next stage begin", "en", set()),
        ("le stage", "fr", {"training"}),
        ("quand est le workshop", "fr", {"training"}),
        ("quand est le meeting", "fr", {"meeting"}),
        ("the programme of the city", "en", set()),
        ("le programme", "fr", {"any"}),
    ],
)
def test_a_word_for_entries_counts_where_it_is_no_everyday_word_of_the_language(
    text: str, language: str, kinds: set[str]
) -> None:
    said = words(text)
    assert spotted(said).without_foreign(said, language).kinds.keys() == kinds


@pytest.mark.parametrize(
    ("text", "opens"),
    [("when is the open data day", False), ("متى يوم البيانات المفتوحة", False), ("is the desk open", True)],
)
def test_what_is_called_open_opens_no_desk(text: str, opens: bool) -> None:
    said = words(text)
    assert spotted(said).without_opening_inside(said).has("opening") is opens
