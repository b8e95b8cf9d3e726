"""Own quiet hours, said and replied, in each language. The form stands at the head of quiet.yaml."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from bots.features.quiet import sentences
from bots.features.quiet.words import QuietWish, reading
from community.core.messages import LANGUAGES, translator
from community.description.yaml_text import parse
from tests.lib.asking import CATALOGUES, visible
from tests.lib.bot_runtime import AWA, DIRECT
from tests.lib.keys import keys_in
from tests.lib.room_talk import MOBILITY, RoomTalk, seeded_store

HERE = Path(__file__).parent


def dialogues() -> list[dict[str, Any]]:
    parsed = parse((HERE / "quiet.yaml").read_bytes(), "quiet.yaml")
    assert not parsed.problems
    return list(parsed.value)


@pytest.mark.parametrize("dialogue", dialogues(), ids=lambda dialogue: dialogue["language"])
async def test_dialogue(dialogue: dict[str, Any], tmp_path: Path) -> None:
    async with await seeded_store(tmp_path, (dialogue["language"],)) as store:
        talk = RoomTalk(store, tmp_path)
        await talk.start()
        for line in dialogue["lines"]:
            said = visible(await talk.told(line["say"], room=MOBILITY if "in" in line else DIRECT))
            for part in line.get("has", ()):
                assert part in said, (line["say"], said)
            assert keys_in(said) == []
            assert await store.quiet_hours.of(AWA) == line.get("hours"), (line["say"], said)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_given_as_an_example_is_understood(language: str) -> None:
    translate = translator(language, CATALOGUES)
    for said, wishes in (
        (sentences.UNCLEAR, [QuietWish.SET]),
        (sentences.TOO_LONG, [QuietWish.SET]),
        (sentences.DIRECTLY, [QuietWish.SHOW]),
        (sentences.TO_CHANGE, [QuietWish.SET, QuietWish.TAKE_BACK]),
        (sentences.TO_TAKE_BACK, [QuietWish.TAKE_BACK]),
    ):
        quoted = re.findall("[“«]([^”»]*)[”»]", visible(translate(said)))
        understood = [reading(text, (language,)) for text in quoted]
        assert [(one.language, one.wish) for one in understood if one] == [
            (language, wish) for wish in wishes
        ]


@pytest.mark.parametrize(
    "text",
    [
        "silence",
        "quiet",
        "a quiet place for the meeting from 9 to 11",
        "who has quiet hours in Kigali?",
        "the silent march is from 9 to 11",
        "when is the quiet hour of prayer in Dakar?",
        "meeting about noise at night from 21:00 to 22:00",
        "l'atelier silence est de 9h à 11h",
        "horas de trabalho das 9h às 17h",
        "ساعات العمل من 9 إلى 5",
        "21:00 to 7:00",
        "what did I miss since 21:00?",
    ],
)
def test_what_is_for_another_feature_is_not_taken(text: str) -> None:
    assert reading(text, ("en", "fr")) is None


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("quiet hours 10 to 6", "22:00-06:00"),
        ("quiet hours 9 to 5", "21:00-05:00"),
        ("quiet hours 8 to 8", "20:00-08:00"),
        ("quiet hours 20 to 10", "20:00-10:00"),
        ("quiet hours 23 to 1", "23:00-01:00"),
        ("quiet hours 9:00 to 17:00", "09:00-17:00"),
        ("quiet hours 1pm to 2:30pm", "13:00-14:30"),
        ("quiet hours from midnight to 6", "00:00-06:00"),
        ("quiet hours from noon to 2pm", "12:00-14:00"),
        ("heures calmes de 19h à 8h", "19:00-08:00"),
        ("heures calmes de 9h à 17h", "09:00-17:00"),
        ("saa za utulivu saa 3 hadi saa 1", "21:00-07:00"),
        ("quiet hours 7:00 to 7:00", ""),
        ("quiet hours 25 to 7", ""),
    ],
)
def test_an_hour_of_either_half_of_the_day_is_that_of_the_night(text: str, hours: str) -> None:
    read = reading(text, ("en",))
    assert read is not None
    assert (read.wish, read.hours) == (QuietWish.SET if hours else QuietWish.UNCLEAR, hours)
