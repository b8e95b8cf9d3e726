"""Answers a question again that its sender has edited: the answer is edited too, or withdrawn.

Clients show the new words over the old answer. Which event an edit is of stands beside the ciphertext, so that the
homeserver could have one edit another of its sender's questions: then that one's answer changes, in the same room and
for the same person. Nothing is done because of an edit.
"""

from __future__ import annotations

from dataclasses import replace

from bots.context.incoming import IncomingMessage, edited
from bots.context.kept_texts import origin
from bots.context.message import MessageContext, Reply
from bots.context.reply_text import reply_of
from bots.context.sources import Sources
from bots.context.stranger import as_stranger
from bots.encryption import Received
from bots.feature_set import FeatureSet
from bots.incoming_reader import IncomingReader
from bots.planned_reply import PlannedReply
from bots.sent_answers import SentAnswer, SentAnswers
from community.accounts.identities import Standing
from community.core.messages import msg
from matrix.ids import RoomId

_NOTHING = Reply("", "")


class EditedQuestions:
    """Plans what becomes of the answer to a question that was edited."""

    def __init__(
        self, features: FeatureSet, incoming: IncomingReader, sources: Sources, given: SentAnswers
    ) -> None:
        self._features = features
        self._incoming = incoming
        self._sources = sources
        self._given = given

    async def planned(
        self, received: Received, said: IncomingMessage, standing: Standing
    ) -> PlannedReply | None:
        """Return what takes the place of the answer; None where there is none, or it did more than answer.

        Raises:
            PalabreError: the store or the homeserver does not answer.
            FeatureFailed: a handler could not load what it needs, or has a mistake.
        """
        given, where = self._answer(said), self._incoming.where(RoomId(said.room_id), said.sender)
        if given is None or where is None or self._incoming.alumnus(said.sender) is not None:
            return None
        original = await self._incoming.conversations.read_back(said.room_id, given.to.event_id)
        if original is None or original.sender != said.sender:
            return None
        changed = edited(received, original)
        context = None if changed is None else await self._incoming.read(changed)
        self._incoming.conversations.note(given.to.event_id, given.to.conversation)
        reply = None if context is None else await self._reply(context, given, standing)
        now, origins = self._incoming.now(), (origin(said.room_id, said.event_id),)
        if reply is None:
            return PlannedReply(_NOTHING, given.to, now, replaces=given.event_ids)
        shown = Reply(reply.text, reply.html, reply.files, signs=reply.signs)
        return PlannedReply(
            shown,
            given.to,
            now,
            reply.effects,
            language=reply.language,
            replaces=given.event_ids,
            origins=origins,
        )

    def _answer(self, said: IncomingMessage) -> SentAnswer | None:
        """Return the answer to the question that is edited, if its sender asked it and it only answered."""
        given = self._given.to(said.room_id, said.relation.edits or "")
        return next((a for a in reversed(given) if a.is_plain and a.to.user_id == said.sender), None)

    async def _reply(self, context: MessageContext, given: SentAnswer, standing: Standing) -> Reply | None:
        """Return the answer to the new words, None where they are not answered."""
        context = replace(
            context, conversation=given.to.conversation, previous="", quoted=None, draft=None, awaited=()
        )
        if standing is not Standing.PINNED or context.is_without_role:
            context = replace(as_stranger(context), conversation=given.to.conversation)
        if await self._features.concerns_guarded(context, self._sources):
            return self._only_anew(context)
        reply = await self._features.answered_publicly(context, self._sources)
        types = self._features.effect_types
        if reply is not None and not all(types.of(effect).is_public for effect in reply.effects):
            return self._only_anew(context)
        return reply

    def _only_anew(self, context: MessageContext) -> Reply:
        translate = self._features.translator(context.person.languages)
        said = msg("You have changed your message. To have something done, please write it as a new message.")
        return reply_of([translate(said)], [], [], translate.language)
