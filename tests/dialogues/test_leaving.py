"""Whoever leaves the network, say → reply: each dialogue of leaving.yaml is a test, in each language.

`who` says the lines, in a direct message unless `room: true`; `does` is what is then to be done: what they become, who
takes over, and `back` and `erased` for what is deleted. `{number}` is the number that was asked for last.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bots.context.effects import EffectTypes
from bots.context.message import Address, Awaited, Effect, MessageContext, Reply, Unnumbered
from bots.features.leaving import KeptRoom, LeaveNetwork, LeavingDialogue, LeavingRecords, LeavingWish
from bots.features.leaving.wishes import LEAVING_WISHES, waiting_wish
from bots.features.registry import FEATURES
from bots.planned_reply import PlannedReply, from_json, to_json
from community.core.messages import CHAT_LANGUAGES, LANGUAGES, msg, translator
from community.description.fields import Localized
from community.description.model import Status
from community.description.person import Person
from community.description.yaml_text import parse
from community.directory.handing_over import InTheirName
from tests.lib.asking import CATALOGUES, NOW, visible
from tests.lib.descriptions import small
from tests.lib.keys import keys_in

HERE = Path(__file__).parent
EFFECT_TYPES = EffectTypes(each for feature in FEATURES for each in feature.effects)
TRANSLATORS = {code: translator(code, CATALOGUES) for code in LANGUAGES}
DIALOGUE = LeavingDialogue(TRANSLATORS)


def member(username: str, name: str, **values: Any) -> dict[str, Any]:
    return {"username": username, "name": name, "role": "city-lead", "languages": ["en"], **values}


COMMUNITY = small(
    members=[
        member("awa.diallo", "Awa Diallo", city="kigali"),
        member("oumar.keita", "Oumar Keïta", city="kigali"),
        member("oumar.sy", "Oumar Sy"),
        member("gone", "Gone Away", status="left"),
    ]
).community
MEMBERS = {one.username: one for one in COMMUNITY.members}
FORMER = MEMBERS["awa.diallo"].model_copy(update={"status": Status.ALUMNI})
ROOMS = (Localized({"en": "Friends", "fr": "Les amis", "pt": "Amigos", "ar": "الأصدقاء"}),)


def records(who: str, waiting: LeavingWish | None) -> LeavingRecords:
    """Return what is known of whoever speaks: ``lonely`` keeps a safe room alone, ``last`` coordinates alone.

    ``former`` is a former member already.
    """
    community = COMMUNITY
    if who == "locked":
        community = community.model_copy(update={"leavers": "lock"})
    kept = (
        (KeptRoom(Localized({"en": "Speaking freely", "fr": "Parler librement"})),) if who == "lonely" else ()
    )
    return LeavingRecords(
        community,
        MEMBERS,
        InTheirName() if who == "bare" else InTheirName(1, 2, 1),
        waiting,
        None if who == "stranger" else FORMER if who == "former" else MEMBERS["awa.diallo"],
        kept,
        is_last=who == "last",
        alumni_rooms=() if who == "bare" else ROOMS,
    )


def said_by(text: str, language: str, *, direct: bool = True, conversation: str = "!dm") -> MessageContext:
    person = Person("@awa.diallo:x", "awa.diallo", "Awa", "city-lead", "kigali", (), (language, "en"))
    return MessageContext(text, person, direct, NOW, conversation=conversation)


def dialogues() -> list[tuple[str, dict[str, Any]]]:
    parsed = parse((HERE / "leaving.yaml").read_bytes(), "leaving.yaml")
    assert not parsed.problems
    return [(each["language"], each) for each in parsed.value]


def done(effects: tuple[Effect, ...]) -> list[str]:
    return [
        " ".join(
            filter(
                None, (e.status, e.successor, "back" if e.takes_back else "", "erased" if e.erases else "")
            )
        )
        for e in effects
        if isinstance(e, LeaveNetwork)
    ]


@pytest.mark.parametrize(
    ("language", "dialogue"), dialogues(), ids=lambda x: x if isinstance(x, str) else x["about"]
)
def test_dialogue(language: str, dialogue: dict[str, Any]) -> None:
    waiting: LeavingWish | None = None
    number = 0
    for line in dialogue["lines"]:
        text = line["say"].replace("{number}", str(number))
        asked = said_by(text, language, direct=not line.get("room", False))
        answer = DIALOGUE.answer(asked, records(dialogue.get("who", "awa"), waiting))
        if isinstance(answer, Unnumbered):
            number += 1
            answer = answer.finish(number)
        if line.get("nothing"):
            assert answer is None, line["say"]
            continue
        assert answer is not None, line["say"]
        said = visible(answer.text)
        assert keys_in(said) == []
        for part in line.get("has", ()):
            assert part.replace("{number}", str(number)) in said, said
        for part in line.get("hasnt", ()):
            assert part not in said, said
        assert done(answer.effects) == line.get("does", [])
        waiting = next((effect for effect in answer.effects if isinstance(effect, LeavingWish)), None)


def test_each_language_has_a_dialogue_of_each_way() -> None:
    ways = {(language, each["about"]) for language, each in dialogues()}
    abouts = {about for language, about in ways if language == "fr"}
    assert {(code, about) for code in CHAT_LANGUAGES for about in abouts} <= ways


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_that_the_bot_says_are_understood(language: str) -> None:
    """In each language, also those that need not be complete: what stands in quotation marks does what it says."""
    wish = LeavingWish("!dm", language, 3)
    question = DIALOGUE._asking(wish, records("awa", None), None, 3)
    for words, changed in (
        ("“delete what I wrote”: in all rooms, before you leave", {"takes_back": True}),
        ("“erase my name too”: and what else there is about you", {"takes_back": True, "erases": True}),
        (
            "“stay as alumna” or “stay as alumnus”: you keep your account and these rooms: {rooms}",
            {"status": "alumni"},
        ),
    ):
        line = next(
            said for said in visible(question.text).split("\n\n") if said.startswith(first(words, language))
        )
        quoted = (
            line.split(line[0])[1] if line[0] == '"' else line[1:].split("»" if line[0] == "«" else "”")[0]
        )
        reply = DIALOGUE.answer(said_by(quoted.strip(), language), records("awa", wish))
        assert isinstance(reply, Unnumbered), quoted
        (kept,) = reply.finish(4).effects
        assert isinstance(kept, LeavingWish)
        assert {name: getattr(kept, name) for name in changed} == changed


def first(msgid: str, language: str) -> str:
    """Return the beginning of a sentence in a language."""
    return visible(TRANSLATORS[language](msg(msgid, rooms="")))[:12]


def test_a_word_in_another_conversation_is_no_word_for_it() -> None:
    kept = Awaited(LEAVING_WISHES.awaited, LEAVING_WISHES.content_of(LeavingWish("!dm", "en", 7)), NOW)
    for conversation, found in (("!dm", True), ("$thread", False)):
        asked = said_by("yes 7", "en", conversation=conversation)
        context = MessageContext(
            asked.text, asked.person, True, NOW, conversation=conversation, awaited=(kept,)
        )
        assert (waiting_wish(context) is not None) is found


@pytest.mark.parametrize(
    "effect",
    [
        LeaveNetwork("left", "oumar.keita", takes_back=True, erases=False),
        LeavingWish("!dm", "fr", 7, "alumni", "", takes_back=True),
    ],
)
def test_what_was_decided_is_read_back_from_what_is_kept(effect: LeaveNetwork | LeavingWish) -> None:
    to = Address("!dm", "$yes", "@awa.diallo:x", None, "!dm")
    outcome = PlannedReply(Reply("done", "<p>done</p>"), to, NOW, (effect,))
    assert outcome.must_be_kept(EFFECT_TYPES)
    assert from_json(to_json("$yes", outcome, EFFECT_TYPES), EFFECT_TYPES) == ("$yes", outcome)
