"""Posts questions to the coordinators' room, and takes the coordinators' answers there.

What is said in that room is brought to an asker only where its encrypted part says so twice: it addresses the bot for
that question (“answer 12: …”, or a reply to the question that mentions the bot), and its sender then confirms the text
that the bot shows, by its number.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeAlias, assert_never

from bots.context.feature import Addressees, FeatureHandlers, Handler, Post, Precedence, RequestType, Setting
from bots.context.incoming import LONGEST_ANSWER, IncomingMessage
from bots.context.knowledge import Knowledge
from bots.context.marks import KEEPS, REQUEST
from bots.context.message import OverheardMessage, Reply, Unnumbered
from bots.context.numbered import answer_command, confirmed_number
from bots.context.reply_text import reply_of
from bots.context.short_words import asked_signs
from bots.context.sources import Sources
from bots.features.pass_on.answer_draft import AWAITED, AnswerDraft, kept_answer
from bots.features.pass_on.effects import Deliver, KeepAnswer
from bots.features.pass_on.shown_answer import shown_answer
from bots.features.pass_on.withdrawal import WithdrawalHandler
from community.core.messages import Message, Translator, msg
from community.core.plain_text import clean
from community.jobs.job import Job
from community.jobs.requested import PassedQuestion
from matrix.ids import UserId


@dataclass(frozen=True, slots=True)
class WaitingQuestion:
    """A question that waits for an answer: its job, its number, its asker's Matrix ID and name, its words."""

    job: Job
    number: int
    user_id: str
    name: str
    words: str


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """An answer that a coordinator gives to the question ``number``, which is None where it does not wait."""

    number: int
    text: str
    question: WaitingQuestion | None


@dataclass(frozen=True, slots=True)
class ConfirmedAnswer:
    """A coordinator's “yes” and the number of their answer, and its question, None where it does not wait."""

    draft: AnswerDraft
    question: WaitingQuestion | None


CoordinatorAnswer: TypeAlias = GivenAnswer | ConfirmedAnswer


class AnswerHandler(Handler[OverheardMessage, CoordinatorAnswer | None]):
    """Handles what a coordinator says in the coordinators' room to a question that was passed on."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge

    async def load(self, context: OverheardMessage, sources: Sources) -> CoordinatorAnswer | None:
        """Return the answer or its confirmation, with the question; None for every other message."""
        room, message, me = sources.coordination.coordinators, context.message, sources.rooms.me
        if context.person.role not in sources.coordination.coordinating_roles:
            return None
        if room is None or message.room_id != room.room_id:
            return None
        text = message.question(me, "", is_direct=True, longest=LONGEST_ANSWER)
        if not text or message.mentions - {me}:
            return None
        number = confirmed_number(text)
        if number is not None:
            return await _confirmed(number, context, sources)
        return await _given(text, message, sources)

    def handle(
        self, context: OverheardMessage, records: CoordinatorAnswer | None
    ) -> Reply | Unnumbered | None:
        """Return the reply to the coordinator; its effects keep the answer, or send it to the asker."""
        translate = self.knowledge.translator(context.person.languages)
        match records:
            case None:
                return None
            case GivenAnswer():
                return _taken(translate, context, records)
            case ConfirmedAnswer():
                return _confirmation(translate, context, records)
            case _:
                assert_never(records)


def _taken(translate: Translator, context: OverheardMessage, given: GivenAnswer) -> Reply | Unnumbered:
    """Return the reply to an answer: it is shown, or why it cannot be brought."""
    if given.question is None:
        gone = msg("No question {number} is waiting for an answer.", number=given.number)
        return _said(translate, gone)
    if not given.text:
        return _said(
            translate, msg("Write your answer after the number: “answer {number}: …”.", number=given.number)
        )
    return Unnumbered(partial(_shown, translate, context, given.text, given.question))


def _confirmation(translate: Translator, context: OverheardMessage, confirmed: ConfirmedAnswer) -> Reply:
    """Return the reply to a “yes” and the number of an answer: it is brought, or why it is not."""
    if confirmed.question is None:
        return _said(
            translate, msg("That question is no longer waiting for an answer: I have brought nothing.")
        )
    return _brought(translate, context, confirmed.draft, confirmed.question)


def _shown(
    translate: Translator, context: OverheardMessage, text: str, question: WaitingQuestion, number: int
) -> Reply:
    """Return the reply that shows an answer and to whom it goes, and asks for its number."""
    kept = KeepAnswer(question.job.id, number, text, context.message.event_id, question.user_id)
    head = msg(
        "I would bring this to {name}, who asked “{question}”:", name=question.name, question=question.words
    )
    tail = msg(
        "Say “yes {number}” and I bring it. To change it, write “answer {question}: …” again; without your “yes” "
        "nothing is brought.",
        number=number,
        question=question.number,
    )
    reply = shown_answer(translate(head), text, translate(tail))
    return replace(reply, effects=(kept,), language=translate.language)


def _brought(
    translate: Translator, context: OverheardMessage, draft: AnswerDraft, question: WaitingQuestion
) -> Reply:
    deliver = Deliver(
        question.job.id, question.job.payload, draft.text, context.person.user_id, draft.event_id
    )
    brought = msg("I have brought your answer to {name}.", name=question.name)
    reply = _said(translate, brought, msg("React with ✅ 👍 ✔ to keep it as a new entry."))
    return replace(reply, effects=(deliver,), marks={KEEPS: draft.event_id})


def _said(translate: Translator, *sentences: Message) -> Reply:
    reply = reply_of([translate(one) for one in sentences], [], [], translate.language)
    return replace(reply, signs=asked_signs(sentences))


class PassOnHandlers(FeatureHandlers):
    """The handlers of overheard messages and of withdrawals. The feature `ask` offers to pass a question on."""

    def __init__(self, setting: Setting) -> None:
        self._handler = AnswerHandler(setting.knowledge)
        self._withdrawal = WithdrawalHandler(setting.knowledge)

    @property
    def messages(self) -> Sequence[tuple[Precedence, WithdrawalHandler]]:
        """The handler of requests to withdraw a question."""
        return ((Precedence.COMMAND, self._withdrawal),)

    @property
    def overheard(self) -> AnswerHandler:
        """The handler of the coordinators' answers."""
        return self._handler

    def use(self, knowledge: Knowledge) -> None:
        """Use the languages of this state of the description from now on."""
        self._handler.knowledge = self._withdrawal.knowledge = knowledge


