"""Asking the calendar: what is said, and what is replied. The form stands in calendar.yaml and test_dialogues.py."""

from __future__ import annotations

from typing import Any

import pytest

from bots.feature_set import FeatureSet
from community.description.yaml_text import parse
from tests.dialogues.test_dialogues import HERE, check, turns
from tests.lib.calendar_asking import CalendarAsker, calendar_skills, keys_of


def dialogues() -> list[dict[str, Any]]:
    parsed = parse((HERE / "calendar.yaml").read_bytes(), "calendar.yaml")
    assert not parsed.problems
    return list(parsed.value)


def name_of(dialogue: dict[str, Any]) -> str:
    said = " / ".join(turn["say"] for turn in turns(dialogue))
    return f"{said} ({turns(dialogue)[0].get('as')})"


@pytest.fixture(scope="module")
def skills() -> FeatureSet:
    return calendar_skills()


@pytest.mark.parametrize("dialogue", dialogues(), ids=name_of)
def test_dialogue_with_the_calendar(skills: FeatureSet, dialogue: dict[str, Any]) -> None:
    said = turns(dialogue)
    given: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in said[0].get("as", {}).items()
    }
    asker = CalendarAsker(conversation=name_of(dialogue), **given)
    # Here every offer has the number 1: those that another dialogue was made are forgotten.
    skills.forget(asker.asked("").person.user_id)
    for turn in said:
        reply = skills.answer(asker.asked(turn["say"]))
        check(turn, reply)
        if "keys" in turn:
            assert keys_of(reply)[: len(turn["keys"])] == turn["keys"], turn["say"]
        if "sure" in turn:
            assert reply.found is not None
            assert reply.found.certain is turn["sure"], turn["say"]
