"""Sends replies and their files into rooms. The same reply sent again is the same events: nobody reads it twice."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from bots.context.execution import IdentityPins
from bots.context.incoming import reply_relation
from bots.context.marks import CONVERSATION
from bots.context.message import Address, Reply
from bots.conversations import ConversationFinder
from bots.encryption import EncryptedClient
from bots.encryption.media import file_content
from bots.errors import NotEncrypted
from matrix.ids import EventId, RoomId, UserId

_NO_MARKS: Mapping[str, str] = MappingProxyType({})


class ReplySender:
    """Sends replies into conversations."""

    def __init__(
        self, client: EncryptedClient, conversations: ConversationFinder, identities: IdentityPins
    ) -> None:
        self._client = client
        self._conversations = conversations
        self._identities = identities

    async def send(
        self, key: str, to: Address, reply: Reply, marks: Mapping[str, str] = _NO_MARKS
    ) -> EventId:
        """Send a reply and its files, at most once for each ``key`` in a day; return the reply's event id.

        Raises:
            NotEncrypted: the room is not known to be encrypted, or we are not in it.
            MatrixError: the homeserver does not answer or refuses.
        """
        content = {
            "msgtype": "m.notice",
            "body": reply.text,
            "format": "org.matrix.custom.html",
            "formatted_body": reply.html,
            **marks,
        }
        event_id = await self._send(key, to, content)
        self._conversations.note_newest(to.room_id, event_id, to.conversation, to.user_id)
        for number, file in enumerate(reply.files):
            await self._send(f"{key}/file/{number}", to, file_content(file))
        return event_id

    async def bring(self, key: str, to: Address, reply: Reply) -> bool:
        """Send a reply where somebody asked earlier, at most once for each ``key`` in a day.

        Returns whether they can read it there: they are in the room, and have no identity that is not accepted.

        Raises:
            MatrixError: the homeserver does not answer or refuses.
        """
        room = self._client.rooms.get(RoomId(to.room_id))
        if room is None or self._identities.is_changed(to.user_id):
            return False
        if room.members.get(UserId(to.user_id)) != "join":
            return False
        try:
            await self.send(key, to, reply)
        except NotEncrypted:
            return False
        return True

    async def _send(self, key: str, to: Address, content: Mapping[str, Any]) -> EventId:
        whole = {
            **content,
            "m.mentions": {"user_ids": [to.user_id]},
            "m.relates_to": reply_relation(to.event_id, to.thread),
            CONVERSATION: to.conversation,
        }
        transaction_id = hashlib.sha256(key.encode()).hexdigest()[:40]
        event_id = await self._client.send(RoomId(to.room_id), whole, transaction_id)
        self._conversations.note(event_id, to.conversation)
        return event_id
