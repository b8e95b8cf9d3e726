"""A date that is set in a room, with the whole bot: whom it is for, where its words are kept, and until when."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bots.encryption.batch import Batch, Redacted
from community.core.sealed_text import TextCipher
from community.directory.changes import as_values
from community.storage import Store
from matrix.ids import EventId
from tests.lib.asking import visible
from tests.lib.bot_runtime import AWA, DIRECT, PETER
from tests.lib.marked import mark, marks_in_files, marks_in_memory
from tests.lib.room_talk import MOBILITY, RoomTalk, seed

CIPHER = TextCipher(bytes(32))


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncIterator[RoomTalk]:
    async with await Store.open(f"sqlite+aiosqlite:///{tmp_path}/palabre.db", CIPHER) as store:
        await seed(store, ("en",))
        opened = RoomTalk(store, tmp_path)
        await opened.start()
        yield opened


def shown(talk: RoomTalk) -> str:
    return visible(talk.homeserver.sent[-1][1]["body"])


async def test_what_is_set_in_a_room_is_for_the_theme_of_the_room(talk: RoomTalk) -> None:
    await talk.hears("!p plan a call on trams tomorrow at 10:00", sender=PETER, room=MOBILITY)
    assert "To be added: Call on trams" in shown(talk)
    assert "For whom: Mobility" in shown(talk)
    await talk.hears("!p yes", sender=PETER, room=MOBILITY)
    assert "Saved: Call on trams" in shown(talk)
    made = await talk.store.entries.entry("event", "call-on-trams")
    assert made is not None
    assert as_values(made)["audience"] == {"themes": ["mobility"]}


async def test_the_words_of_a_draft_are_sealed_and_go_with_their_message(
    talk: RoomTalk, tmp_path: Path
) -> None:
    await talk.hears(f"plan a meeting {mark(1)}", sender=AWA, room=DIRECT)
    assert "When is it?" in shown(talk)
    assert marks_in_files(tmp_path) == {}
    event = f"$said{talk._said}"
    talk.homeserver.earlier.pop(event, None)
    gone = Redacted(DIRECT, EventId("$gone"), EventId(event))
    await talk.takes(Batch((), (), frozenset(), frozenset(), (gone,)))
    talk.homeserver.sent.clear()
    talk.homeserver.earlier.clear()
    assert marks_in_memory() == {}
    await talk.hears("tomorrow at 10:00", sender=AWA, room=DIRECT)
    assert "To be added" not in shown(talk)
