"""A proposal is shown to several people: once it is decided, every copy of it says so."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.lib.asking import visible
from tests.lib.bot_runtime import AWA, COORDINATION, DIRECT, PETER
from tests.lib.room_talk import MOUSSA, RoomTalk, seeded_store


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[RoomTalk]:
    async with await seeded_store(tmp_path) as store:
        opened = RoomTalk(store, tmp_path)
        await opened.start()
        yield opened


async def proposed(room: RoomTalk) -> dict[str, str]:
    """Propose a change of an entry of Bamako; return the posts' event ids by room."""
    await room.hears("!p confirm Seydou Traoré", sender=MOUSSA)
    await room.hears("!p yes", sender=MOUSSA)
    sent = {
        event_id: event
        for event_id, event in room.homeserver.earlier.items()
        if event_id.startswith("$reply")
    }
    return {e.room_id: event_id for event_id, e in sent.items() if e.room_id in (COORDINATION, DIRECT)}


def edits(room: RoomTalk) -> dict[str, Any]:
    """Return what messages of the bot's were edited into, by their event ids."""
    contents = [content for _, content in room.homeserver.sent if "m.new_content" in content]
    return {c["m.relates_to"]["event_id"]: c["m.new_content"] for c in contents}


@pytest.mark.parametrize("key", ["✅", "❌"])
async def test_each_copy_says_what_was_decided_to_each_reader_in_their_language(
    room: RoomTalk, key: str
) -> None:
    posts = await proposed(room)
    assert set(posts) == {COORDINATION, DIRECT}
    assert edits(room) == {}
    await room.reacts(key, posts[DIRECT], AWA, DIRECT)
    marked = {event_id: visible(content["body"]) for event_id, content in edits(room).items()}
    assert set(marked) == set(posts.values())
    assert ("Approuvé" if key == "✅" else "Refusé") in marked[posts[DIRECT]]
    assert all(content["m.mentions"] == {} for content in edits(room).values())


async def test_who_reacts_to_a_copy_that_is_decided_changes_nothing(room: RoomTalk) -> None:
    posts = await proposed(room)
    await room.reacts("✅", posts[COORDINATION], PETER, COORDINATION)
    before = len(room.homeserver.sent)
    await room.reacts("❌", posts[DIRECT], AWA, DIRECT)
    assert len(room.homeserver.sent) == before


@pytest.mark.parametrize("word", ["yes", "oui", "sim", "نعم", "approve", "approuver", "aprovar", "أوافق على"])
async def test_a_coordinator_says_it_in_their_room_without_naming_the_bot(room: RoomTalk, word: str) -> None:
    posts = await proposed(room)
    shown = visible(room.homeserver.earlier[posts[COORDINATION]].content["body"])
    assert "✅ 👍 ✔" in shown
    assert "“yes 1”" in shown
    assert await room.hears(f"{word} 2", sender=PETER, room=COORDINATION) is None
    assert "Seydou Traoré" in await room.told(f"{word} 1", sender=PETER, room=COORDINATION)
    assert await room.store.jobs.pending("proposal") == ()
    assert (await room.store.entries.history("contact", "bamako-taxes"))[0].actor == PETER


async def test_a_lead_says_it_in_their_direct_message_in_arabic_digits(room: RoomTalk) -> None:
    await proposed(room)
    assert "Approuvé" in await room.told("oui ١", room=DIRECT)
    assert "rien à confirmer ici avec « oui 1 »" in await room.told("oui 1", room=DIRECT)


async def test_nobody_approves_their_own_by_its_number(room: RoomTalk) -> None:
    await proposed(room)
    assert "Somebody else has to approve" in await room.told("!p yes 1", sender=MOUSSA)
    assert len(await room.store.jobs.pending("proposal")) == 1


async def test_what_is_said_to_another_coordinator_decides_nothing(room: RoomTalk) -> None:
    await proposed(room)
    mention: dict[str, Any] = {"m.mentions": {"user_ids": [AWA]}}
    assert await room.hears("yes 1", sender=PETER, room=COORDINATION, **mention) is None
    assert await room.hears("there were 1", sender=PETER, room=COORDINATION) is None
    assert len(await room.store.jobs.pending("proposal")) == 1


async def test_a_proposal_is_decided_beside_a_change_that_stays_open(room: RoomTalk) -> None:
    await proposed(room)
    begun = await room.told("supprime Awa Diallo", room=DIRECT)
    assert "« oui 2 »" in begun
    assert "Approuvé" in await room.told("oui 1", room=DIRECT)
    assert "Supprimé" in await room.told("oui 2", room=DIRECT)
