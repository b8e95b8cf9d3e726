"""The work for a message that may say when something is grows with its length and no faster, and is bounded.

Lines of Python are counted, never seconds (`tests.lib.operations`). No regular expression is used there.
"""

from __future__ import annotations

import pytest

from community.core import words
from community.search.when.reader import LONGEST, read_when
from tests.lib.operations import counted
from tests.lib.when_phrases import setting

UNITS = (
    "1 ",
    "the ",
    "every ",
    "monday and ",
    "3/",
    "de 9 ",
    "يوم ",
    "until the ",
    "Kigali time ",
    "#",
    "a" * 40 + " ",
)
MOST_LINES = 5_000_000
"""Lines for the longest message that is read, in all languages: a fifth of a second."""


def lines(text: str) -> int:
    read_when(text, setting())  # what is made once is not counted
    with counted(pytest.MonkeyPatch(), (words,)) as count:
        read_when(text, setting())
    return count.lines


@pytest.mark.parametrize("unit", UNITS)
def test_twice_the_message_is_twice_the_work(unit: str) -> None:
    short, long = (lines((unit * 100)[:length]) for length in (60, 120))
    assert long <= 3 * short + 500


@pytest.mark.parametrize("unit", UNITS)
def test_no_message_costs_more_than_so_many_lines(unit: str) -> None:
    assert lines((unit * LONGEST)[:10_000]) < MOST_LINES
