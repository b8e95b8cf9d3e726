"""What the bot remembers of a conversation: for whom, for how long, how much; and never beyond the memory."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import cast
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.context.conversation_memory import ConversationMemory
from bots.context.incoming import IncomingMessage
from bots.context.kept_texts import FORGET_EVERY, KEPT_FOR
from bots.context.message import ReactionContext, Reply
from bots.context.reply_text import LARGEST, size
from bots.context.short_answer import ShortAnswer, short_answer
from bots.context.sources import Sources
from bots.feature_set import FeatureSet
from bots.features.ask import ASK
from bots.features.ask.effects import CountQuestion
from bots.features.help import HELP
from bots.features.pass_on import PassOn
from tests.lib import descriptions
from tests.lib.asking import CATALOGUES, NOW, Asker, example_skills, skills_over, talk, visible
from tests.lib.matrix_html import seen

ANNE, BEN = Asker(name="anne", conversation="!room"), Asker(name="ben", conversation="!room")


def test_each_person_has_their_own_conversation() -> None:
    skills = example_skills()
    talk(skills, ANNE, ["who is the contact for waste in Kigali?"])
    talk(skills, BEN, ["who is the contact for mobility in Kigali?"])
    (reply,) = talk(skills, ANNE, ["and in Bamako?"])
    assert reply.text.startswith("Fatoumata Sangaré")


def test_each_thread_is_a_conversation() -> None:
    skills = example_skills()
    talk(skills, ANNE, ["resources on land"])
    (reply,) = talk(skills, Asker(name="anne", conversation="$thread"), ["more"])
    assert "That is all" not in reply.text
    assert "Dated " not in reply.text


def test_nothing_is_remembered_outside_of_a_conversation() -> None:
    skills = example_skills()
    nowhere = Asker(conversation="")
    replies = talk(skills, nowhere, ["who deals with parking in Kigali?", "yes"])
    assert [effect for reply in replies for effect in reply.effects] == []


def test_a_conversation_is_forgotten_within_an_hour() -> None:
    memory: ConversationMemory[str] = ConversationMemory()
    memory.put(ANNE.asked("…"), "said")
    assert memory.get(ANNE.asked("…", now=NOW + KEPT_FOR)) == "said"
    assert memory.get(ANNE.asked("…", now=NOW + KEPT_FOR + timedelta(seconds=1))) is None
    memory.put(BEN.asked("…", now=NOW + timedelta(hours=2)), "other")
    memory.forget_old(NOW + timedelta(hours=2))
    assert len(memory) == 1
    assert timedelta(seconds=FORGET_EVERY) + KEPT_FOR < timedelta(hours=1)


def test_what_goes_on_is_as_old_as_its_first_words() -> None:
    memory: ConversationMemory[str] = ConversationMemory()
    memory.put(ANNE.asked("…"), "said")
    memory.put(ANNE.asked("…", now=NOW + KEPT_FOR), "said, and more", goes_on=True)
    assert memory.get(ANNE.asked("…", now=NOW + KEPT_FOR + timedelta(seconds=1))) is None


def test_the_memory_has_a_limit_and_the_longest_silent_go_first() -> None:
    memory: ConversationMemory[int] = ConversationMemory(at_most=3)
    people = [Asker(name=f"p{number}", conversation="!room") for number in range(5)]
    for number, person in enumerate(people[:3]):
        memory.put(person.asked("…"), number)
    memory.put(people[0].asked("…"), 0)
    for number, person in enumerate(people[3:], 3):
        memory.put(person.asked("…"), number)
    assert [memory.get(person.asked("…")) for person in people] == [0, None, None, 3, 4]
    assert len(memory) == 3


def test_who_wishes_is_forgotten_at_once_and_alone() -> None:
    skills = example_skills()
    for person in (ANNE, BEN):
        talk(skills, person, ["who is the contact for waste in Kigali?"])
    skills.forget("@anne:example.org")
    (anne,), (ben,) = talk(skills, ANNE, ["her deputy?"]), talk(skills, BEN, ["her deputy?"])
    assert "Kigali cleanliness desk" not in anne.text
    assert ben.text.startswith("Kigali cleanliness desk")


def asking() -> FeatureSet:
    """Return the features of questions and of help: they read nothing."""
    example = descriptions.example()
    features = FeatureSet(example.community, "example.org", CATALOGUES, (ASK, HELP))
    features.use(example.directory)
    return features


async def react(skills: FeatureSet, person: Asker) -> object:
    """React with ✅ to the newest reply."""
    message = IncomingMessage("!room", "$reply", "@palabre:example.org")
    context = ReactionContext("✅", True, message, person.asked(""), is_newest=True)
    return await skills.react(context, cast(Sources, None))


async def test_a_reaction_to_an_offer_is_told_the_number_and_passes_nothing_on() -> None:
    skills = asking()
    assert await react(skills, ANNE) is None
    talk(skills, ANNE, ["who deals with parking in Kigali?"])
    assert await react(skills, BEN) is None
    reply = await react(skills, ANNE)
    assert isinstance(reply, Reply)
    assert "“yes 1”" in reply.text
    assert reply.effects == ()
    talk(skills, ANNE, ["who is the contact for waste in Kigali?"])
    assert await react(skills, ANNE) is None


async def test_another_skills_word_in_between_ends_the_offer() -> None:
    skills = asking()
    talk(skills, ANNE, ["who deals with parking in Kigali?"])
    talk(skills, ANNE, ["thank you"])
    assert await react(skills, ANNE) is None


def test_a_question_that_goes_on_is_passed_on_with_those_before() -> None:
    replies = talk(example_skills(), ANNE, ["who deals with parking in Kigali?", "and in Bamako?", "yes 1"])
    passed = [effect for effect in replies[-1].effects if isinstance(effect, PassOn)]
    assert passed == [PassOn("who deals with parking in Kigali? → and in Bamako?", "en", 1)]


def test_no_word_of_a_question_is_counted() -> None:
    replies = talk(
        example_skills(),
        ANNE,
        ["who is Claudine Uwase, in charge of waste in Kigali?", "zebra crossings in Lagos?", "yes 1"],
    )
    counted = [e for reply in replies for e in reply.effects if isinstance(e, CountQuestion)]
    assert counted
    for count in counted:
        assert all(topic.split(":")[0] in ("kind", "theme", "city") for topic in count.topics)
        assert not {"claudine", "uwase", "zebra"} & set(" ".join(count.topics).replace(":", " ").split())


def test_all_of_an_answer_comes_once() -> None:
    skills = example_skills()
    asked = ["resources on land", *["more"] * 6]
    replies = [visible(reply.text) for reply in talk(skills, ANNE, asked)]
    end = replies.index("That is all I have for that.")
    names = [card.split("\n")[0] for text in replies[:end] for card in text.split("\n\n") if "Dated" in card]
    assert len(names) == len(set(names))
    assert len(names) > 10
    assert [text.count("Dated ") for text in replies[: end - 1]] == [5] * (end - 1)


def test_short_words_in_four_languages() -> None:
    for text in ("more", "More, please", "la suite", "mais", "المزيد", "المزيد من فضلك", "encore svp"):
        assert short_answer(text) is ShortAnswer.MORE, text
    for text in (
        "Yes!",
        "yes please",
        "pass it on",
        "oui",
        "d'accord",
        "Sim.",
        "sim, por favor",
        "نعم",
        "✅",
    ):
        assert short_answer(text) is ShortAnswer.YES, text
    for text in ("no", "No thanks", "non merci", "não", "لا"):
        assert short_answer(text) is ShortAnswer.NO, text
    for text in ("", "yes but who?", "more resources on land", "non lo so", "waste in Kigali"):
        assert short_answer(text) is None, text


SKILLS = example_skills()
PHRASES = st.sampled_from(
    [
        "who is the contact for waste in Kigali?",
        "ressources sur le foncier",
        "projetos em Lagos",
        "من المسؤول عن النفايات في بنزرت؟",
        "who deals with parking in Kigali?",
        "and in Bamako?",
        "et son adjoint ?",
        "e o telefone?",
        "المزيد",
        "more",
        "yes",
        "não",
        "✅",
        "help",
        "merci",
        "",
        "since monday",
        "qwrtz",
        "the projects that she leads",
        "in French",
        "@room <b>\u202e{x}",
    ]
)
READERS = st.sampled_from([None, ("coordinator",), ("coordinator", "partner"), ()])


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.one_of(PHRASES, st.text(max_size=40)), min_size=1, max_size=8),
    READERS,
    st.sampled_from(["en", "fr", "pt", "ar", "sw"]),
    st.uuids(),
)
def test_no_turn_of_a_conversation_breaks_it(
    asked: list[str], readers: tuple[str, ...] | None, language: str, conversation: UUID
) -> None:
    asker = Asker(role="partner", languages=(language,), readers=readers, conversation=str(conversation))
    for reply in talk(SKILLS, asker, asked):
        assert reply.text.strip()
        assert seen(reply.html).text.strip()
        assert size(reply) <= LARGEST + 5_000
        assert readers == ("coordinator",) or "+223" not in reply.text


@pytest.fixture(scope="module")
def guarding() -> FeatureSet:
    """The skills over the example, in which deputies are for coordinators alone."""
    example = descriptions.example()
    directory = example.directory.model_copy(update={"visible": {"deputy": ("coordinator",)}})
    return skills_over(replace(example, directory=directory))


@pytest.mark.parametrize(
    "asked",
    [
        ["who is the contact for waste in Kigali?", "and her deputy?"],
        ["who is the deputy of Claudine Uwase?"],
        ["the deputy for waste in Kigali"],
        ["deputies in Kigali"],
    ],
)
@pytest.mark.parametrize(
    ("asker", "is_told"),
    [
        (Asker(role="coordinator"), True),
        (Asker(role="member"), False),
        (Asker(role="coordinator", readers=("coordinator", "member")), False),
    ],
    ids=["coordinator", "member", "room"],
)
def test_a_deputy_who_is_kept_from_the_readers_is_not_found_by_a_question(
    guarding: FeatureSet, asked: list[str], asker: Asker, is_told: bool
) -> None:
    conversation = f"{asked} {asker}"
    reply = talk(guarding, replace(asker, conversation=conversation), asked)[-1]
    assert ("Kigali cleanliness desk" in reply.text) is is_told
    assert ("know of no deputy" in reply.text) is not is_told
