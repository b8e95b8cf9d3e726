"""The calendar in the telephone, said and replied, in each language. The form stands at the head of feeds.yaml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from community.description.yaml_text import parse
from tests.lib.feed_talk import SERVER, FeedTalk, addresses, feed_talk
from tests.lib.keys import keys_in

HERE = Path(__file__).parent


def dialogues() -> list[dict[str, Any]]:
    parsed = parse((HERE / "feeds.yaml").read_bytes(), "feeds.yaml")
    assert not parsed.problems
    return list(parsed.value)


@pytest.mark.parametrize("dialogue", dialogues(), ids=lambda dialogue: dialogue["language"])
async def test_dialogue(dialogue: dict[str, Any], tmp_path: Path) -> None:
    secret = ""
    async with feed_talk(tmp_path, (dialogue["language"],)) as talk:
        for line in dialogue["lines"]:
            said = await talk.says(line["say"], line.get("who", "awa"), line.get("in"))
            for part in line.get("has", ()):
                assert part in said, (line["say"], said)
            assert keys_in(said) == []
            secret = await check_addresses(talk, line, said, secret)


async def check_addresses(talk: FeedTalk, line: dict[str, Any], said: str, secret: str) -> str:
    """Check what a reply gives, and what has become of the address given last; return the one that there is now."""
    found = addresses(said)
    if "made" in line:
        assert [ending for *_, ending in found] == [".ics", ""], (line["say"], said)
        ((server, made, language),) = {each[:3] for each in found}
        assert server == SERVER
        assert line["made"] in (language, "any")
        assert await talk.feed(made) is not None
        assert not secret or await talk.feed(secret) is None
        return made
    assert found == [], (line["say"], said)
    if line.get("gone"):
        assert await talk.feed(secret) is None, line["say"]
        return ""
    if line.get("stays"):
        assert await talk.feed(secret) is not None, line["say"]
    return secret