def posts(job: Job, asked: PassedQuestion, audience: Addressees) -> Iterator[Post]:
    """Yield the post that shows a question in the coordinators' room, in the community's language."""
    translate = audience.translator
    person = audience.people.get(asked.user_id)
    name = clean(person.name if person is not None else asked.user_id)
    place = asked.place or translate(msg("a direct message"))
    said = [
        translate(msg("{name} asks, in {place}, what I could not answer:", name=name, place=place)),
        translate(msg("“{question}”", question=clean(asked.question))),
        translate(
            msg(
                "To answer, write here: “answer {number}: …”. I show you the text, and bring it when you say yes.",
                number=asked.number_of(job),
            )
        ),
    ]
    yield audience.coordinators, reply_of(said, [], [], translate.language)


async def _confirmed(number: int, context: OverheardMessage, sources: Sources) -> ConfirmedAnswer | None:
    """Return the sender's answer that waits for this number; None where the number is of something else."""
    kept = await sources.store.drafts.get("", AWAITED, context.person.user_id)
    draft = kept_answer(kept, context)
    if draft is None or draft.number != number:
        return None
    return ConfirmedAnswer(draft, await _waiting(sources, job_id=draft.request))


async def _given(text: str, message: IncomingMessage, sources: Sources) -> GivenAnswer | None:
    command = answer_command(text)
    if command is not None:
        return GivenAnswer(command.number, command.text, await _waiting(sources, number=command.number))
    if message.has_prefix or sources.rooms.me not in message.mentions:
        return None
    job_id = await _replied_to(message, sources.rooms.me, sources)
    question = None if job_id is None else await _waiting(sources, job_id=job_id)
    return None if question is None else GivenAnswer(question.number, text, question)


async def _replied_to(message: IncomingMessage, me: UserId, sources: Sources) -> int | None:
    """Return the id of the job of the question whose post a message refers to; None for any other."""
    refers_to = message.refers_to
    post = None if refers_to is None else await sources.messages.read_back(message.room_id, refers_to)
    number = None if post is None or post.sender != me else post.marks.get(REQUEST)
    return int(number) if number is not None and number.isdecimal() else None


async def _waiting(
    sources: Sources, *, number: int | None = None, job_id: int | None = None
) -> WaitingQuestion | None:
    """Return the question of that number, or of that job; None where none waits."""
    waiting = PassedQuestion.each(await sources.store.jobs.pending(PassedQuestion.KIND))
    found = next(
        ((job, asked) for job, asked in waiting if job_id == job.id or number == asked.number_of(job)), None
    )
    if found is None:
        return None
    job, asked = found
    person = sources.people.get(asked.user_id)
    name = clean(asked.user_id if person is None else person.name)
    return WaitingQuestion(job, asked.number_of(job), asked.user_id, name, clean(asked.question))


QUESTIONS = RequestType(PassedQuestion, posts)
