"""Joining and leaving spaces, said and replied, in each language. The form stands at the head of spaces.yaml."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from bots.features.spaces.named import themes_named
from bots.features.spaces.words import readings
from community.description.yaml_text import parse
from tests.lib.descriptions import example
from tests.lib.keys import keys_in
from tests.lib.space_talk import LOBBY, space_talk

HERE = Path(__file__).parent
_NUMBER = re.compile(r"[“«] ?(?:yes|oui|sim|نعم|sí|ndiyo) (\d+) ?[”»]")


def dialogues() -> list[dict[str, Any]]:
    parsed = parse((HERE / "spaces.yaml").read_bytes(), "spaces.yaml")
    assert not parsed.problems
    return list(parsed.value)


@pytest.mark.parametrize("dialogue", dialogues(), ids=lambda dialogue: dialogue["language"])
async def test_dialogue(dialogue: dict[str, Any], tmp_path: Path) -> None:
    number = ""
    async with space_talk(tmp_path, (dialogue["language"],)) as talk:
        for line in dialogue["lines"]:
            room = LOBBY if line.get("in") == "lobby" else None
            text = line["say"].replace("{n}", number)
            said = await talk.says(text, line.get("who", "moses.okello"), room)
            number = next(iter(_NUMBER.findall(said)), number)
            for part in line.get("has", ()):
                assert part.replace("{n}", number) in said, (text, said)
            for part in line.get("hasnt", ()):
                assert part not in said, (text, said)
            assert keys_in(said) == []
            if "themes" in line:
                assert list(await talk.themes("moses.okello")) == line["themes"], (text, said)


@pytest.mark.parametrize(
    "text",
    [
        "who leads mobility?",
        "when does the mobility group meet?",
        "who do I ask about waste in Kigali?",
        "how do I join the mobility call?",
        "join the meeting",
        "the link to join the waste clinic",
        "which groups are there?",
        "which themes are there?",
        "which room is the meeting in?",
        "qui anime l'atelier mobilité ?",
        "quand se réunit le groupe mobilité ?",
        "quem lidera a mobilidade?",
        "متى يجتمع فريق التنقل؟",
        "leave the network",
        "quitter le réseau",
        "sair da rede",
        "مغادرة الشبكة",
        "remove Peter from Speaking freely",
        "add a contact",
        "invite Awa Traoré, lead, Niamey, waste",
        "put the calendar on my phone",
    ],
)
def test_what_is_for_the_directory_or_the_calendar_is_not_taken(text: str) -> None:
    taken = [r for r in readings(text, ("en",)) if r.is_sure or themes_named(r, example().community)]
    assert taken == []
