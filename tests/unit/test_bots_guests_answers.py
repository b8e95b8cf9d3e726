"""An admitted guest is answered what everybody may see, and no more; any other account is not heard."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bots.encryption import RoomView
from matrix.ids import RoomId, UserId
from tests.lib.asking import visible
from tests.lib.bot_runtime import AWA, BOT, OUTSIDER
from tests.lib.room_talk import MOBILITY, RoomTalk, seeded_store

GUEST, THEIRS = UserId("@guest:h"), RoomId("!theirs")
QUESTION = {
    "en": "who do I ask about mobility in Bamako?",
    "fr": "qui contacter pour la mobilité à Bamako ?",
    "pt": "quem contactar para a mobilidade em Bamako?",
    "ar": "من المسؤول عن التنقل في باماكو؟",
}
REFUSED = {
    "en": ("change phone of Awa Diallo to +223 00 00 00 09", "only for people of this network"),
    "fr": ("exporte mes données", "que pour les membres de ce réseau"),
    "pt": ("exporta os meus dados", "Só o faço para as pessoas desta rede"),
    "ar": ("احذف بياناتي", "إلا لأعضاء هذه الشبكة"),
}


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[RoomTalk]:
    async with await seeded_store(tmp_path) as store:
        opened = RoomTalk(store, tmp_path)
        opened.guests = frozenset({GUEST})
        rooms = opened.homeserver.rooms
        rooms[MOBILITY].members |= {GUEST: "join", OUTSIDER: "join"}
        rooms[THEIRS] = RoomView(THEIRS, BOT, algorithm="megolm", members={BOT: "join", GUEST: "join"})
        await opened.start()
        yield opened


async def asked(room: RoomTalk, text: str, where: RoomId = THEIRS) -> dict[str, Any]:
    prefix = "" if where == THEIRS else "!p "
    content = await room.hears(f"{prefix}{text}", sender=GUEST, room=where)
    assert content is not None, text
    assert (content["msgtype"], content["m.mentions"]) == ("m.text", {"user_ids": [GUEST]})
    return dict(content)


@pytest.mark.parametrize("language", QUESTION)
@pytest.mark.parametrize("where", [MOBILITY, THEIRS])
async def test_a_guest_is_answered_in_the_language_of_the_question_with_what_everybody_may_see(
    room: RoomTalk, language: str, where: RoomId
) -> None:
    said = visible((await asked(room, QUESTION[language], where))["body"])
    assert "Awa Diallo" in said
    assert "awa.diallo@bamako.example.org" in said
    assert "+223" not in said


async def test_a_guests_questions_go_on_and_follow_their_edits(room: RoomTalk) -> None:
    await asked(room, QUESTION["en"])
    assert "Claudine Uwase" in visible((await asked(room, "and for waste in Kigali?"))["body"])
    (edit,) = await room.edits("$said1", "who do I ask about waste in Bamako?", sender=GUEST, room=THEIRS)
    assert "Fatoumata Sangaré" in visible(edit["m.new_content"]["body"])


@pytest.mark.parametrize("language", REFUSED)
@pytest.mark.parametrize("where", [MOBILITY, THEIRS])
async def test_what_is_for_members_is_refused_kindly_in_the_guests_language(
    room: RoomTalk, language: str, where: RoomId
) -> None:
    wanted, refusal = REFUSED[language]
    assert refusal in visible((await asked(room, wanted, where))["body"])
    assert await room.store.entries.changed_since(0) is not None


@pytest.mark.parametrize(
    "said",
    [
        "propose to change email of Awa Diallo to eve@example.org",
        "accept identity of awa.diallo",
        "remove Awa Diallo from Speaking freely",
        "answer 1: no",
        "yes 1234",
        "confirm Awa Diallo",
        "forget me",
        "undo",
        "who deals with zeppelins in Kigali?",
        "yes",
        "help",
        "thank you",
        "save this",
    ],
)
@pytest.mark.parametrize("where", [MOBILITY, THEIRS])
async def test_whatever_a_guest_says_changes_nothing_and_reaches_nobody(
    room: RoomTalk, said: str, where: RoomId
) -> None:
    before = await room.store.entries.revision()
    await asked(room, QUESTION["en"], where)
    await room.hears(said if where == THEIRS else f"!p {said}", sender=GUEST, room=where)
    await room.hears("yes" if where == THEIRS else "!p yes", sender=GUEST, room=where)
    await room.reacts("✅", f"$reply{len(room.homeserver.sent)}", GUEST, where)
    assert await room.store.entries.revision() == before
    assert await room.passed_on() == []
    assert await room.store.jobs.pending("proposal") == ()
    heard = {each.get("m.mentions", {}).get("user_ids", [None])[0] for _, each in room.homeserver.sent}
    assert heard == {GUEST}


async def test_a_guest_is_not_offered_to_have_a_question_passed_on(room: RoomTalk) -> None:
    said = visible((await asked(room, "who deals with zeppelins in Kigali?"))["body"])
    assert "Shall I pass" not in said
    assert room.homeserver.signs == []


@pytest.mark.parametrize("sender", [OUTSIDER, UserId("@palabre-provisioner:h"), UserId("@bot:elsewhere")])
async def test_any_other_account_is_not_heard(room: RoomTalk, sender: UserId) -> None:
    assert await room.hears(f"!p {QUESTION['en']}", sender=sender) is None
    room.homeserver.rooms[THEIRS].members = {BOT: "join", sender: "join"}
    assert await room.hears(QUESTION["en"], sender=sender, room=THEIRS) is None


async def test_who_is_a_guest_no_more_is_not_heard(room: RoomTalk) -> None:
    await asked(room, QUESTION["en"], MOBILITY)
    room.guests = frozenset()
    assert await room.hears(f"!p {QUESTION['en']}", sender=GUEST) is None


async def test_a_notice_is_never_answered(room: RoomTalk) -> None:
    for sender in (AWA, GUEST):
        assert await room.hears(f"!p {QUESTION['en']}", sender=sender, msgtype="m.notice") is None
