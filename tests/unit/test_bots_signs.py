"""The bot places the reactions that its messages ask for; a thumb and a tick count as ✅ does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bots.context.short_words import asked_signs, reaction
from community.core.messages import msg
from matrix.errors import Forbidden
from matrix.ids import RoomId
from tests.lib.asking import visible
from tests.lib.bot_runtime import AWA, DIRECT
from tests.lib.room_talk import MOBILITY, RoomTalk, seeded_store


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[RoomTalk]:
    async with await seeded_store(tmp_path) as store:
        opened = RoomTalk(store, tmp_path)
        await opened.start()
        yield opened


@pytest.mark.parametrize(("where", "prefix"), [(MOBILITY, "!p "), (DIRECT, "")])
async def test_they_stand_under_what_asks_for_them_and_under_nothing_else(
    room: RoomTalk, where: RoomId, prefix: str
) -> None:
    await room.told(f"{prefix}qui contacter pour les déchets à Kigali ?", room=where)
    assert room.homeserver.signs == []
    await room.told(f"{prefix}qui s'occupe des zeppelins à Kigali ?", room=where)
    assert room.homeserver.signs == []
    await room.told(f"{prefix}confirme Awa Diallo", room=where)
    assert room.homeserver.signs == [("$reply3", "✅"), ("$reply3", "❌")]
    await room.told(f"{prefix}annuler", room=where)
    await room.told(f"{prefix}supprime Awa Diallo", room=where)
    assert room.homeserver.signs[2:] == [("$reply5", "❌")]


@pytest.mark.parametrize("key", ["✅", "👍", "👍🏿", "✔️", "☑"])
async def test_a_thumb_and_a_tick_save_what_can_be_taken_back(room: RoomTalk, key: str) -> None:
    await room.told("!p confirme Awa Diallo")
    await room.reacts(key, "$reply1", AWA, MOBILITY)
    assert "Enregistré" in visible(room.homeserver.sent[-1][1]["body"])


@pytest.mark.parametrize("key", ["✅", "👍", "✔️"])
async def test_no_sign_has_a_question_leave_the_room(room: RoomTalk, key: str) -> None:
    await room.told("!p qui s'occupe des zeppelins à Kigali ?")
    await room.reacts(key, "$reply1", AWA, MOBILITY)
    assert await room.passed_on() == []
    assert "écrivez « oui 1 »" in visible(room.homeserver.sent[-1][1]["body"])


async def test_what_asks_for_a_sign_says_which_count(room: RoomTalk) -> None:
    shown = await room.told("!p confirme Awa Diallo")
    assert "✅ 👍 ✔ ou « oui »" in shown
    assert "❌ 👎 ✖ ou « annuler »" in shown


async def test_an_answer_stands_where_the_reaction_is_refused(
    room: RoomTalk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(*_: object) -> None:
        raise Forbidden("M_FORBIDDEN", 403, "rooms/send")

    monkeypatch.setattr(room.homeserver, "send_reaction", refused)
    assert "Je ne connais personne" in await room.told("!p qui s'occupe des zeppelins à Kigali ?")
    assert len(room.homeserver.sent) == 1


def test_what_people_have_written_asks_for_nothing() -> None:
    assert asked_signs([msg("Saved: {name}.", name="✅ ❌")]) == ()
    assert asked_signs([msg("✅ or “yes” saves it; ❌ or “cancel” drops it.")]) == ("✅", "❌")


def test_other_signs_mean_nothing() -> None:
    assert [reaction(key) for key in ("👍🏽", "👎🏽", "❌", "🎉")] == [True, False, False, None]
