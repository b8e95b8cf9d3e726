"""Say → reply, without a server: each line of the YAML files beside this one is a test.

`say` is a question by itself, `talk` several in one conversation. `has` and `hasnt` are parts of the reply's text,
`first` is the name at the beginning of its first line, all
without invisible marks; `as` says who asks and where (`tests.lib.asking.Asker`).
`passes_on` is the question that the coordinators get, `counts` what is counted.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bots.context.message import Reply
from bots.feature_set import FeatureSet
from bots.features.ask.effects import CountQuestion
from bots.features.pass_on import PassOn
from community.description.yaml_text import parse
from tests.lib.asking import Asker, example_skills, skills_after_leaving, talk, visible
from tests.lib.keys import keys_in

HERE = Path(__file__).parent
FILES = ("directory.yaml", "asking.yaml", "without.yaml", "nothing_open.yaml")


def dialogues() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for name in FILES:
        parsed = parse((HERE / name).read_bytes(), name)
        assert not parsed.problems
        found += parsed.value
    return found


def turns(dialogue: dict[str, Any]) -> list[dict[str, Any]]:
    return list(dialogue.get("talk", [dialogue]))


def name_of(dialogue: dict[str, Any]) -> str:
    said = " / ".join(turn["say"] or "nothing" for turn in turns(dialogue))
    return f"{said} ({dialogue.get('theme')}, {dialogue.get('as')})"


def asker(dialogue: dict[str, Any]) -> Asker:
    given: dict[str, Any] = {"theme": dialogue.get("theme"), "conversation": name_of(dialogue)}
    for name, value in dialogue.get("as", {}).items():
        given[name] = tuple(value) if isinstance(value, list) else value
    return Asker(**given)


@pytest.fixture(scope="module")
def skills() -> FeatureSet:
    return example_skills()


@pytest.mark.parametrize("dialogue", dialogues(), ids=name_of)
def test_dialogue(skills: FeatureSet, dialogue: dict[str, Any]) -> None:
    if "left" in dialogue:
        skills = skills_after_leaving(dialogue["left"])
    said = turns(dialogue)
    skills.forget("@peter:example.org")
    replies = talk(skills, asker(dialogue), [turn["say"] for turn in said])
    for turn, reply in zip(said, replies, strict=True):
        check(turn, reply)


def check(turn: dict[str, Any], reply: Reply) -> None:
    text = visible(reply.text)
    if "first" in turn:
        assert text.split("\n")[0].split(": ")[0].split(" · ")[0] == turn["first"], turn["say"]
    for part in turn.get("has", ()):
        assert part in text, turn["say"]
    for part in turn.get("hasnt", ()):
        assert part not in text, turn["say"]
    assert reply.html.startswith("<p>")
    assert keys_in(reply.text) == keys_in(reply.html) == []
    assert [e.question for e in reply.effects if isinstance(e, PassOn)] == [
        *([turn["passes_on"]] if "passes_on" in turn else [])
    ]
    if "counts" in turn:
        counted = [topic for e in reply.effects if isinstance(e, CountQuestion) for topic in e.topics]
        assert counted == turn["counts"], turn["say"]
