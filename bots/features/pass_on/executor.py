"""Files a question that is passed on, keeps a coordinator's answer, and sends it to the asker."""

from __future__ import annotations

from collections.abc import Iterable

from bots.context.daily_limits import is_limit_reached
from bots.context.effects import Execution
from bots.context.execution import ExecutionContext
from bots.context.kept_texts import origin
from bots.context.message import Reply
from bots.context.reply_text import reply_of
from bots.context.requests import address_of, address_to_payload
from bots.features.pass_on.answer_draft import AWAITED, AnswerDraft
from bots.features.pass_on.effects import Deliver, KeepAnswer, PassOn
from bots.features.pass_on.shown_answer import shown_answer
from bots.features.pass_on.withdrawal import WithdrawQuestion
from community.core.messages import Message, msg
from community.core.plain_text import clean
from community.description.person import Person
from community.jobs.requested import PassedQuestion
from community.storage import Draft, JobState

_ENOUGH_TODAY = msg(
    "I have brought the coordinators several questions of yours today, and that is as many as I may in a day. Please "
    "ask again tomorrow, or write to one of them."
)


async def pass_on(effect: PassOn, execution: Execution, context: ExecutionContext) -> Reply:
    """File the question as a job and post it to the coordinators. Raises PalabreError."""
    if context.escalations.coordinators is None:
        nobody = msg("I have no room in which the coordinators would read it: please ask one of them.")
        return _say(nobody, [effect.language], context)
    number = await context.store.numbers.take() if effect.number is None else effect.number
    passed_on = PassedQuestion(
        **address_to_payload(execution.to),
        question=effect.question,
        language=effect.language,
        place=context.escalations.place(execution.to.room_id),
        word=execution.event_id,
        number=str(number),
        origins=effect.origins,
    )
    if await is_limit_reached(passed_on, execution, context):
        return _say(_ENOUGH_TODAY, [effect.language], context)
    await context.store.jobs.file(passed_on, at=execution.at)
    await context.escalations.post()
    return execution.reply


async def keep_answer(effect: KeepAnswer, execution: Execution, context: ExecutionContext) -> Reply:
    """Keep an answer until its writer confirms it. Raises StoreError."""
    draft = Draft(
        room_id="",
        conversation=AWAITED,
        user_id=execution.to.user_id,
        content=AnswerDraft(effect.request, effect.number, effect.text, effect.event_id).to_json(),
        at=execution.at,
        origins=(origin(execution.to.room_id, effect.event_id),),
    )
    await context.store.drafts.put(draft)
    return execution.reply


async def deliver(effect: Deliver, execution: Execution, context: ExecutionContext) -> Reply:
    """Send an answer to the asker and end the job. Raises PalabreError."""
    to = address_of(effect.payload)
    asker = context.people.get(to.user_id)
    if asker is not None and context.identities.is_changed(asker.user_id):
        # The job stays open: it is answered again once the asker's new identity is accepted.
        return _say(_not_brought(asker), [execution.language], context)
    is_brought = asker is not None and await context.sender.bring(
        f"answer/{effect.request}/{to.event_id}",
        to,
        _answer(effect, context),
        origins=(*effect.payload.get("origins", "").split(), origin(execution.to.room_id, effect.event_id)),
    )
    await context.store.jobs.end(effect.request, JobState.DONE, at=execution.at)
    await context.store.drafts.delete("", AWAITED, effect.by)
    if is_brought:
        return execution.reply
    gone = msg("I cannot bring it any more: who asked is no longer there, or I am not.")
    return _say(gone, [execution.language], context)


async def withdraw(effect: WithdrawQuestion, execution: Execution, context: ExecutionContext) -> Reply:
    """Tell the coordinators that a question needs no answer any more, then end its job. Raises PalabreError."""
    waiting = PassedQuestion.each(await context.store.jobs.pending(PassedQuestion.KIND))
    asked = next((asked for job, asked in waiting if job.id == effect.request), None)
    if asked is None:
        return execution.reply
    person = context.people.get(asked.user_id)
    told = msg(
        "{name} has withdrawn the question “{question}”: nobody needs to answer it any more.",
        name=clean(asked.user_id if person is None else person.name),
        question=clean(asked.question),
    )
    await context.escalations.tell_coordinators(f"withdrawn/{effect.request}", told)
    await context.store.jobs.end(effect.request, JobState.WITHDRAWN, at=execution.at)
    return execution.reply


def _answer(effect: Deliver, context: ExecutionContext) -> Reply:
    """Return the answer as the asker gets it, in their language."""
    translate = context.translator([effect.payload["language"]])
    by = context.people.get(effect.by)
    name = clean(effect.by if by is None else by.name)
    question = clean(effect.payload["question"])
    head = msg("{name} answers your question “{question}”:", name=name, question=question)
    return shown_answer(translate(head), effect.text)


def _not_brought(asker: Person) -> Message:
    """Return the sentence for a coordinator whose answer was not sent, because the asker's identity has changed."""
    return msg(
        "I have not brought it: {name} has a new identity, and I do not know yet whether it is they. Ask them by "
        "telephone or in person; then write “accept identity of {username}”, and answer again.",
        name=clean(asker.name),
        username=asker.username,
    )


def _say(message: Message, languages: Iterable[str], context: ExecutionContext) -> Reply:
    translate = context.translator(list(languages))
    return reply_of([translate(message)], [], [], translate.language)
