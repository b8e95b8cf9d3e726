"""Say → reply, without a server: each line of the YAML beside this file is a test."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bots.skills import SkillSet
from community.yaml_text import parse
from tests.lib.asking import ask, example_skills, skills_after_leaving

HERE = Path(__file__).parent


def dialogues() -> list[dict[str, Any]]:
    parsed = parse((HERE / "directory.yaml").read_bytes(), "directory.yaml")
    assert not parsed.problems
    return list(parsed.value)


@pytest.fixture(scope="module")
def skills() -> SkillSet:
    return example_skills()


@pytest.mark.parametrize("dialogue", dialogues(), ids=lambda d: f"{d['say'] or 'nothing'} ({d.get('theme')})")
def test_dialogue(skills: SkillSet, dialogue: dict[str, Any]) -> None:
    if "left" in dialogue:
        skills = skills_after_leaving(dialogue["left"])
    reply = ask(skills, dialogue["say"], theme=dialogue.get("theme"))
    if "first" in dialogue:
        assert reply.text.split("\n")[0].split(": ")[0] == dialogue["first"]
    for part in dialogue.get("has", ()):
        assert part in reply.text
    for part in dialogue.get("hasnt", ()):
        assert part not in reply.text
    assert reply.html.startswith("<p>")
