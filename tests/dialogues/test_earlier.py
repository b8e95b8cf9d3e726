"""What was said before, asked for and replied to, in each language. The form stands at the head of earlier.yaml."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from community.description.yaml_text import parse
from community.jobs.job import JobState
from community.jobs.return_invitations import ReturnInvitation
from matrix.ids import RoomId
from tests.lib.bot_runtime import AWA, BOT, DIRECT, PETER, PROVISIONER
from tests.lib.room_talk import LUCIE, MOBILITY, RoomTalk, room_of_ours, seeded_store

HERE = Path(__file__).parent
CAFE = RoomId("!cafe")
ROOMS = {"open": MOBILITY, "invited": MOBILITY, "closed": CAFE}


def dialogues() -> list[dict[str, Any]]:
    parsed = parse((HERE / "earlier.yaml").read_bytes(), "earlier.yaml")
    assert not parsed.problems
    return list(parsed.value)


async def promised(talk: RoomTalk) -> list[tuple[str, str, str, str]]:
    """Return who is to be invited again, and where, and whether the bot takes them out; then forget it."""
    jobs = await talk.store.jobs.of_state(ReturnInvitation.KIND, JobState.PENDING)
    for job in jobs:
        await talk.store.jobs.end(job.id, JobState.WITHDRAWN, at=talk.now)
    return [(to.user_id, to.room_id, to.room_key, to.takes_out) for _, to in ReturnInvitation.each(jobs)]


@asynccontextmanager
async def open_talk(folder: Path) -> AsyncIterator[RoomTalk]:
    """Give the talk in English with the open room, into which somebody else has asked Awa."""
    async with await seeded_store(folder, ("en",)) as store:
        talk = RoomTalk(store, folder)
        theme = {"key": "exchange.mobility", "kind": "room", "theme": "mobility"}
        talk.homeserver.rooms[MOBILITY] = room_of_ours(MOBILITY, theme, "shared", AWA)
        await talk.start()
        yield talk


async def asked(talk: RoomTalk) -> str:
    """Ask in the open room; return the event of the reply."""
    await talk.told("!p show me what was said before", room=MOBILITY)
    await promised(talk)
    return f"$reply{len(talk.homeserver.sent)}"


@pytest.mark.parametrize("dialogue", dialogues(), ids=lambda dialogue: dialogue["language"])
async def test_dialogue(dialogue: dict[str, Any], tmp_path: Path) -> None:
    async with await seeded_store(tmp_path, (dialogue["language"],)) as store:
        talk = RoomTalk(store, tmp_path)
        theme = {"key": "exchange.mobility", "kind": "room", "theme": "mobility"}
        talk.homeserver.rooms[MOBILITY] = room_of_ours(MOBILITY, theme, "shared", AWA)
        talk.homeserver.rooms[CAFE] = room_of_ours(CAFE, {"key": "cafe", "kind": "room"}, "joined", AWA)
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
            expected = [(AWA, MOBILITY, "exchange.mobility", "")] if line.get("again") else []
            assert await promised(talk) == expected, (line["say"], said)
            assert ("✅" in said) == bool(line.get("again")), (line["say"], said)


async def test_whom_the_description_has_no_place_for_is_sent_to_whoever_has_asked_them_in(
    tmp_path: Path,
) -> None:
    async with await seeded_store(tmp_path, ("en",)) as store:
        talk = RoomTalk(store, tmp_path)
        locator = {"key": "exchange.health", "kind": "room", "theme": "health"}
        talk.homeserver.rooms[MOBILITY] = room_of_ours(MOBILITY, locator, "shared", AWA)
        await talk.start()
        said = await talk.told("!p show me what was said before", room=MOBILITY)
        assert "Ask whoever has invited you here" in said
        assert await promised(talk) == []


async def test_who_asks_again_has_their_hour_from_then(tmp_path: Path) -> None:
    """The reply says that they are invited again if they leave now."""
    async with open_talk(tmp_path) as talk:
        await talk.told("!p show me what was said before", room=MOBILITY)
        talk.now += timedelta(minutes=50)
        await talk.told("!p show me what was said before", room=MOBILITY)
        jobs = await talk.store.jobs.of_state(ReturnInvitation.KIND, JobState.PENDING)
        assert [to.asked_at for _, to in ReturnInvitation.each(jobs)] == [talk.now]


async def test_one_tap_has_whoever_asked_taken_out_and_invited_again(tmp_path: Path) -> None:
    async with open_talk(tmp_path) as talk:
        reply = await asked(talk)
        assert (reply, "✅") in talk.homeserver.signs
        await talk.reacts("✅", reply, AWA, MOBILITY)
        assert "I take you out of this room in a moment" in talk.homeserver.sent[-1][1]["body"]
        assert await promised(talk) == [(AWA, MOBILITY, "exchange.mobility", "yes")]


@pytest.mark.parametrize("what", ["another's tap", "another sign", "closed since", "to another reply"])
async def test_nobody_is_taken_out_by(tmp_path: Path, what: str) -> None:
    async with open_talk(tmp_path) as talk:
        reply = await asked(talk)
        talk.homeserver.rooms[MOBILITY].members[LUCIE] = "join"
        if what == "closed since":
            talk.homeserver.rooms[MOBILITY].history_visibility = "joined"
        if what == "to another reply":
            await talk.told("!p hello", room=MOBILITY)
            reply = f"$reply{len(talk.homeserver.sent)}"
        sender, sign = LUCIE if what == "another's tap" else AWA, "❌" if what == "another sign" else "✅"
        before = len(talk.homeserver.sent)
        await talk.reacts(sign, reply, sender, MOBILITY)
        assert (await promised(talk), len(talk.homeserver.sent)) == ([], before)


async def test_who_has_as_much_power_in_the_room_as_the_bot_is_told_to_leave_it(tmp_path: Path) -> None:
    async with open_talk(tmp_path) as talk:
        coordinators = RoomId("!announcements")
        talk.homeserver.rooms[coordinators] = room_of_ours(
            coordinators, {"key": "announcements", "kind": "room"}, "shared"
        )
        talk.homeserver.rooms[coordinators].members[PETER] = "join"
        await talk.hears("!p show me what was said before", PETER, coordinators)
        said = talk.homeserver.sent[-1][1]["body"]
        assert ("Leave this room now" in said, "✅" in said) == (True, False)
