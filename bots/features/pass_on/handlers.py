"""Posts questions to the coordinators' room, and recognises the coordinators' answers there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from bots.context.feature import Audience, FeatureHandlers, Handler, Post, RequestType, Setting
from bots.context.incoming import LONGEST_ANSWER, IncomingMessage
from bots.context.knowledge import Knowledge
from bots.context.marks import KEEPS, REQUEST
from bots.context.message import OverheardMessage, Reply
from bots.context.reply_text import reply_of
from bots.context.short_words import asked_signs
from bots.context.sources import Sources
from bots.features.pass_on.effects import Deliver
from community.core.messages import msg
from community.core.plain_text import clean
from community.jobs.job import Job
from community.jobs.requested import PassedQuestion
from matrix.ids import UserId


@dataclass(frozen=True, slots=True)
class CoordinatorAnswer:
    """A coordinator's answer: the question's job, the text of the answer, and the asker's name."""

    job: Job
    text: str
    asker: str


class AnswerHandler(Handler[OverheardMessage, CoordinatorAnswer | None]):
    """Handles what a coordinator writes in the coordinators' room in reply to a question that was passed on."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge

    async def load(self, context: OverheardMessage, sources: Sources) -> CoordinatorAnswer | None:
        """Return the answer and its question; None for every other message."""
        room = sources.coordination.coordinators
        if context.person.role not in sources.coordination.coordinating_roles:
            return None
        if room is None or context.message.room_id != room.room_id:
            return None
        text = _text(context.message, sources.rooms.me)
        found = None if text is None else await _question(context.message, sources)
        if text is None or found is None:
            return None
        job, asked = found
        asker = sources.people.get(asked.user_id)
        return CoordinatorAnswer(job, text, clean(asked.user_id if asker is None else asker.name))

    def handle(self, context: OverheardMessage, records: CoordinatorAnswer | None) -> Reply | None:
        """Return the reply to the coordinator; its effect sends the answer to the asker."""
        if records is None:
            return None
        translate = self.knowledge.translator(context.person.languages)
        said = (
            msg("I have brought your answer to {name}.", name=records.asker),
            msg("React with ✅ to keep it as a new entry."),
        )
        reply = reply_of([translate(one) for one in said], [], [], translate.language)
        deliver = Deliver(records.job.id, records.job.payload, records.text, context.person.user_id)
        marks = {KEEPS: context.message.event_id}
        return replace(
            reply, effects=(deliver,), language=translate.language, marks=marks, signs=asked_signs(said)
        )


class PassOnHandlers(FeatureHandlers):
    """The handler of overheard messages. The feature `ask` offers to pass a question on."""

    def __init__(self, setting: Setting) -> None:
        self._handler = AnswerHandler(setting.knowledge)

    @property
    def overheard(self) -> AnswerHandler:
        """The handler of the coordinators' answers."""
        return self._handler

    def use(self, knowledge: Knowledge) -> None:
        """Use the languages of this state of the description from now on."""
        self._handler.knowledge = knowledge


def posts(_job: Job, asked: PassedQuestion, audience: Audience) -> Iterator[Post]:
    """Yield the post that shows a question in the coordinators' room, in the community's language."""
    translate = audience.translator
    person = audience.people.get(asked.user_id)
    name = clean(person.name if person is not None else asked.user_id)
    place = asked.place or translate(msg("a direct message"))
    said = [
        translate(msg("{name} asks, in {place}, what I could not answer:", name=name, place=place)),
        f"“{clean(asked.question)}”",
        translate(msg("Reply to this message: I bring them your first answer.")),
    ]
    yield audience.coordinators, reply_of(said, [], [], translate.language)


def _text(message: IncomingMessage, me: UserId) -> str | None:
    """Return the text of a possible answer; None for a command to the bot and where only others are mentioned."""
    text = message.question(me, "", is_direct=True, longest=LONGEST_ANSWER)
    return None if not text or message.has_prefix or message.mentions - {me} else text


async def _question(message: IncomingMessage, sources: Sources) -> tuple[Job, PassedQuestion] | None:
    """Return the waiting question that a message answers, with its job; None without one.

    In a thread under the question coordinators may talk among themselves: only a message that replies to the question
    or mentions the bot is an answer.
    """
    me = sources.rooms.me
    refers_to = message.refers_to if me in message.mentions else message.relation.reply
    if refers_to is None:
        return None
    post = await sources.messages.read_back(message.room_id, refers_to)
    number = None if post is None or post.sender != me else post.marks.get(REQUEST)
    if number is None:
        return None
    waiting = PassedQuestion.each(await sources.store.jobs.pending(PassedQuestion.KIND))
    return next(((job, asked) for job, asked in waiting if str(job.id) == number), None)


QUESTIONS = RequestType(PassedQuestion, posts)
