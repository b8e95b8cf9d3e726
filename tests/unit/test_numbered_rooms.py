"""A number that names a room is no day."""

from __future__ import annotations

import pytest

from community.search.when.reader import WhenRead, read_when
from tests.lib.when_phrases import setting


@pytest.mark.parametrize(
    "text",
    [
        "meeting in room 3, 18 december 10h",
        "réunion salle 3, 18 décembre 10h",
        "reunião na sala 3, 18 de dezembro às 10h",
    ],
)
def test_a_list_of_days_that_begins_with_the_number_of_a_room_is_asked_about(text: str) -> None:
    assert not isinstance(read_when(text, setting()), WhenRead)


def test_without_a_comma_it_is_the_day_alone() -> None:
    read = read_when("meeting in room 3 18 december 10h", setting())
    assert isinstance(read, WhenRead)
    assert (read.when.start.day, read.when.also, read.title) == (18, (), "meeting in room 3")
