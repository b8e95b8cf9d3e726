"""Asks the author of a message whether it may be kept, and tells who has asked of the agreement."""

from __future__ import annotations

from dataclasses import replace

from bots.context.effects import Execution
from bots.context.execution import ExecutionContext
from bots.context.marks import KEEPS
from bots.context.message import Address, Reply
from bots.context.reply_text import reply_of
from bots.context.short_words import asked_signs
from bots.features.edit.consent import AGREED_FOR, WantedMessage, asked_key, wanted_messages
from bots.features.edit.effects import Agree, AskAuthor
from community.core.messages import Message, msg
from community.core.plain_text import clean
from community.storage import Draft


async def ask_author(effect: AskAuthor, execution: Execution, context: ExecutionContext) -> Reply:
    """Ask the author, unless who asks waits for another answer. Raises PalabreError."""
    asker = execution.to.user_id
    asked = await context.store.drafts.of_no_room(asked_key(asker))
    waiting = wanted_messages(asked, execution.at, is_clock_believed=context.is_clock_believed())
    same = next((w for w in waiting if (w.room_id, w.event_id) == (effect.room_id, effect.event_id)), None)
    if waiting and same is None:
        name = _name(asked[0].user_id, context)
        still = msg("I am still waiting for the answer of {name} about what you asked me to keep.", name=name)
        return _say((still,), execution.language, context)
    number = await context.store.numbers.take() if same is None else same.number
    wanted = WantedMessage(asker, effect.room_id, effect.event_id, number)
    await context.store.drafts.put(_kept(asked_key(asker), effect.author, wanted, execution))
    if effect.author in context.people and await _bring_question(wanted, effect.author, context):
        return execution.reply
    await context.store.drafts.delete("", asked_key(asker), effect.author)
    name = _name(effect.author, context)
    cannot = msg("I cannot ask {name} now. A lead or a coordinator can keep it.", name=name)
    return _say((cannot,), execution.language, context)


def _kept(key: str, user_id: str, wanted: WantedMessage, execution: Execution) -> Draft:
    return Draft(
        room_id="",
        conversation=key,
        user_id=user_id,
        content=wanted.to_json(),
        at=execution.at,
        origins=(wanted.origin,),
    )


async def _bring_question(wanted: WantedMessage, author: str, context: ExecutionContext) -> bool:
    """Ask in reply to the message, which is not repeated; return whether the author can read it."""
    question = msg(
        "{name} would like to turn this message of yours into an entry of the directory, for everybody in the network. "
        "If you agree, write “yes {number}” here. Otherwise you need not do anything, and I keep nothing of it.",
        name=_name(wanted.asker, context),
        number=wanted.number,
    )
    to = Address(wanted.room_id, wanted.event_id, author, None, wanted.event_id)
    key = f"consent/{wanted.number}"
    reply = _say((question,), _language(author, context), context)
    return await context.sender.bring(key, to, reply, origins=(wanted.origin,))


async def agree(effect: Agree, execution: Execution, context: ExecutionContext) -> Reply:
    """Note the agreement for a day, and tell who has asked. Raises PalabreError."""
    wanted = WantedMessage(effect.asker, effect.room_id, effect.event_id, effect.number)
    await context.store.drafts.put(_kept(AGREED_FOR, effect.asker, wanted, execution))
    told = msg(
        "{name} agrees that this message is kept. React with ✅, or reply “save this” to it again, and I begin.",
        name=_name(execution.to.user_id, context),
    )
    reply = _say((told,), _language(effect.asker, context), context, marks={KEEPS: wanted.event_id})
    to = Address(wanted.room_id, wanted.event_id, effect.asker, None, wanted.event_id)
    await context.sender.bring(f"agreed/{wanted.number}", to, reply, origins=(wanted.origin,))
    await context.store.drafts.delete("", asked_key(effect.asker), execution.to.user_id)
    return execution.reply


def _name(user_id: str, context: ExecutionContext) -> str:
    person = context.people.get(user_id)
    return clean(user_id if person is None else person.name)


def _language(user_id: str, context: ExecutionContext) -> str:
    person = context.people.get(user_id)
    return context.translator(() if person is None else person.languages).language


def _say(
    sentences: tuple[Message, ...],
    language: str,
    context: ExecutionContext,
    marks: dict[str, str] | None = None,
) -> Reply:
    translate = context.translator([language])
    reply = reply_of([translate(one) for one in sentences], [], [], translate.language)
    return replace(reply, signs=asked_signs(sentences), marks=marks or {})
