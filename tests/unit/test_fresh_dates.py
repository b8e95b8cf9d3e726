"""Sentences that were scored when they were new (`tests/data/when_fresh`) come out as they should ever since."""

from __future__ import annotations

from typing import Any

import pytest

from tests.lib.fresh_dates import fresh_messages, fresh_phrases, judged_message, judged_phrase

ROUNDS = ("first", "second", "third")
PHRASES = (*ROUNDS, "fourth", "fifth", "sixth")


@pytest.mark.parametrize("line", [line for name in PHRASES for line in fresh_phrases(name)])
def test_a_phrase_is_read_as_it_was_meant(line: str) -> None:
    judged = judged_phrase(line)
    assert judged.outcome == "right", judged


@pytest.mark.parametrize(
    "line", [line for name in ROUNDS for line in fresh_messages(name)], ids=lambda line: line["say"]
)
def test_a_message_is_done_as_it_was_meant(line: dict[str, Any]) -> None:
    judged = judged_message(line)
    assert judged.outcome == judged.wanted, judged
