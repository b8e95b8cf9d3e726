"""An answer follows its question for an hour: edited where that is edited, gone where it is deleted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bots.encryption.batch import Batch, Redacted
from matrix.ids import EventId, RoomId
from tests.lib.asking import visible
from tests.lib.bot_runtime import DIRECT
from tests.lib.room_talk import LUCIE, MOBILITY, RoomTalk, seeded_store


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[RoomTalk]:
    async with await seeded_store(tmp_path) as store:
        opened = RoomTalk(store, tmp_path)
        await opened.start()
        yield opened


def shown(content: Any) -> str:
    return visible(content["m.new_content"]["body"])


@pytest.mark.parametrize(("where", "prefix"), [(MOBILITY, "!p "), (DIRECT, "")])
async def test_the_answer_to_an_edited_question_is_edited(room: RoomTalk, where: RoomId, prefix: str) -> None:
    old = await room.told(f"{prefix}qui contacter pour les déchets à Kigali ?", room=where)
    assert "Claudine Uwase" in old
    (edit,) = await room.edits("$said1", f"{prefix}qui contacter pour les déchets à Bamako ?", room=where)
    assert edit["m.relates_to"] == {"rel_type": "m.replace", "event_id": "$reply1"}
    assert "Fatoumata Sangaré" in shown(edit)
    assert edit["m.mentions"] == {}
    assert edit["m.new_content"]["msgtype"] == "m.text"
    assert edit["body"].startswith("* ")
    # What is said next goes on with the new words.
    assert "Awa Diallo" in await room.told(f"{prefix}et pour la mobilité ?", room=where)


async def test_an_answer_is_edited_as_often_as_its_question(room: RoomTalk) -> None:
    await room.told("!p qui contacter pour les déchets à Kigali ?")
    await room.edits("$said1", "!p qui contacter pour les déchets à Bamako ?")
    (edit,) = await room.edits("$said1", "!p qui contacter pour la mobilité à Bamako ?")
    assert edit["m.relates_to"]["event_id"] == "$reply1"
    assert "Awa Diallo" in shown(edit)


async def test_what_is_no_question_to_the_bot_any_more_has_no_answer(room: RoomTalk) -> None:
    await room.told("!p qui contacter pour les déchets à Kigali ?")
    assert await room.edits("$said1", "qui contacter pour les déchets à Kigali ?") == []
    assert room.homeserver.redacted == ["$reply1"]


async def test_nothing_is_done_because_of_an_edit(room: RoomTalk) -> None:
    await room.told("!p qui s'occupe des zeppelins à Kigali ?")
    (edit,) = await room.edits("$said1", "!p confirme Awa Diallo")
    assert "écrivez-le dans un nouveau message" in shown(edit)
    await room.told("!p qui s'occupe des zeppelins à Kigali ?")
    await room.edits("$said3", "!p oui")
    assert await room.passed_on() == []
    assert await room.store.drafts.by_event(MOBILITY, "$reply1") is None


async def test_what_did_more_than_answer_stays(room: RoomTalk) -> None:
    begun = await room.hears("!p confirme Awa Diallo")
    assert begun is not None
    assert await room.edits("$said1", "!p qui contacter pour les déchets à Kigali ?") == []
    assert room.homeserver.redacted == []


async def test_after_an_hour_and_by_somebody_else_nothing_changes(room: RoomTalk) -> None:
    await room.told("!p qui contacter pour les déchets à Kigali ?")
    assert await room.edits("$said1", "!p qui contacter pour les déchets à Bamako ?", sender=LUCIE) == []
    room.now += timedelta(hours=1, seconds=1)
    assert await room.edits("$said1", "!p qui contacter pour les déchets à Bamako ?") == []
    assert room.homeserver.redacted == []


async def test_a_deleted_question_takes_its_answer_and_its_files_along(room: RoomTalk) -> None:
    await room.told("!p ressources sur le foncier")
    sent = [f"$reply{number}" for number in range(1, len(room.homeserver.sent) + 1)]
    gone = Redacted(MOBILITY, EventId("$gone"), EventId("$said1"))
    for _ in range(2):
        await room.takes(Batch((), (), frozenset(), frozenset(), (gone,)))
    assert room.homeserver.redacted == sent


async def test_a_question_that_goes_while_its_answer_is_on_the_way_takes_it_along_too(room: RoomTalk) -> None:
    gone = Redacted(MOBILITY, EventId("$gone"), EventId("$said1"))
    await room.takes(Batch((), (), frozenset(), frozenset(), (gone,)))
    await room.told("!p qui contacter pour les déchets à Kigali ?")
    assert room.homeserver.redacted == ["$reply1"]


async def test_a_redaction_in_another_room_takes_nothing(room: RoomTalk) -> None:
    await room.told("!p qui contacter pour les déchets à Kigali ?")
    await room.takes(
        Batch((), (), frozenset(), frozenset(), (Redacted(DIRECT, EventId("$gone"), EventId("$said1")),))
    )
    assert room.homeserver.redacted == []
