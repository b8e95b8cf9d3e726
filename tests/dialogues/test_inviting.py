"""Inviting somebody to the network, said and replied, in each language. The form: see the head of inviting.yaml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from community.description.yaml_text import parse
from community.joining.invitation import InvitationState
from tests.lib.asking import visible
from tests.lib.inviting_talk import MOBILITY, InvitingTalk, digest_in, inviting_talk
from tests.lib.keys import keys_in

HERE = Path(__file__).parent


def dialogues() -> list[dict[str, Any]]:
    parsed = parse((HERE / "inviting.yaml").read_bytes(), "inviting.yaml")
    assert not parsed.problems
    return list(parsed.value)


@pytest.mark.parametrize("dialogue", dialogues(), ids=lambda dialogue: dialogue["language"])
async def test_dialogue(dialogue: dict[str, Any], tmp_path: Path) -> None:
    async with inviting_talk(tmp_path, (dialogue["language"],)) as talk:
        for line in dialogue["lines"]:
            said = await reply_to(talk, line)
            for part in line.get("has", ()):
                assert part in said, (line["say"], said)
            for part in line.get("hasnt", ()):
                assert part not in said, (line["say"], said)
            assert keys_in(said) == []
            assert "/palabre/j/" not in said
            if "links" in line:
                found = [link.state(talk.now) for link in await talk.links()]
                assert found.count(InvitationState.OPEN) == line["links"], line["say"]


async def reply_to(talk: InvitingTalk, line: dict[str, Any]) -> str:
    """Say a line; return the reply. Where a link is made, check the text to give on, and that its digest is kept."""
    who, room = line.get("who", "awa"), MOBILITY if "in" in line else None
    if "letter" not in line:
        return await talk.says(line["say"], who, room)
    letter = await talk.letter(line["say"], who)
    for part in line["letter"]:
        assert part in visible(letter), letter
    assert digest_in(letter) in {link.digest for link in await talk.links()}
    return visible(talk.homeserver.sent[-1][1]["body"])
