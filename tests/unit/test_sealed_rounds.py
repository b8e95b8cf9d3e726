"""The sealed rounds of questions, used up as they are, as a regression: no fewer turns are seen to be right."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.lib.sealed import Dialogue, Seen, features_of, judged, rounds

RIGHT = {
    "round1/example": 185,
    "round1/third": 36,
    "round1/talk": 156,
    "round2/example": 171,
    "round2/third": 36,
    "round2/talk": 156,
}
"""The fewest turns of each file that are seen to be right: what came to be, less two for changes elsewhere."""
WRONG = {"round1/example": 5, "round2/example": 11}
"""The most turns in which another entry is asserted than the expected one; in the other files at most one."""


@pytest.mark.parametrize("name", RIGHT)
def test_no_fewer_turns_are_right_and_no_more_wrong(name: str) -> None:
    config, dialogues = next((config, found) for each, config, found in rounds() if each == name)
    seen = Counter(
        one.seen for dialogue in _all(dialogues) for one in judged(features_of(config), name, dialogue)
    )
    assert seen[Seen.RIGHT] >= RIGHT[name], seen
    assert seen[Seen.WRONG] <= WRONG.get(name, 1), seen


def _all(dialogues: tuple[Dialogue, ...]) -> tuple[Dialogue, ...]:
    assert len(dialogues) >= 20
    return dialogues
