"""Answers whoever wants to read what was said in a room before they came: why it is closed, and the way to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bots.context.feature import (
    FeatureHandlers,
    Handler,
    Ignored,
    Precedence,
    ReactionHandler,
    Setting,
    Trigger,
)
from bots.context.knowledge import Knowledge
from bots.context.marks import RETURNS
from bots.context.message import MessageContext, ReactionContext, Reply
from bots.context.open_history import OpenHistory
from bots.context.reply_text import reply_of
from bots.context.short_words import asked_signs
from bots.features.earlier.effects import InviteOnceLeft
from bots.features.earlier.words import SIGNS, language_of
from community.core.messages import Message, Translator, msg
from matrix.ids import UserId

if TYPE_CHECKING:
    from bots.context.sources import Sources

_IN_THE_ROOM = msg(
    "Write that in the room whose earlier messages you mean: “!p show me what was said before”."
)
_CLOSED = msg(
    "What was said here before you came stays with those who were here: this room is set so. What I have posted myself "
    "I tell you again: ask me “what did I miss?”."
)
_GUEST = msg("Ask whoever has invited you here: only they can give you what was said before.")
_NOT_INVITED = msg(
    "You came here without an invitation of mine, so nobody has given your device the keys of what was said before. "
    "Leave this room now: within a minute I invite you again, and some seconds after you accept, you can read it."
)
_INVITED = msg(
    "Some seconds after you accepted my invitation I gave your devices the keys of what was said before; only the one "
    "on which you accepted reads it at once. If it stays closed there, leave this room now: within a minute I invite "
    "you again, and some seconds after you accept, you can read it. Some of it may stay closed for good."
)
_ONE_TAP = msg("Or react with ✅ to this message: then I take you out of the room and invite you again.")
_TAKING_OUT = msg(
    "I take you out of this room in a moment and invite you again. Accept the invitation: some seconds later you can "
    "read what was said before. If you are still here in a minute, leave the room yourself."
)


@dataclass(frozen=True, slots=True)
class RoomHistory:
    """The records of `EarlierHandler`. ``by_bot``: whether the bot has invited whoever asks.

    ``has_place``: whether the description has a place in the room for them. Whom somebody else has asked in would not
    be let in again. ``may_take_out``: whether the bot can do so.
    """

    room_id: str
    room_key: str
    is_open: bool
    by_bot: bool
    has_place: bool
    may_take_out: bool

    def helps(self, context: MessageContext) -> bool:
        """Whether to be invited again is the way for whoever asks."""
        return self.is_open and self.has_place and not context.is_without_role


class EarlierHandler(Handler[MessageContext, RoomHistory | None]):
    """The handler of messages."""

    trigger = Trigger(contains=SIGNS)

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        self._open = OpenHistory(lambda: self.knowledge.community)

    async def load(self, context: MessageContext, sources: Sources) -> RoomHistory | None:
        """Return how it is with the room's history, None in a direct message."""
        key = context.room_key
        room = None if key is None else sources.rooms.rooms().get(key)
        if key is None or room is None:
            return None
        person, is_open = context.person, self._open.holds(key, room)
        by_bot = room.invited_by.get(UserId(person.user_id)) == sources.rooms.me
        has_place = self._open.has_place(key, person.username)
        may_take_out = self._open.may_take_out(key, person.username)
        return RoomHistory(room.room_id, key, is_open, by_bot, has_place, may_take_out)

    def handle(self, context: MessageContext, records: RoomHistory | None) -> Reply | None:
        """Return the reply to such a message, None for any other."""
        language = language_of(context.text, context.person.languages)
        translate = None if language is None else self.knowledge.translators.get(language)
        if translate is None:
            return None
        if records is not None and records.helps(context):
            return _way(records, context.person.user_id, translate)
        said = _closed(records) if records is not None else _IN_THE_ROOM
        return reply_of([translate(said)], [], [], translate.language)


def _closed(records: RoomHistory) -> Message:
    """Return why it stays closed."""
    return _GUEST if records.is_open else _CLOSED


def _way(records: RoomHistory, user_id: str, translate: Translator) -> Reply:
    """Return how somebody comes to read it: they leave, or the bot takes them out, and are invited again."""
    said = [_INVITED if records.by_bot else _NOT_INVITED, *([_ONE_TAP] if records.may_take_out else ())]
    reply = reply_of([translate(each) for each in said], [], [], translate.language)
    effects, marks = (InviteOnceLeft(records.room_id, records.room_key),), {RETURNS: user_id}
    return replace(
        reply, effects=effects, signs=asked_signs(said), marks=marks if records.may_take_out else {}
    )


class EarlierReactions(ReactionHandler[RoomHistory | None]):
    """Takes whoever has asked, and reacts to the reply, out of the room: they are invited again.

    Reactions are not encrypted: the homeserver could make one. It could put somebody out of a room without it too.
    """

    def __init__(self, messages: EarlierHandler) -> None:
        self._messages = messages

    async def load(self, context: ReactionContext, sources: Sources) -> RoomHistory | None:
        """Return how it is with the room's history, None of any other message than such a reply."""
        return await self._messages.load(context.where, sources) if RETURNS in context.message.marks else None

    def handle(self, context: ReactionContext, records: RoomHistory | None) -> Reply | Ignored | None:
        """Return the reply, None where the reaction is to something else."""
        asker = context.message.marks.get(RETURNS)
        if asker is None:
            return None
        where = context.where
        is_asked = context.agrees and asker == where.person.user_id
        if not is_asked or records is None or not records.may_take_out or not records.helps(where):
            return Ignored()
        translate = self._messages.knowledge.translator(where.person.languages)
        reply = reply_of([translate(_TAKING_OUT)], [], [], translate.language)
        return replace(reply, effects=(InviteOnceLeft(records.room_id, records.room_key, takes_out=True),))


class EarlierHandlers(FeatureHandlers):
    """The handlers of messages and of reactions."""

    def __init__(self, setting: Setting) -> None:
        self._handler = EarlierHandler(setting.knowledge)

    @property
    def messages(self) -> Sequence[tuple[Precedence, EarlierHandler]]:
        """The one handler."""
        return ((Precedence.COMMAND, self._handler),)

    @property
    def reactions(self) -> EarlierReactions:
        """The handler of reactions to its replies."""
        return EarlierReactions(self._handler)

    def use(self, knowledge: Knowledge) -> None:
        """Go by this state of the community from now on."""
        self._handler.knowledge = knowledge
