"""A proposal is shown to several people: once it is decided, every copy of it says so."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from community.storage import Store
from tests.lib.asking import visible
from tests.lib.bot_runtime import AWA, COORDINATION, DIRECT, PETER
from tests.lib.room_talk import MOUSSA, RoomTalk, seed


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[RoomTalk]:
    async with await Store.open(f"sqlite+aiosqlite:///{tmp_path}/palabre.db") as store:
        await seed(store)
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
