"""Decides what comes of a message or a reaction: asks the features in turn. Nothing is done yet.

What may come from somebody else than it seems is answered as a stranger would be, or refused with the
reason. The rules for that stand here once; no feature has to know them.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import assert_never

from bots.context.doubtful_sender import doubtful_sender_reply, doubtful_sender_tail
from bots.context.feature import Ignored
from bots.context.incoming import IncomingMessage, incoming_message
from bots.context.kept_texts import origin
from bots.context.marks import CONVERSATION
from bots.context.message import Address, MessageContext, OverheardMessage, ReactionContext, Reply
from bots.context.reply_text import reply_of
from bots.context.short_words import reaction
from bots.context.sources import Sources
from bots.context.stranger import as_stranger
from bots.context.usage import translator_for
from bots.edited_questions import EditedQuestions
from bots.encryption import Reacted, Received
from bots.feature_set import FeatureSet
from bots.incoming_reader import IncomingReader
from bots.other_messages import OtherMessages
from bots.planned_reply import PlannedReply
from community.accounts.identities import Standing
from community.core.messages import msg
from community.description.rooms import NO_ROLE


class Router:
    """Finds the feature that answers, and plans its reply."""

    def __init__(
        self,
        features: FeatureSet,
        incoming: IncomingReader,
        sources: Sources,
        edits: EditedQuestions,
        others: OtherMessages,
    ) -> None:
        self._features = features
        self._edits = edits
        self._others = others
        self._incoming = incoming
        self._sources = sources

    async def message(self, message: Received) -> PlannedReply | None:
        """Return what comes of a message, None where it is not for the bot.

        Raises:
            PalabreError: the store or the homeserver does not answer.
        """
        standing, said = self._incoming.standing(message), incoming_message(message)
        if said.relation.edits is not None:
            return await self._edits.planned(message, said, standing)
        overheard = await self._overheard(said)
        if overheard is not None:
            return overheard if standing is Standing.PINNED else self._doubtful(standing, overheard.to)
        context = await self._incoming.read(said)
        if context is None:
            return self._others.planned(said)
        to = _address(said, context.conversation)
        if self._incoming.alumnus(context.person.user_id) is not None:
            return await self._answered_former(context, to, standing)
        if standing is Standing.PINNED and context.person.role != NO_ROLE:
            return await self._answered(context, to)
        return await self._answered_publicly(context, to, standing)

    async def reaction(self, reacted: Reacted) -> PlannedReply | None:
        """Return what comes of a reaction, None where it means nothing here.

        Reactions are not encrypted: the homeserver could make one. What takes something away asks for a word.

        Raises:
            PalabreError: the store or the homeserver does not answer.
        """
        planned, standing = await self._of_reaction(reacted), self._incoming.standing(reacted)
        if planned is None or standing is Standing.PINNED:
            return planned
        return self._doubtful(standing, planned.to)

    async def asker(self, said: Received | Reacted) -> Address | None:
        """Return where to reply to something that cannot be answered; None where it was perhaps not for the bot.

        Raises:
            PalabreError: the homeserver does not answer.
        """
        if isinstance(said, Reacted):
            found = await self._reaction(said)
            return None if found is None else found[1]
        message, where = incoming_message(said), self._incoming.where(said.room_id, said.sender)
        if where is None or not await self._incoming.is_for_bot(message, is_direct=where.is_direct):
            return None
        thread = message.in_thread
        alone = message.room_id if where.is_direct else message.event_id
        return _address(message, alone if thread is None else thread)

    # --- messages -------------------------------------------------------------------------------------------

    async def _overheard(self, message: IncomingMessage) -> PlannedReply | None:
        """Return what comes of a message that is perhaps not to the bot."""
        is_perhaps = message.refers_to is not None or message.has_number
        person = self._sources.people.get(message.sender) if is_perhaps else None
        if person is None:
            return None
        overheard = OverheardMessage(
            person, message, self._incoming.now(), self._incoming.is_clock_believed()
        )
        reply = await self._features.overheard(overheard, self._sources)
        if reply is None:
            return None
        conversation = await self._incoming.conversations.of(message, is_direct=False)
        said = (origin(message.room_id, message.event_id),)
        return _planned(reply, _address(message, conversation), self._incoming.now(), said)

    async def _answered(self, context: MessageContext, to: Address) -> PlannedReply | None:
        """Return the first feature's reply."""
        reply = await self._features.answered(context, self._sources)
        if reply is None:
            return None
        origins = (*context.draft_origins, *context.origins)
        return _planned(reply, _in_thread(reply, context, to), context.now, origins)

    async def _answered_former(
        self, context: MessageContext, to: Address, standing: Standing
    ) -> PlannedReply:
        """Return the reply to a former member: what is theirs by themselves, else that there is no more."""
        translate = self._features.translator(context.person.languages)
        if standing is not Standing.PINNED:
            refused = doubtful_sender_reply(standing, context.person, translate)
            return _planned(replace(refused, language=translate.language), to, context.now)
        reply = await self._features.answered(context, self._sources, is_former=True)
        if reply is None:
            said = msg(
                "I answer members alone. As a former member you can still write “export my data” to me, and, if you "
                "want to close your account for good, “leave the network”."
            )
            reply = reply_of([translate(said)], [], [], translate.language)
        return _planned(reply, to, context.now, context.origins)

    async def _answered_publicly(
        self, context: MessageContext, to: Address, standing: Standing
    ) -> PlannedReply | None:
        """Return the reply to a guest or who may be somebody else: what anybody may see, and no more."""
        is_guest = context.is_without_role
        refused = partial(self._not_for_guests, context) if is_guest else partial(self._doubtful, standing)
        if await self._features.concerns_guarded(context, self._sources):
            return refused(to)
        reply = await self._features.answered_publicly(as_stranger(context), self._sources)
        if reply is None:
            return None
        if any(not self._features.effect_types.of(effect).is_public for effect in reply.effects):
            return refused(to)
        if context.is_direct and not is_guest:
            translate = self._features.translator(context.person.languages)
            reply = doubtful_sender_tail(reply, standing, context.person, translate)
        return _planned(reply, to, context.now, context.origins)

    def _doubtful(self, standing: Standing, to: Address) -> PlannedReply | None:
        """Return the reply to what is not done because it may be somebody else who wants it."""
        person = self._sources.people.get(to.user_id)
        if person is None:
            return None
        translate = self._features.translator(person.languages)
        reply = replace(doubtful_sender_reply(standing, person, translate), language=translate.language)
        return _planned(reply, to, self._incoming.now())

    def _not_for_guests(self, context: MessageContext, to: Address) -> PlannedReply:
        """Return the reply to a guest who wants what is for people of the description."""
        translate = translator_for(self._features.knowledge, context)
        said = msg(
            "I do that only for people of this network. You can ask me about contacts, resources and projects."
        )
        return _planned(reply_of([translate(said)], [], [], translate.language), to, self._incoming.now())

    # --- reactions ------------------------------------------------------------------------------------------

    async def _of_reaction(self, reacted: Reacted) -> PlannedReply | None:
        found = await self._reaction(reacted)
        return None if found is None else await self._reacted(*found)

    async def _reaction(self, reacted: Reacted) -> tuple[ReactionContext, Address] | None:
        """Return what features see of a reaction to a message of the bot's, and where a reply to it goes."""
        agrees = reaction(reacted.key)
        where = self._incoming.where(reacted.room_id, reacted.sender)
        if agrees is None or where is None or where.person.role == NO_ROLE:
            return None
        conversations = self._incoming.conversations
        post = await conversations.read_back(reacted.room_id, reacted.target)
        if post is None or post.sender != self._incoming.me:
            return None
        conversation = post.marks.get(CONVERSATION, post.event_id)
        is_newest = conversations.is_newest(post.event_id, conversation, reacted.sender)
        where = replace(where, conversation=conversation)
        context = ReactionContext(reacted.key, agrees, post, where, is_newest)
        to = replace(_address(post, conversation), user_id=reacted.sender)
        return context, to

    async def _reacted(self, context: ReactionContext, to: Address) -> PlannedReply | None:
        match await self._features.react(context, self._sources):
            case Reply() as reply:
                return _planned(reply, _in_thread(reply, context.where, to), context.where.now)
            case MessageContext() as message:
                return await self._answered(await self._incoming.with_kept(message), to)
            case Ignored() | None:
                return None
            case result:
                assert_never(result)


def _address(message: IncomingMessage, conversation: str) -> Address:
    """Return where a reply to a message goes: to its sender, in its thread."""
    thread = message.relation.thread
    return Address(message.room_id, message.event_id, message.sender, thread, conversation)


def _in_thread(reply: Reply, context: MessageContext, to: Address) -> Address:
    """Return where a reply goes: in a room, what goes on over several messages goes on in a thread.

    What was begun there and is gone on with beside the thread is answered where it is said.
    """
    begins = reply.draft is not None and not context.is_direct and to.thread is None
    begins = begins and context.conversation != context.previous
    return replace(to, thread=to.event_id) if begins else to


def _planned(reply: Reply, to: Address, at: datetime, origins: tuple[str, ...] = ()) -> PlannedReply:
    return PlannedReply(
        Reply(reply.text, reply.html, reply.files, signs=reply.signs),
        to,
        at,
        reply.effects,
        is_turn=reply.is_turn,
        draft=reply.draft,
        language=reply.language,
        marks=reply.marks,
        origins=tuple(dict.fromkeys(origins)),
    )
