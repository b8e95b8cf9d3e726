"""Keepers who want somebody taken out of a safe room, say → reply: each dialogue of the YAML files here is a test.

`who` says the lines, in a direct message unless `room: true`; `does` is who is taken out of which room.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bots.context.effects import EffectTypes
from bots.context.message import Address, MessageContext, Reply, Unnumbered
from bots.context.numbered import confirmed_number
from bots.features.registry import FEATURES
from bots.features.removal import RemovalDialogue, RemovalWish, RemoveFromSafeRoom, SafePlace
from bots.planned_reply import PlannedReply, from_json, to_json
from bots.safe_rooms import DescribedSafeRoom
from community.core.messages import CHAT_LANGUAGES, translator
from community.description.fields import Localized
from community.description.person import Person
from community.description.yaml_text import parse
from matrix.ids import UserId
from tests.lib.asking import CATALOGUES, visible
from tests.lib.keys import keys_in

EFFECT_TYPES = EffectTypes(each for feature in FEATURES for each in feature.effects)
HERE = Path(__file__).parent
NOW = datetime(2026, 11, 28, 9, 30, tzinfo=UTC)
NAMES = {
    "peter": "Peter Lindqvist",
    "awa": "Awa Diallo",
    "awa.s": "Awa Sangaré",
    "jean": "Jean de Souza",
    "khadija": "Khadija Bennis",
    "kim": "Kim Boateng",
    "kaya": "Kaya Macamo",
    "solo": "Solange Dossou",
    "ines": "Inès Trabelsi",
}


def at_x(*names: str) -> frozenset[UserId]:
    return frozenset(UserId(f"@{name}:example.org") for name in names)


PEOPLE = {UserId(f"@{name}:example.org"): full for name, full in NAMES.items()}


def safe(key: str, names: dict[str, str], members: str, keepers: str) -> DescribedSafeRoom:
    there = {user: PEOPLE[user] for user in at_x(*members.split())}
    return DescribedSafeRoom(key, Localized(names), there, at_x(*keepers.split()), {})


FRANK = {"en": "Speaking freely", "fr": "Parler librement", "pt": "Falar livremente", "ar": "الكلام بحرية"}
PLACES = (
    SafePlace(
        safe("frank-talk", FRANK, "peter awa awa.s jean khadija kim kaya", "kim kaya"),
        at_x("peter", "awa", "awa.s", "jean", "khadija", "kim", "kaya", "eve"),
    ),
    SafePlace(
        safe("frank-women", {"en": "Women speaking", "fr": "Paroles de femmes"}, "awa kim kaya", "kim"),
        at_x("awa", "kim"),
    ),
    SafePlace(safe("quiet", {"en": "Quiet room"}, "solo peter", "solo kim"), at_x("solo", "peter")),
)


def dialogues() -> list[tuple[str, dict[str, Any]]]:
    found = []
    for language in CHAT_LANGUAGES:
        name = f"removal.{language}.yaml"
        parsed = parse((HERE / name).read_bytes(), name)
        assert not parsed.problems
        found += [(language, dialogue) for dialogue in parsed.value]
    return found


@pytest.mark.parametrize(
    ("language", "dialogue"), dialogues(), ids=lambda x: x if isinstance(x, str) else x["about"]
)
def test_dialogue(language: str, dialogue: dict[str, Any]) -> None:
    skill = RemovalDialogue({code: translator(code, CATALOGUES) for code in CHAT_LANGUAGES})
    places: tuple[SafePlace, ...] = PLACES
    waiting: RemovalWish | None = None
    numbers = 0
    for line in dialogue["lines"]:
        if line.get("keepers_are"):
            places = (SafePlace(safe("frank-talk", FRANK, "peter awa", line["keepers_are"]), None),)
            continue
        who = f"@{dialogue['who']}:example.org"
        person = Person(who, dialogue["who"], who, "member", None, (), (language, "en"))
        direct = not line.get("room", False)
        text = line["say"].replace("{number}", str(numbers))
        asked = MessageContext(text, person, direct, NOW, conversation="!dm")
        answer = skill.answer(asked, places, PEOPLE, waiting)
        if isinstance(answer, Unnumbered):
            numbers += 1
            answer = answer.finish(numbers)
        waiting = waiting if answer is None and confirmed_number(text) is not None else None
        if line.get("nothing"):
            assert answer is None, line["say"]
            continue
        assert answer is not None, line["say"]
        said = visible(answer.text)
        assert keys_in(said) == []
        for part in line.get("has", ()):
            assert part.replace("{number}", str(numbers)) in said, said
        for part in line.get("hasnt", ()):
            assert part not in said, said
        done = [effect for effect in answer.effects if isinstance(effect, RemoveFromSafeRoom)]
        assert [f"{effect.user_id} {effect.room_key}" for effect in done] == line.get("does", [])
        waiting = next((effect for effect in answer.effects if isinstance(effect, RemovalWish)), None)


def test_a_keeper_is_told_of_somebody_awaited_as_of_nobody() -> None:
    skill = RemovalDialogue({"en": translator("en", CATALOGUES)})
    kim = Person("@kim:example.org", "kim", "Kim", "member", None, (), ("en",))
    come = {user: name for user, name in PEOPLE.items() if name != "Jean de Souza"}
    places = (SafePlace(PLACES[0].room, at_x("awa", "kim", "kaya")),)
    told = set()
    for name in ("Jean de Souza", "Nemo Nobody"):
        asked = MessageContext(f"remove {name} from Speaking freely", kim, True, NOW, conversation="!dm")
        answer = skill.answer(asked, places, come, None)
        assert isinstance(answer, Reply)
        told.add(visible(answer.text).replace(name, "…"))
    assert len(told) == 1


def test_a_word_in_another_conversation_confirms_nothing() -> None:
    skill = RemovalDialogue({"en": translator("en", CATALOGUES)})
    kim = Person("@kim:example.org", "kim", "Kim", "member", None, (), ("en",))
    wish = RemovalWish("frank-talk", "@peter:example.org", "!dm", "en", 7)
    for conversation, done in (
        ("$thread", None),
        ("!dm", (RemoveFromSafeRoom(wish.room_key, wish.user_id),)),
    ):
        answer = skill.answer(
            MessageContext("yes 7", kim, True, NOW, conversation=conversation), PLACES, PEOPLE, wish
        )
        assert not isinstance(answer, Unnumbered)
        assert (None if answer is None else answer.effects) == done


@pytest.mark.parametrize(
    "effect",
    [
        RemoveFromSafeRoom("frank-talk", "@peter:example.org"),
        RemovalWish("frank-talk", "@peter:example.org", "!dm", "en", 7),
    ],
)
def test_what_was_decided_is_read_back_from_what_is_kept(effect: RemoveFromSafeRoom | RemovalWish) -> None:
    to = Address("!dm", "$yes", "@kim:example.org", None, "!dm")
    outcome = PlannedReply(Reply("done", "<p>done</p>"), to, NOW, (effect,))
    assert outcome.must_be_kept(EFFECT_TYPES)
    assert from_json(to_json("$yes", outcome, EFFECT_TYPES), EFFECT_TYPES) == ("$yes", outcome)


@pytest.mark.parametrize(("where", "meant"), [("women", False), ("speaking", True), ("nowhere", False)])
def test_what_a_doubtful_device_asks_for_tells_nothing_of_rooms_that_its_person_does_not_keep(
    where: str, meant: bool
) -> None:
    """Whoever has another identity than the pinned one is told apart by this: what is meant is held."""
    skill = RemovalDialogue({code: translator(code, CATALOGUES) for code in CHAT_LANGUAGES})
    kaya = Person("@kaya:example.org", "kaya", "Kaya", "member", None, (), ("en",))
    asked = MessageContext(f"remove nobody-called-so from {where}", kaya, True, NOW, conversation="!dm")
    assert skill.is_meant(asked, PLACES, PEOPLE) is meant
