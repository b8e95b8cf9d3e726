"""What was said before, asked for and replied to, in each language. The form stands at the head of earlier.yaml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bots.encryption import RoomView
from bots.encryption.protocol import MEGOLM
from community.description.yaml_text import parse
from community.jobs.job import JobState
from community.jobs.return_invitations import ReturnInvitation
from matrix.ids import RoomId, UserId
from tests.lib.bot_runtime import AWA, BOT, DIRECT, PROVISIONER
from tests.lib.room_talk import MOBILITY, RoomTalk, seeded_store

HERE = Path(__file__).parent
CAFE = RoomId("!cafe")
ROOMS = {"open": MOBILITY, "invited": MOBILITY, "closed": CAFE}


def dialogues() -> list[dict[str, Any]]:
    parsed = parse((HERE / "earlier.yaml").read_bytes(), "earlier.yaml")
    assert not parsed.problems
    return list(parsed.value)


def room(room_id: RoomId, locator: dict[str, str], history: str) -> RoomView:
    origin = {"org.palabre.community": "villes", "org.palabre.key": locator["key"]}
    members: dict[UserId, str] = dict.fromkeys((AWA, BOT, PROVISIONER), "join")
    return RoomView(
        room_id,
        PROVISIONER,
        origin,
        locator,
        algorithm=MEGOLM,
        history_visibility=history,
        members=members,
    )


async def promised(talk: RoomTalk) -> list[tuple[str, str, str]]:
    """Return who is to be invited again, and where; then forget it."""
    jobs = await talk.store.jobs.of_state(ReturnInvitation.KIND, JobState.PENDING)
    for job in jobs:
        await talk.store.jobs.end(job.id, JobState.WITHDRAWN, at=talk.now)
    return [(to.user_id, to.room_id, to.room_key) for _, to in ReturnInvitation.each(jobs)]


@pytest.mark.parametrize("dialogue", dialogues(), ids=lambda dialogue: dialogue["language"])
async def test_dialogue(dialogue: dict[str, Any], tmp_path: Path) -> None:
    async with await seeded_store(tmp_path, (dialogue["language"],)) as store:
        talk = RoomTalk(store, tmp_path)
        theme = {"key": "exchange.mobility", "kind": "room", "theme": "mobility"}
        talk.homeserver.rooms[MOBILITY] = room(MOBILITY, theme, "shared")
        talk.homeserver.rooms[CAFE] = room(CAFE, {"key": "cafe", "kind": "room"}, "joined")
        await talk.start()
        for line in dialogue["lines"]:
            there = line.get("in")
            inviters = talk.homeserver.rooms[MOBILITY].invited_by
            inviters[AWA] = BOT if there == "invited" else PROVISIONER
            said = (await talk.told(line["say"], room=ROOMS.get(there, DIRECT))).replace("\u00a0", " ")
            for part in line.get("has", ()):
                assert part in said, (line["say"], said)
            for part in line.get("hasnt", ()):
                assert part not in said, (line["say"], said)
            expected = [(AWA, MOBILITY, "exchange.mobility")] if line.get("again") else []
            assert await promised(talk) == expected, (line["say"], said)


async def test_whom_the_description_has_no_place_for_is_sent_to_whoever_has_asked_them_in(
    tmp_path: Path,
) -> None:
    async with await seeded_store(tmp_path, ("en",)) as store:
        talk = RoomTalk(store, tmp_path)
        locator = {"key": "exchange.health", "kind": "room", "theme": "health"}
        talk.homeserver.rooms[MOBILITY] = room(MOBILITY, locator, "shared")
        await talk.start()
        said = await talk.told("!p show me what was said before", room=MOBILITY)
        assert "Ask whoever has invited you here" in said
        assert await promised(talk) == []
