"""Carries out what was decided: its effects, then its reply, then what is kept of the conversation.

A process may end in between, and another starts again with what was decided: so each step is done once, however often
it is tried.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from bots.context.background import PeriodicWork
from bots.context.effects import NOT_SURE, EffectTypes, Execution
from bots.context.execution import ExecutionContext
from bots.context.message import Address, Effect, Reply
from bots.context.reply_text import reply_of
from bots.planned_reply import PlannedReply
from bots.reply_sender import ReplySender
from community.core.messages import Message
from community.storage import Draft

_SWEEP_EVERY = 300.0
"""Seconds between looks for old drafts."""
WORDS_KEPT_FOR = timedelta(days=1)
"""After this the words of a draft are deleted."""
DRAFTS_KEPT_FOR = timedelta(days=2)
"""After this nothing is left of it. Until then its person can be told that it was dropped."""


class EffectExecutor:
    """Carries out outcomes with the functions that the features have registered for their effects."""

    def __init__(self, types: EffectTypes, context: ExecutionContext, sender: ReplySender) -> None:
        self._types = types
        self._context = context
        self._sender = sender
        self._store = context.store

    def must_be_kept(self, planned: PlannedReply) -> bool:
        """Whether an outcome must be in the store before it is carried out."""
        return planned.must_be_kept(self._types)

    async def carry_out(self, event_id: str, planned: PlannedReply) -> None:
        """Do all of it, for the event that it was decided for.

        Raises:
            PalabreError: something was not done; done again, what was is not done twice.
        """
        reply = planned.reply
        for effect in planned.effects:
            if not self._types.of(effect).at_most_once:
                reply = await self._execute(event_id, effect, planned, reply)
        key = f"reply/{event_id}"
        if planned.replaces:
            await self._sender.replace(key, planned.to, planned.replaces, reply, origins=planned.origins)
            return
        is_plain = not planned.is_turn and all(self._types.of(each).is_public for each in planned.effects)
        sent = await self._sender.send(
            key, planned.to, reply, planned.marks, is_plain=is_plain, origins=planned.origins
        )
        if planned.is_turn:
            # An effect that could not be carried out may leave the draft where it was.
            await self._keep_draft(planned, sent, reply.draft if reply.is_turn else planned.draft)

    async def dealt_with(self, event_id: str, planned: PlannedReply) -> None:
        """Carry out the effects that are rather not carried out than twice.

        Raises:
            PalabreError: one of them was not carried out.
        """
        for effect in planned.effects:
            if self._types.of(effect).at_most_once:
                await self._execute(event_id, effect, planned, planned.reply)

    async def apologise(self, event_id: str, planned: PlannedReply) -> None:
        """Tell the person that what was decided for their message has failed for good.

        Raises:
            PalabreError: it cannot be told.
        """
        apologies = [self._types.of(effect).apology for effect in planned.effects] or [NOT_SURE]
        await self._tell(event_id, planned.to, apologies[0], [planned.language])

    async def tell(self, event_id: str, to: Address, apology: Message) -> None:
        """Tell the person, in their language, that their message or reaction is not answered.

        Raises:
            PalabreError: it cannot be told.
        """
        person = self._context.people.get(to.user_id)
        await self._tell(event_id, to, apology, () if person is None else person.languages)

    async def _tell(self, event_id: str, to: Address, apology: Message, languages: Sequence[str]) -> None:
        translate = self._context.translator(languages)
        reply = reply_of([translate(apology)], [], [], translate.language)
        await self._sender.send(f"apology/{event_id}", to, reply)

    def drafts_swept(self, now: Callable[[], datetime]) -> PeriodicWork:
        """Return the deleting of old drafts, now and then."""
        return PeriodicWork(
            lambda: self.drop_old_drafts(now()), _SWEEP_EVERY, "drafts_not_swept", by_date=True
        )

    async def drop_old_drafts(self, now: datetime) -> None:
        """Delete the words of drafts that nobody can go on with any more, and after another day the drafts.

        Raises:
            StoreError: the database failed.
        """
        gone = await self._store.drafts.delete_older(now - DRAFTS_KEPT_FOR)
        if await self._store.drafts.empty_older(now - WORDS_KEPT_FOR) or gone:
            await self._store.empty_log()

    async def _execute(self, event_id: str, effect: Effect, planned: PlannedReply, reply: Reply) -> Reply:
        """Carry out one effect; return the reply, another where it could not be done."""
        execution = Execution(event_id, planned.to, planned.at, planned.language, reply)
        return await self._types.of(effect).execute(effect, execution, self._context)

    async def _keep_draft(self, planned: PlannedReply, sent: str, content: str | None) -> None:
        to, drafts = planned.to, self._store.drafts
        if content is None:
            await drafts.delete(to.room_id, to.conversation, to.user_id)
            return
        draft = Draft(
            room_id=to.room_id,
            conversation=to.conversation,
            user_id=to.user_id,
            content=content,
            event_id=sent,
            at=planned.at,
            origins=planned.origins,
        )
        await drafts.put(draft)
