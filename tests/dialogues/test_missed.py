"""“What did I miss?” in each language: what is said and replied (`missed.*.yaml`) after `tests.lib.news_story`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from community.description.yaml_text import parse
from tests.dialogues.test_dialogues import HERE, turns
from tests.lib.bot_runtime import DIRECT
from tests.lib.news_story import some_days
from tests.lib.room_talk import MOBILITY, RoomTalk, seeded_store


def dialogues() -> list[Any]:
    found = []
    for path in sorted(HERE.glob("missed.*.yaml")):
        parsed = parse(path.read_bytes(), path.name)
        assert not parsed.problems
        language = path.name.split(".")[1]
        for dialogue in parsed.value:
            name = " / ".join(turn["say"] for turn in turns(dialogue))
            found.append(pytest.param(language, dialogue, id=f"{language} {name}"))
    return found


@pytest.fixture
async def talk(tmp_path: Path, language: str) -> AsyncIterator[RoomTalk]:
    store = await seeded_store(tmp_path, (language,))
    async with store:
        talk = RoomTalk(store, tmp_path)
        await talk.start()
        await some_days(talk)
        yield talk


@pytest.mark.parametrize(("language", "dialogue"), dialogues())
async def test_dialogue_about_what_is_new(talk: RoomTalk, dialogue: dict[str, Any]) -> None:
    for turn in turns(dialogue):
        room = MOBILITY if turn.get("room") else DIRECT
        said = await talk.told(f"!p {turn['say']}" if turn.get("room") else turn["say"], room=room)
        said = said.replace("\u00a0", " ")
        for text in turn.get("has", ()):
            assert text.replace("\u00a0", " ") in said, (turn["say"], said)
        for text in turn.get("hasnt", ()):
            assert text not in said, (turn["say"], said)
