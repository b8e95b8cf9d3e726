"""Thousands of cases that cost little each, in few tests: pytest begins and reports one for longer than it runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

Case = TypeVar("Case")
_SHOWN = 5
"""How many of those that fail are named in the line that a run ends with."""


def try_each(cases: Iterable[Case], check: Callable[[Case], object]) -> None:
    """Try every case, also after one has failed.

    Raises:
        ExceptionGroup: what was raised for each that fails, with the case as a note: pytest shows all of them.
    """
    number, failures = 0, dict[str, Exception]()
    for number, case in enumerate(cases, 1):
        try:
            check(case)
        except Exception as error:
            error.add_note(f"case {number}: {case}")
            failures[str(case)] = error
    assert number, "there is no case"
    if failures:
        named = "; ".join([*failures][:_SHOWN])
        raise ExceptionGroup(f"{len(failures)} of {number} cases fail: {named}", list(failures.values()))
