"""A small word inside of a name with hyphens is none of the time beside it: “check-in”, “face-à-face”, “sign-up”."""

from __future__ import annotations

import pytest

from community.search.when.reader import WhenRead, read_when
from tests.lib.when_phrases import setting


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("weekly check-in every monday 9:30 from 8 feb", "weekly check-in"),
        ("sign-up on 18 December at 10:00", "sign-up"),
        ("sign-up 18 December at 10:00", "sign-up"),
        ("follow-up Friday 10am", "follow-up"),
        ("drop-in Friday 10am", "drop-in"),
        ("mid-term review 18 December at 10:00", "mid-term review"),
        ("design read-through Friday 10am", "design read-through"),
        ("staff stand-by Friday 10am", "staff stand-by"),
        ("meet-and-greet on Friday 10am", "meet-and-greet"),
        ("check-in 18 December 10am for two hours", "check-in"),
        ("hands-on Friday 10am", "hands-on"),
        ("face-à-face le 18 décembre à 10h", "face-à-face"),
        ("avant-première vendredi 18 décembre à 10h", "avant-première"),
        ("porte-à-porte vendredi 10h", "porte-à-porte"),
        ("mise-en-route vendredi 10h", "mise-en-route"),
        ("check-in na sexta às 10h", "check-in"),
        ("porta-a-porta sexta às 10h", "porta-a-porta"),
        ("re-união sexta às 10h", "re-união"),
        ("re-unión el viernes a las 10h", "re-unión"),
    ],
)
def test_a_title_keeps_the_words_that_hyphens_join(text: str, title: str) -> None:
    read = read_when(text, setting())
    assert isinstance(read, WhenRead)
    assert read.title == title
    assert not read.when.is_due


@pytest.mark.parametrize(
    "text", ["training Mon-to-Fri 9am from 7 to 18 December", "Mon-Fri 9am, 7-18 December"]
)
def test_a_hyphen_between_days_still_joins_them(text: str) -> None:
    read = read_when(text, setting())
    assert isinstance(read, WhenRead)
    assert read.when.repeat == "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;UNTIL=20261218"
