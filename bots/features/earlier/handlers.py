"""Answers whoever wants to read what was said in a room before they came: why it is closed, and the way to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bots.context.feature import FeatureHandlers, Handler, Precedence, Setting, Trigger
from bots.context.knowledge import Knowledge
from bots.context.message import MessageContext, Reply
from bots.context.open_history import OpenHistory
from bots.context.reply_text import reply_of
from bots.features.earlier.effects import InviteOnceLeft
from bots.features.earlier.words import SIGNS, language_of
from community.core.messages import msg
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


@dataclass(frozen=True, slots=True)
class RoomHistory:
    """The records of `EarlierHandler`. ``by_bot``: whether the bot has invited whoever asks.

    ``has_place``: whether the description has a place in the room for them. Whom somebody else has asked in would not
    be let in again.
    """

    room_id: str
    is_open: bool
    by_bot: bool
    has_place: bool


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
        by_bot = room.invited_by.get(UserId(context.person.user_id)) == sources.rooms.me
        has_place = self._open.has_place(key, context.person.username)
        return RoomHistory(room.room_id, self._open.holds(key, room), by_bot, has_place)

    def handle(self, context: MessageContext, records: RoomHistory | None) -> Reply | None:
        """Return the reply to such a message, None for any other."""
        language = language_of(context.text, context.person.languages)
        translate = None if language is None else self.knowledge.translators.get(language)
        if translate is None:
            return None
        if records is None or context.room_key is None:
            said, helps = _IN_THE_ROOM, False
        elif not records.is_open:
            said, helps = _CLOSED, False
        elif context.is_without_role or not records.has_place:
            said, helps = _GUEST, False
        else:
            said, helps = (_INVITED if records.by_bot else _NOT_INVITED), True
        reply = reply_of([translate(said)], [], [], translate.language)
        if not helps or records is None or context.room_key is None:
            return reply
        return replace(reply, effects=(InviteOnceLeft(records.room_id, context.room_key),))


class EarlierHandlers(FeatureHandlers):
    """The handler of messages."""

    def __init__(self, setting: Setting) -> None:
        self._handler = EarlierHandler(setting.knowledge)

    @property
    def messages(self) -> Sequence[tuple[Precedence, EarlierHandler]]:
        """The one handler."""
        return ((Precedence.COMMAND, self._handler),)

    def use(self, knowledge: Knowledge) -> None:
        """Go by this state of the community from now on."""
        self._handler.knowledge = knowledge
