"""Which conversation a message belongs to, and what it replies to.

A conversation is what follow-ups refer to. In a direct message it is the room; in a room each question begins one,
named for its event. A reply to the bot's answer goes on with it, and so does a thread that is opened on the question
or on the answer; and for ten minutes a word to the bot that means nothing by itself ("!p more") goes on with what the
bot last told its sender in that room. A thread or a reply that was not encrypted counts for nothing: the homeserver
could have one's words go on with another conversation. The bot's own messages carry the name, encrypted like all they
say, so that it is found again after a restart; what was said lately is remembered.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from bots.context.incoming import IncomingMessage, incoming_message
from bots.context.kept_texts import KeptTexts, origin
from bots.context.marks import CONVERSATION
from bots.encryption import EncryptedClient
from matrix.ids import EventId, RoomId, UserId

K = TypeVar("K")
V = TypeVar("V")

REMEMBERED = 5_000
"""Events of which it is remembered what they are: ids only."""
READ_BACK = 1_000
"""Messages that are kept in memory after they were read back."""
GOES_ON_FOR = timedelta(minutes=10)
"""How long what somebody says in a room can go on with what the bot last told them there."""


class ConversationFinder:
    """Finds the conversations of messages, and reads back what they refer to, from the same room only."""

    def __init__(self, client: EncryptedClient, display_name: str, now: Callable[[], datetime]) -> None:
        self._client = client
        self._display_name = display_name
        self._now = now
        self._names: OrderedDict[str, str] = OrderedDict()
        self._newest: OrderedDict[tuple[str, str], str] = OrderedDict()
        self._exchanges: OrderedDict[tuple[str, str], tuple[datetime, str]] = OrderedDict()
        self._read: KeptTexts[tuple[str, str], IncomingMessage] = KeptTexts(READ_BACK)

    async def of(self, message: IncomingMessage, *, is_direct: bool) -> str:
        """Return the name of the message's conversation."""
        thread = message.in_thread
        refers_to = thread or message.replies_to
        if is_direct and thread is None:
            # What the homeserver says is in a thread is in no conversation, for it may be meant for another.
            return message.room_id if message.relation.thread is None else message.event_id
        if refers_to is None:
            return message.event_id
        if refers_to in self._names:
            return self._names[refers_to]
        said = await self.read_back(message.room_id, refers_to)
        mark = (
            said.marks.get(CONVERSATION) if said is not None and said.sender == self._client.user_id else None
        )
        if mark is not None:
            return mark
        if thread is None:
            # A reply to somebody else's message begins a conversation of its own.
            return message.event_id
        # A thread goes on with what its first message belongs to, which is in no thread itself.
        return refers_to if said is None else await self.of(said, is_direct=is_direct)

    def note_newest(self, room_id: str, event_id: str, name: str, user_id: str) -> None:
        """Remember the newest reply to somebody in a conversation, and in the room."""
        _remember(self._newest, (name, user_id), event_id)
        _remember(self._exchanges, (room_id, user_id), (self._now(), name))

    def last_exchange(self, message: IncomingMessage) -> str | None:
        """Return the conversation that a message in a room may go on with without a thread and without replying.

        That is the one of the bot's last reply to its sender in that room, for ten minutes.
        """
        at, name = self._exchanges.get((message.room_id, message.sender), (None, None))
        if at is None or message.refers_to is not None or self._now() - at > GOES_ON_FOR:
            return None
        return name

    def is_newest(self, event_id: str, name: str, user_id: str) -> bool:
        """Whether that is the newest reply to somebody in a conversation, as far as it is remembered."""
        return self._newest.get((name, user_id)) == event_id

    def note(self, event_id: str, name: str) -> None:
        """Remember that an event belongs to a conversation."""
        _remember(self._names, event_id, name)

    async def quoted(self, message: IncomingMessage) -> IncomingMessage | None:
        """Return the message that this one replies to, None where it replies to none or that cannot be read."""
        event_id = message.replies_to
        return None if event_id is None else await self.read_back(message.room_id, event_id)

    async def may_read(self, user_id: str, said: IncomingMessage) -> bool:
        """Whether a message that was read back may be shown to somebody: it is theirs, or they could read it then.

        Raises:
            HomeserverUnreachable: the homeserver does not answer.
        """
        if user_id == said.sender or (said.sender == self._client.user_id and user_id in said.mentions):
            return True
        return await self._client.could_read(RoomId(said.room_id), EventId(said.event_id), UserId(user_id))

    async def read_for(self, user_id: str, room_id: str, event_id: str) -> IncomingMessage | None:
        """Return a message of the room, None where it cannot be read or may not be shown to this person."""
        said = await self.read_back(room_id, event_id)
        return said if said is not None and await self.may_read(user_id, said) else None

    async def continues(self, message: IncomingMessage) -> bool:
        """Whether a message in a room is for the bot though it does not say so.

        That is a message in a thread that its sender began with a question to the bot, or that stands under the bot's
        answer to them, and a reply to the bot's answer to them; unless it mentions somebody else.
        """
        if message.mentions - {self._client.user_id} or message.refers_to is None:
            return False
        said = await self.read_back(message.room_id, message.refers_to)
        if said is None:
            return False
        if said.sender == self._client.user_id:
            return CONVERSATION in said.marks and message.sender in said.mentions
        return message.replies_to is None and said.sender == message.sender and self._was_asked(said)

    def _was_asked(self, said: IncomingMessage) -> bool:
        return said.question(self._client.user_id, self._display_name, is_direct=False) is not None

    async def read_back(self, room_id: str, event_id: str) -> IncomingMessage | None:
        """Return a message of the room, None where it cannot be read."""
        kept = self._read.get((room_id, event_id), self._now())
        if kept is not None:
            return kept.value
        read = await self._client.read_back(RoomId(room_id), EventId(event_id))
        if read is None:
            return None  # its key may come
        said = incoming_message(read)
        self._read.put((room_id, event_id), said, (origin(room_id, event_id),), self._now())
        return said

    def forget_message(self, origin: str, now: datetime) -> None:
        """Forget a message that is deleted."""
        self._read.forget_message(origin, now)

    def forget_old(self, now: datetime) -> None:
        """Forget what was read too long ago."""
        self._read.forget_old(now)


def _remember(cache: OrderedDict[K, V], key: K, value: V) -> None:
    cache[key] = value
    cache.move_to_end(key)
    while len(cache) > REMEMBERED:
        cache.popitem(last=False)
