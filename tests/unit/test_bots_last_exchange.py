"""What is said to the bot in a room, outside threads, goes on with what it last told that person there."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.lib.bot_runtime import DIRECT
from tests.lib.room_talk import LUCIE, RoomTalk, seeded_store

OFFER = {"en": "“yes 1”", "fr": "« oui 1 »", "pt": "“sim 1”", "ar": "«نعم 1»"}
QUESTION = {
    "en": "!p who deals with zeppelins in Kigali?",
    "fr": "!p qui s'occupe des zeppelins à Kigali ?",
    "pt": "!p quem trata dos zepelins em Kigali?",
    "ar": "!p من المسؤول عن المناطيد في كيغالي؟",
}


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[RoomTalk]:
    async with await seeded_store(tmp_path) as store:
        opened = RoomTalk(store, tmp_path)
        await opened.start()
        yield opened


@pytest.mark.parametrize("before", ["", "!p ", "Palabre, "])
@pytest.mark.parametrize("language", OFFER)
async def test_the_words_that_an_offer_dictates_accept_it_as_an_ordinary_message(
    room: RoomTalk, language: str, before: str
) -> None:
    dictated = OFFER[language]
    assert dictated in await room.told(QUESTION[language])
    await room.hears(before + dictated.strip("“”«» "))
    assert await room.passed_on() == [QUESTION[language].removeprefix("!p ")]


async def test_the_number_may_be_written_in_arabic_digits(room: RoomTalk) -> None:
    await room.told(QUESTION["ar"])
    await room.hears("نعم ١")
    assert len(await room.passed_on()) == 1


async def test_who_says_another_number_is_told_so_and_nothing_is_done(room: RoomTalk) -> None:
    await room.told(QUESTION["fr"])
    assert "Je n'ai rien à confirmer ici avec « oui 9 »" in await room.told("oui 9")
    await room.told("oui 1")
    assert "« oui 1 »" in await room.told("oui 1")
    assert len(await room.passed_on()) == 1


async def test_a_number_of_ones_own_that_was_given_elsewhere_confirms_nothing_here(room: RoomTalk) -> None:
    await room.told("qui s'occupe des zeppelins à Kigali ?", room=DIRECT)
    await room.told("!p qui contacter pour les déchets à Kigali ?")
    assert "rien à confirmer ici" in await room.told("oui 1")
    assert await room.passed_on() == []
    await room.told("oui 1", room=DIRECT)
    assert len(await room.passed_on()) == 1


async def test_what_is_said_to_somebody_else_is_not_heard(room: RoomTalk) -> None:
    await room.told(QUESTION["fr"])
    mention: dict[str, Any] = {"m.mentions": {"user_ids": [LUCIE]}}
    assert await room.hears("oui 1", **mention) is None
    reply: dict[str, Any] = {"m.relates_to": {"m.in_reply_to": {"event_id": "$said7"}}}
    assert await room.hears("oui 1", **reply) is None
    assert await room.passed_on() == []


async def test_numbers_count_up_from_one_and_a_restart_gives_none_again(room: RoomTalk) -> None:
    assert "« oui 1 »" in await room.told(QUESTION["fr"])
    assert "« oui 2 »" in await room.told("!p change le téléphone de Awa Diallo en +223 00 00 00 09")
    await room.start()
    assert "« oui 3 »" in await room.told("qui s'occupe des zeppelins à Kigali ?", room=DIRECT)
    assert "rien à confirmer ici avec « oui 1 »" in await room.told("!p oui 1")


async def test_more_and_a_follow_up_go_on_as_ordinary_messages(room: RoomTalk) -> None:
    first = await room.told("!p ressources sur le foncier")
    assert "« !p suite »" in first
    second = await room.told("!p suite")
    assert second.split("\n")[0] not in first
    assert "Daté du" in second
    assert "Claudine Uwase" in await room.told("!p qui contacter pour les déchets à Kigali ?")
    assert "Fatoumata Sangaré" in await room.told("!p et à Bamako ?")
    assert "Awa Diallo" in await room.told("!p et pour la mobilité ?")


async def test_the_coordinators_are_told_the_rooms_name_and_never_its_key(room: RoomTalk) -> None:
    await room.told(QUESTION["fr"])
    await room.told("oui 1")
    (post,) = [
        content["body"] for _, content in room.homeserver.sent if "zeppelins à Kigali" in content["body"]
    ]
    assert "Mobilité" in post
    assert "exchange" not in post


async def test_it_goes_on_for_ten_minutes_and_no_longer(room: RoomTalk) -> None:
    await room.told(QUESTION["fr"])
    room.now += timedelta(minutes=10, seconds=1)
    assert await room.hears("oui 1") is None
    assert await room.passed_on() == []
    await room.told(QUESTION["fr"])
    room.now += timedelta(minutes=9)
    await room.told("oui 2")
    assert len(await room.passed_on()) == 1


async def test_who_names_the_bot_has_nearly_an_hour(room: RoomTalk) -> None:
    await room.told(QUESTION["fr"])
    room.now += timedelta(minutes=57)
    await room.told("!p oui 1")
    assert len(await room.passed_on()) == 1


async def test_a_second_yes_and_somebody_elses_pass_nothing_on(room: RoomTalk) -> None:
    await room.told(QUESTION["fr"])
    await room.hears("!p oui 1", sender=LUCIE)
    assert await room.passed_on() == []
    await room.told("!p oui")
    assert await room.passed_on() == []
    for _ in range(2):
        await room.told("!p oui 1")
    assert len(await room.passed_on()) == 1


async def test_it_is_the_last_exchange_in_that_room_that_goes_on(room: RoomTalk) -> None:
    await room.told(QUESTION["fr"])
    await room.told("qui contacter pour les déchets à Kigali ?", room=DIRECT)
    await room.told("oui", room=DIRECT)
    await room.told("oui 1", room=DIRECT)
    assert await room.passed_on() == []
    assert "« oui 1 »" in await room.told("!p oui")
    await room.told("!p qui contacter pour les déchets à Kigali ?")
    assert "« oui 1 »" not in await room.told("!p oui")
    assert await room.passed_on() == []


async def test_who_says_nothing_to_the_bot_is_not_heard(room: RoomTalk) -> None:
    await room.told(QUESTION["fr"])
    assert await room.hears("oui") is None
    assert await room.hears("il y en a 1") is None
    assert await room.passed_on() == []


async def test_a_change_begun_in_a_thread_is_saved_by_the_dictated_word_and_taken_up_by_nothing_else(
    room: RoomTalk,
) -> None:
    begun = await room.hears("!p confirme Awa Diallo")
    assert begun is not None
    assert begun["m.relates_to"]["rel_type"] == "m.thread"
    # A question beside the thread is a question, and leaves the change open.
    assert "Claudine Uwase" in await room.told("!p qui contacter pour les déchets à Kigali ?")
    await room.hears("!p confirme Awa Diallo")
    saved = await room.hears("!p oui")
    assert saved is not None
    assert "Enregistré" in saved["body"]
    assert "rel_type" not in saved["m.relates_to"]


async def test_yes_and_the_number_of_a_change_save_it_as_an_ordinary_message(room: RoomTalk) -> None:
    begun = await room.told("!p change le téléphone de Awa Diallo en +223 00 00 00 09")
    (number,) = re.findall(r"« oui (\d+) »", begun)
    assert "Enregistré" not in await room.told("!p oui")
    other = "1000" if number != "1000" else "1001"
    assert "Enregistré" not in await room.told(f"!p oui {other}")
    assert "Enregistré" in await room.told(f"!p oui {number}")
