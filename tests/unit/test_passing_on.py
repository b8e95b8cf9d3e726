"""A coordinator's words reach an asker only by their number and a “yes” with the number of what was shown."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bots.encryption import Reacted, Received
from bots.encryption.batch import Batch
from bots.runtime import Runtime
from community.description.person import Person
from community.jobs.requested import PassedQuestion
from community.storage import Store
from matrix.ids import EventId, RoomId, UserId
from tests.lib.asking import visible
from tests.lib.bot_runtime import (
    AWA,
    BOT,
    COORDINATION,
    DIRECT,
    NOW,
    PETER,
    Homeserver,
    batch,
    runtime,
    said,
    take,
)

SYLVIE = UserId("@sylvie:h")
REMARK = "she never reads what we send her"


@dataclass
class Scene:
    """A question of Awa's waits in the coordinators' room, where Peter and Sylvie are."""

    store: Store
    folder: Path
    homeserver: Homeserver = field(default_factory=Homeserver)
    spoken: int = 0

    @property
    def number(self) -> str:
        found = re.search(r"(\d+) ?: …", visible(self.post.content["body"]))
        assert found is not None
        return found[1]

    @property
    def post(self) -> Received:
        return self.told(COORDINATION)[0]

    @property
    def shown(self) -> str:
        """What the bot has said last among the coordinators."""
        return visible(self.told(COORDINATION)[-1].content["body"])

    @property
    def confirming(self) -> str:
        found = re.search(r"(?:yes|oui|sim|نعم) (\d+)", self.shown)
        assert found is not None, self.shown
        return found[1]

    @property
    def brought(self) -> list[str]:
        """What Awa was sent after the promise that her question is passed on."""
        return [visible(event.content["body"]) for event in self.told(DIRECT)][1:]

    def told(self, room_id: RoomId) -> list[Received]:
        """Return what the bot has said in a room."""
        events = self.homeserver.earlier.values()
        return [event for event in events if (event.room_id, event.sender) == (room_id, BOT)]

    async def answer_waits(self) -> bool:
        return await self.store.drafts.get("", "answer", PETER) is not None

    async def speak(self, language: str) -> None:
        """Have the coordinators speak this language alone."""
        people = await self.store.people.all()
        await self.store.people.replace(
            [each if each.user_id == AWA else replace(each, languages=(language,)) for each in people]
        )

    async def bot(self, after: timedelta = timedelta()) -> Runtime:
        """Return the next process."""
        bot = runtime(self.homeserver, self.store, self.folder, now=NOW + after)
        await bot._handler._executor._context.answers.refresh(self.store)
        return bot

    async def react(self, target: str, *, sender: UserId = PETER) -> None:
        self.spoken += 1
        reacted = Reacted(COORDINATION, EventId(f"$said{self.spoken}"), sender, EventId(target), "✅")
        await take(await self.bot(), Batch((reacted,), (), frozenset(), frozenset()))

    async def say(
        self,
        body: str,
        *,
        sender: UserId = PETER,
        in_clear: Any = None,
        after: timedelta = timedelta(),
        relation: Mapping[str, Any] | None = None,
        mentions: Collection[str] = (),
    ) -> Received:
        """Have a coordinator say something; ``in_clear`` is a relation that the homeserver has added."""
        self.spoken += 1
        related = {} if relation is None else {"m.relates_to": relation}
        content = {"msgtype": "m.text", "body": body, "m.mentions": {"user_ids": [*mentions]}, **related}
        heard = Received(
            COORDINATION, EventId(f"$said{self.spoken}"), sender, content, 0, clear_relation=in_clear
        )
        self.homeserver.earlier[heard.event_id] = heard
        await take(await self.bot(after), batch(heard))
        return heard


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with await Store.open(f"sqlite+aiosqlite:///{tmp_path}/palabre.db") as store:
        people = [
            Person(AWA, "awa", "Awa Diallo", "member", "bamako", (), ("en",)),
            Person(PETER, "peter", "Peter Lindqvist", "coordinator", None, (), ("en",)),
            Person(SYLVIE, "sylvie", "Sylvie Dossou", "coordinator", None, (), ("en",)),
        ]
        await store.people.replace(people)
        scene = Scene(store, tmp_path)
        scene.homeserver.rooms[COORDINATION].members[SYLVIE] = "join"
        await take(runtime(scene.homeserver, store, tmp_path), batch(said("yes", "$1")))
        yield scene


def aimed_at(event_id: str) -> dict[str, Any]:
    return {"m.in_reply_to": {"event_id": event_id}}


LANGUAGES = {
    "en": ("answer {}: ", "yes {}", "I would bring this to", "I have brought your answer to Awa Diallo."),
    "fr": (
        "réponse {} : ",
        "oui {}",
        "Voici ce que je transmettrais à",
        "J'ai transmis votre réponse à Awa Diallo.",
    ),
    "pt": (
        "resposta {}: ",
        "sim {}",
        "Se confirmar, entrego isto a",
        "Entreguei a sua resposta a Awa Diallo.",
    ),
    "ar": ("جواب {}: ", "نعم {}", "بعد تأكيدك سأوصل هذا إلى", "Awa Diallo"),
}


REFUSALS = {
    "en": ("No question 999", "Write your answer after the number"),
    "fr": (
        "Aucune question nº 999",
        "Écrivez votre réponse après le numéro",
    ),
    "pt": (
        "Nenhuma pergunta com o número 999",
        "Escreva a sua resposta depois do número",
    ),
    "ar": ("لا يوجد سؤال رقمه 999", "الجواب يُكتب بعد الرقم"),
}
SAVE = {"en": "save this", "fr": "garde ça", "pt": "guarda isto", "ar": "احفظ هذا"}
HIDDEN = {
    "en": "I do not show you that message",
    "fr": "Je ne vous montre pas ce message",
    "pt": "Não lhe mostro essa mensagem",
    "ar": "لا أعرض عليك هذه الرسالة",
}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_what_is_wrong_is_said_in_ones_language(scene: Scene, language: str) -> None:
    answer, yes, *_ = LANGUAGES[language]
    await scene.speak(language)
    unknown, empty = REFUSALS[language]
    await scene.say(answer.format(999) + "Ask them")
    assert scene.shown.startswith(unknown)
    await scene.say(answer.format(scene.number))
    assert scene.shown.startswith(empty)
    await scene.say(answer.format(scene.number) + "Ask the airfield")
    right = scene.confirming
    for other in (int(right) + 1, 1, 999):
        await scene.say(yes.format(other))
    assert yes.format(right) in scene.shown
    assert scene.brought == []


@pytest.mark.parametrize("language", LANGUAGES)
async def test_an_answer_is_shown_with_its_reader_and_brought_after_yes_and_its_number(
    scene: Scene, language: str
) -> None:
    answer, yes, shown, brought = LANGUAGES[language]
    await scene.speak(language)
    await scene.say(answer.format(scene.number) + "Ask the airfield")
    assert scene.shown.startswith(shown)
    assert all(part in scene.shown for part in ("Awa Diallo", "zeppelins", "Ask the airfield"))
    assert yes.format(scene.confirming) in scene.shown
    assert answer.format(scene.number).strip(" :") in scene.shown
    assert scene.brought == []
    await scene.say(yes.format(scene.confirming))
    assert brought in scene.shown
    (arrived,) = scene.brought
    assert arrived.endswith("Ask the airfield")
    assert await scene.store.jobs.pending("question") == ()


async def test_the_post_says_how_to_answer(scene: Scene) -> None:
    assert f"« réponse {scene.number} : … »" in visible(scene.post.content["body"])


async def test_a_remark_that_the_homeserver_aims_at_a_question_is_nothing_to_the_bot(scene: Scene) -> None:
    before = len(scene.homeserver.sent)
    for relation in (
        aimed_at(scene.post.event_id),
        {"rel_type": "m.thread", "event_id": scene.post.event_id},
        {"rel_type": "m.thread", "event_id": scene.post.event_id, **aimed_at(scene.post.event_id)},
    ):
        await scene.say(REMARK, in_clear=relation)
    assert len(scene.homeserver.sent) == before


async def test_a_mention_of_the_bot_that_is_aimed_at_a_question_answers_nothing(scene: Scene) -> None:
    await scene.say(REMARK, in_clear=aimed_at(scene.post.event_id), mentions=[BOT])
    assert scene.brought == []
    assert not await scene.answer_waits()


@pytest.mark.parametrize("mentioned", [(), (SYLVIE,), (BOT, SYLVIE)])
@pytest.mark.parametrize("in_thread", [False, True])
async def test_what_coordinators_say_to_each_other_under_a_question_stays_there(
    scene: Scene, mentioned: tuple[UserId, ...], in_thread: bool
) -> None:
    root = scene.post.event_id
    relation = {"rel_type": "m.thread", "event_id": root} if in_thread else aimed_at(root)
    await scene.say(REMARK, relation=relation, mentions=mentioned)
    assert scene.brought == []
    assert not await scene.answer_waits()


async def test_an_honest_slip_is_shown_and_goes_nowhere_without_the_yes(scene: Scene) -> None:
    await scene.say(REMARK, relation=aimed_at(scene.post.event_id), mentions=[BOT])
    assert REMARK in scene.shown
    for word in ("yes", "ok", "✅", "!p yes", "yes 1", "no"):
        await scene.say(word)
    assert REMARK not in str(scene.brought)
    waiting = PassedQuestion.each(await scene.store.jobs.pending("question"))
    assert scene.number in [asked.number for _job, asked in waiting]


async def test_a_reaction_brings_nothing(scene: Scene) -> None:
    await scene.say(f"answer {scene.number}: {REMARK}")
    shown = scene.told(COORDINATION)[-1].event_id
    for target in (shown, scene.post.event_id, "$said1"):
        await scene.react(target)
    assert scene.brought == []


async def test_only_who_has_written_an_answer_confirms_it(scene: Scene) -> None:
    await scene.say(f"answer {scene.number}: Ask the airfield")
    number = scene.confirming
    await scene.say(f"yes {number}", sender=SYLVIE)
    assert scene.brought == []
    await scene.say(f"yes {number}")
    assert len(scene.brought) == 1


async def test_the_number_is_that_of_the_text_shown_last(scene: Scene) -> None:
    await scene.say(f"answer {scene.number}: {REMARK}")
    first = scene.confirming
    await scene.say(f"answer {scene.number}: Ask the airfield")
    second = scene.confirming
    assert first != second
    await scene.say(f"yes {first}")
    assert scene.brought == []
    assert f"“yes {second}”" in scene.shown
    await scene.say(f"yes {second}")
    (arrived,) = scene.brought
    assert REMARK not in arrived


async def test_a_yes_that_is_aimed_elsewhere_still_means_its_number(scene: Scene) -> None:
    await scene.say(f"answer {scene.number}: Ask the airfield")
    await scene.say(f"yes {scene.confirming}", in_clear={"rel_type": "m.thread", "event_id": "$elsewhere"})
    assert len(scene.brought) == 1


async def test_an_answer_waits_for_a_day(scene: Scene) -> None:
    await scene.say(f"answer {scene.number}: Ask the airfield")
    await scene.say(f"yes {scene.confirming}", after=timedelta(hours=25))
    assert scene.brought == []


async def test_what_cannot_be_brought_is_said(scene: Scene) -> None:
    await scene.say("answer 999: Ask them")
    assert scene.shown == "No question 999 is waiting for an answer."
    await scene.say(f"answer {scene.number}")
    assert scene.shown == f"Write your answer after the number: “answer {scene.number}: …”."
    await scene.say(f"answer {scene.number}: Ask the airfield")
    number = scene.confirming
    await scene.say(f"answer {scene.number}: Ask the museum", sender=SYLVIE)
    await scene.say(f"yes {scene.confirming}", sender=SYLVIE)
    await scene.say(f"yes {number}")
    assert scene.shown == "That question is no longer waiting for an answer: I have brought nothing."
    assert len(scene.brought) == 1


async def test_elsewhere_and_from_others_it_is_no_answer(scene: Scene) -> None:
    bot = runtime(scene.homeserver, scene.store, scene.folder)
    await take(bot, batch(said(f"answer {scene.number}: {REMARK}", "$direct")))
    peters = replace(said(f"answer {scene.number}: {REMARK}", "$2", sender=PETER), room_id=DIRECT)
    await take(bot, batch(peters))
    await scene.say(f"answer {scene.number}: {REMARK}", sender=AWA)
    assert not await scene.answer_waits()
    assert len(await scene.store.jobs.pending("question")) == 1


async def test_an_answer_is_kept_as_an_entry_without_the_words_before_it(scene: Scene) -> None:
    await scene.say(f"answer {scene.number}: Ask the airfield")
    await scene.say(f"yes {scene.confirming}")
    told = scene.told(COORDINATION)[-1].event_id
    await scene.react(told)
    assert "Ask the airfield" in scene.shown
    assert "answer" not in scene.shown


@pytest.mark.parametrize("language", LANGUAGES)
async def test_who_came_later_keeps_nothing_of_it_as_an_entry(scene: Scene, language: str) -> None:
    answer = await scene.say(f"answer {scene.number}: Ask the airfield")
    await scene.say(f"yes {scene.confirming}")
    told = scene.told(COORDINATION)[-1].event_id
    scene.homeserver.hidden = {(answer.event_id, SYLVIE)}
    before = len(scene.homeserver.sent)
    await scene.speak(language)
    await scene.react(told, sender=SYLVIE)
    assert len(scene.homeserver.sent) == before
    await scene.say(f"!p {SAVE[language]}", sender=SYLVIE, relation=aimed_at(answer.event_id))
    assert HIDDEN[language] in scene.shown
    assert "airfield" not in scene.shown


async def test_save_this_that_the_homeserver_aims_at_a_message_saves_nothing_of_it(scene: Scene) -> None:
    remark = await scene.say(REMARK)
    await scene.say("!p save this", in_clear=aimed_at(remark.event_id))
    assert scene.shown == "Reply “save this” to the message that you want to keep."


async def test_words_that_the_homeserver_puts_into_a_drafts_thread_are_nothing_to_the_draft(
    scene: Scene,
) -> None:
    begun = await scene.say("!p add resource")
    thread = {"rel_type": "m.thread", "event_id": begun.event_id}
    question = scene.shown
    await scene.say(REMARK, in_clear=thread)
    assert scene.shown == question
    await scene.say("Masts of Kigali", relation=thread)
    assert "Masts of Kigali" in scene.shown
    assert REMARK not in scene.shown


@pytest.mark.parametrize("letter", ["a", "ن", "🎈"])
@pytest.mark.parametrize("length", [1, 499, 4000, 9900, 19_000])
async def test_what_is_brought_is_what_was_shown(scene: Scene, letter: str, length: int) -> None:
    await scene.say(f"answer {scene.number}: {letter * length}")
    shown = max(scene.shown.splitlines(), key=len)
    if length < 100:
        assert f"\n{letter}\n" in scene.shown
        return
    found = re.search(r"yes \d+", scene.shown)
    assert found is not None
    await scene.say(found[0])
    assert shown in scene.brought[0]
    assert letter * 100 in shown
