"""Cases that are tried in one test: each that fails is told, and none is passed over."""

from __future__ import annotations

import pytest

from tests.lib.cases import try_each


def is_even(number: int) -> None:
    assert number % 2 == 0, f"{number} is odd"


def test_all_are_tried_and_each_that_fails_is_told_with_what_is_wrong() -> None:
    with pytest.raises(ExceptionGroup, match="2 of 4 cases fail: 3; 5") as raised:
        try_each([2, 3, 4, 5], is_even)
    assert [str(error).splitlines()[0] for error in raised.value.exceptions] == ["3 is odd", "5 is odd"]
    assert [error.__notes__ for error in raised.value.exceptions] == [["case 2: 3"], ["case 4: 5"]]


def test_a_case_that_cannot_be_tried_at_all_fails_alone() -> None:
    tried: list[int] = []
    with pytest.raises(ExceptionGroup, match="1 of 2 cases fail: 0") as raised:
        try_each([0, 1], lambda number: tried.append(1 // number))
    assert [type(error) for error in raised.value.exceptions] == [ZeroDivisionError]
    assert tried == [1]


def test_none_at_all_is_a_failure() -> None:
    with pytest.raises(AssertionError, match="there is no case"):
        try_each([], is_even)
