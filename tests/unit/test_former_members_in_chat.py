"""A former member writes to the bot: they leave for good, get their data, and are told that there is no more."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bots.correspondents import Correspondents
from bots.encryption import Invitation, RoomView
from bots.safe_rooms import SafeRooms
from community.description.model import Community, Status
from community.jobs.leavings import Leaving
from matrix.ids import RoomId, UserId
from tests.lib.asking import visible
from tests.lib.bot_runtime import BOT, EXAMPLE, NOW, batch
from tests.lib.room_talk import RoomTalk, seeded_store
from tests.unit.test_leaving_in_chat import number_in

MOBILITY, DIRECT = RoomId("!mobility"), RoomId("!her-direct")
AWA = UserId("@awa.diallo:h")


def former(status: Status = Status.ALUMNI) -> Community:
    """Return the example, in which Awa is no active member any more."""
    members = (
        one.model_copy(update={"status": status, "languages": ("en",)})
        if one.username == "awa.diallo"
        else one
        for one in EXAMPLE.members
    )
    return EXAMPLE.model_copy(update={"members": tuple(members)})


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncIterator[RoomTalk]:
    async with await seeded_store(tmp_path, ("en",)) as store:
        opened = RoomTalk(store, tmp_path)
        joined = {AWA: "join", BOT: "join"}
        opened.homeserver.rooms[DIRECT] = RoomView(DIRECT, AWA, algorithm="megolm", members=joined)
        await opened.start()
        await becomes(opened, Status.ALUMNI)
        yield opened


async def becomes(talk: RoomTalk, status: Status) -> None:
    people = [one for one in await talk.store.people.all() if one.user_id != AWA]
    await talk.store.people.replace(people, {AWA: status})
    await talk.store.applied.replace(former(status), at=NOW)


async def says(talk: RoomTalk, text: str, room: RoomId = DIRECT) -> str:
    said = await talk.hears(text, sender=AWA, room=room)
    return "" if said is None else visible(str(said["body"]))


async def test_they_leave_for_good_by_asking(talk: RoomTalk) -> None:
    asked = await says(talk, "leave the network")
    assert "You want to leave the network: you are taken out of all rooms" in asked
    assert "alumn" not in asked
    await says(talk, "export my data")
    assert "It has begun" in await says(talk, f"yes {number_in(asked)}")
    (filed,) = Leaving.each(await talk.store.jobs.pending(Leaving.KIND))
    assert (filed[1].user_id, filed[1].username, filed[1].status) == (AWA, "awa.diallo", "left")


@pytest.mark.parametrize("text", ["who do I ask about waste in Kigali?", "invite Zara", "hello", "my rooms"])
async def test_of_all_else_they_are_told_that_it_is_for_members(talk: RoomTalk, text: str) -> None:
    said = await says(talk, text)
    assert said.startswith("I answer members alone.")
    assert "“leave the network”" in said


async def test_in_a_room_they_are_not_listened_to(talk: RoomTalk) -> None:
    assert await says(talk, "!palabre leave the network", MOBILITY) == ""


async def test_the_bot_stays_in_the_direct_message_and_accepts_another(talk: RoomTalk) -> None:
    homeserver = talk.homeserver
    await talk.takes(batch(rooms=(DIRECT,)))
    assert homeserver.left == []
    other = RoomId("!other")
    invitation = Invitation(other, AWA, is_direct=True, encrypted=True)
    await talk.takes(batch(invitations=(invitation,)))
    assert (homeserver.entered, homeserver.left) == ([other], [])


async def test_under_another_identity_nothing_is_done(talk: RoomTalk) -> None:
    await talk.store.identities.see(AWA, "first", at=NOW)
    await talk.store.identities.see(AWA, "second", at=NOW)
    said = await says(talk, "leave the network")
    assert "You want to leave" not in said
    assert said
    assert await talk.store.jobs.pending(Leaving.KIND) == ()


async def test_whoever_has_left_is_nobody_to_it(talk: RoomTalk) -> None:
    await becomes(talk, Status.LEFT)
    assert await says(talk, "leave the network") == ""
    await talk.takes(batch(rooms=(DIRECT,)))
    assert talk.homeserver.left == [DIRECT]


async def test_their_receipt_can_reach_them(talk: RoomTalk) -> None:
    incoming = talk.bot._incoming
    await incoming.refresh(frozenset[UserId]())
    written_to = Correspondents(incoming.people, SafeRooms(former(), "h"), lambda: (), incoming.alumnus)
    found = written_to.get(AWA)
    assert found is not None
    assert found.name == "Awa Diallo"
    assert found.languages
