"""What the next process of the bot still knows of what this one has said, and what it says where it knows no more."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bots.encryption.batch import Batch, Redacted
from matrix.ids import EventId, RoomId
from tests.lib.asking import visible
from tests.lib.bot_runtime import DIRECT
from tests.lib.room_talk import MOBILITY, RoomTalk, seeded_store

KIGALI = "qui contacter pour les déchets à Kigali ?"
ANEW = {
    "fr": "Je ne sais plus à quoi cela se rapporte : reposez-moi la question en entier",
    "en": "I no longer know what this belongs to: please ask the whole question again.",
    "pt": "Já não sei a que isto se refere: por favor, faça a pergunta completa outra vez.",
    "ar": "لم أعد أعرف إلى أي سؤال يعود هذا",
}
NOTHING_FOUND = "rien trouvé"


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[RoomTalk]:
    async with await seeded_store(tmp_path) as store:
        opened = RoomTalk(store, tmp_path)
        await opened.start()
        yield opened


async def restarted(room: RoomTalk, *, is_killed: bool = False) -> None:
    """Go on with the next process of the bot; one that is killed has not written down what it sent last."""
    if not is_killed:
        await room.answers.kept.keep()
    await room.start()


@pytest.mark.parametrize(("where", "prefix"), [(MOBILITY, "!p "), (DIRECT, "")])
async def test_the_answer_to_a_question_that_is_edited_after_a_restart_is_edited(
    room: RoomTalk, where: RoomId, prefix: str
) -> None:
    await room.told(f"{prefix}{KIGALI}", room=where)
    await restarted(room)
    (edit,) = await room.edits("$said1", f"{prefix}qui contacter pour les déchets à Bamako ?", room=where)
    assert edit["m.relates_to"] == {"rel_type": "m.replace", "event_id": "$reply1"}
    assert "Fatoumata Sangaré" in visible(edit["m.new_content"]["body"])
    await restarted(room)
    assert len(await room.edits("$said1", f"{prefix}qui contacter pour la mobilité ?", room=where)) == 1


async def test_a_question_that_is_deleted_after_a_restart_takes_its_answer_and_files_along_once(
    room: RoomTalk,
) -> None:
    await room.told("!p ressources sur le foncier")
    sent = [f"$reply{number}" for number in range(1, len(room.homeserver.sent) + 1)]
    await restarted(room)
    gone = Redacted(MOBILITY, EventId("$gone"), EventId("$said1"))
    await room.takes(Batch((), (), frozenset(), frozenset(), (gone,)))
    assert room.homeserver.redacted == sent
    await restarted(room)
    assert await room.edits("$said1", f"!p {KIGALI}") == []
    await room.takes(Batch((), (), frozenset(), frozenset(), (gone,)))
    assert room.homeserver.redacted == sent


async def test_after_an_hour_nothing_of_it_is_in_the_store(room: RoomTalk) -> None:
    await room.told(f"!p {KIGALI}")
    await room.answers.kept.keep()
    start = room.now - timedelta(days=1)
    (kept,) = await room.store.answers.since(start)
    assert (kept.question, kept.event_id, kept.is_plain) == ("$said1", "$reply1", True)
    room.now += timedelta(hours=1, seconds=1)
    await room.told("!p qui contacter pour la mobilité ?")
    await room.answers.kept.keep()
    assert [each.question for each in await room.store.answers.since(start)] == ["$said2"]


async def test_what_did_more_than_answer_stays_after_a_restart_too(room: RoomTalk) -> None:
    await room.hears("!p confirme Awa Diallo")
    await restarted(room)
    assert await room.edits("$said1", f"!p {KIGALI}") == []
    assert room.homeserver.redacted == []


async def test_a_process_that_is_killed_at_once_leaves_the_answer_as_it_is(room: RoomTalk) -> None:
    await room.told(f"!p {KIGALI}")
    await restarted(room, is_killed=True)
    assert await room.edits("$said1", "!p qui contacter pour les déchets à Bamako ?") == []


async def test_no_word_of_a_question_or_an_answer_is_kept(room: RoomTalk, tmp_path: Path) -> None:
    await room.told("!p qui contacter pour les déchets à Kigali, abracadabra ?")
    await room.answers.kept.keep()
    files = b"".join(path.read_bytes() for path in tmp_path.glob("palabre.db*"))
    assert b"$reply1" in files
    assert b"abracadabra" not in files


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("suite", "fr"),
        ("oui", "fr"),
        ("et pour les zeppelins ?", "fr"),
        ("more", "en"),
        ("yes, pass it on", "en"),
        ("and for zeppelins?", "en"),
        ("mais", "pt"),
        ("sim", "pt"),
        ("المزيد", "ar"),
        ("نعم", "ar"),
    ],
)
@pytest.mark.parametrize(("where", "prefix"), [(MOBILITY, "!p "), (DIRECT, "")])
async def test_what_went_on_before_a_restart_is_asked_for_as_a_whole(
    room: RoomTalk, said: str, language: str, where: RoomId, prefix: str
) -> None:
    await room.told(f"{prefix}ressources sur le foncier", room=where)
    assert ANEW[language] not in await room.told(f"{prefix}{said}", room=where)
    await restarted(room)
    assert ANEW[language] in await room.told(f"{prefix}{said}", room=where)


async def test_what_stands_by_itself_is_answered_after_a_restart(room: RoomTalk) -> None:
    await room.told(f"!p {KIGALI}")
    await restarted(room)
    assert "Awa Diallo" in await room.told("!p et à Bamako ?")
    assert NOTHING_FOUND in await room.told("!p zeppelins")
