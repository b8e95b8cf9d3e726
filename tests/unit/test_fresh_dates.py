"""Sentences that were scored when they were new (`tests/data/when_fresh`) come out as they should ever since."""

from __future__ import annotations

from typing import Any

import pytest

from tests.lib.cases import try_each
from tests.lib.fresh_dates import fresh_messages, fresh_phrases, judged_message, judged_phrase

ROUNDS = ("first", "second", "third")
PHRASES = (*ROUNDS, "fourth", "fifth", "sixth")


def is_right(line: str) -> None:
    judged = judged_phrase(line)
    assert judged.outcome == "right", judged


@pytest.mark.parametrize("name", PHRASES)
def test_a_phrase_is_read_as_it_was_meant(name: str) -> None:
    try_each(fresh_phrases(name), is_right)


def is_done_as_wanted(line: dict[str, Any]) -> None:
    judged = judged_message(line)
    assert judged.outcome == judged.wanted, judged


@pytest.mark.parametrize("name", ROUNDS)
def test_a_message_is_done_as_it_was_meant(name: str) -> None:
    try_each(fresh_messages(name), is_done_as_wanted)
