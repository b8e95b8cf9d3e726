"""Each weight of the search that other questions do not need has one here, whose answer is another without it."""

from __future__ import annotations

from types import ModuleType

import pytest

from community.search import entry_index, ranking, unknown_words
from tests.lib.scoring import Scored, Verdict, scores, sets

NEEDED = (
    (ranking, "_HOW", 0.0, "en-w01"),
    (ranking, "_DESK", 0.0, "en-w02"),
    (ranking, "_VACANT", 0.0, "fr-w03"),
    (ranking, "_EVERYWHERE", 0.0, "en-w04"),
    (ranking, "_WHOLE_NAME", 0.0, "en-w05"),
    (entry_index, "_A_SLIP", 1.0, "en-w06"),
    (unknown_words, "_COVERED", 0.0, "ar-w07"),
)
"""Weights, each with the value that makes it count for nothing, and a question."""


def asked() -> dict[str, Scored]:
    return {one.expected.id: one for name in sets("*weights") for one in scores(name)}


def test_each_of_these_questions_is_answered_rightly() -> None:
    found = asked()
    assert set(found) == {question for _module, _weight, _off, question in NEEDED}
    assert [str(one) for one in found.values() if one.verdict is not Verdict.RIGHT] == []


@pytest.mark.parametrize(("module", "weight", "off", "question"), NEEDED)
def test_without_the_weight_the_answer_is_not_right(
    module: ModuleType, weight: str, off: float, question: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, weight, off)
    assert asked()[question].verdict is not Verdict.RIGHT
