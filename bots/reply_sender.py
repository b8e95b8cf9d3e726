"""Sends replies and their files into rooms. The same reply sent again is the same events: nobody reads it twice."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from bots import signs
from bots.context.execution import IdentityPins
from bots.context.incoming import edit_content, reply_relation
from bots.context.marks import CONVERSATION
from bots.context.message import Address, Reply
from bots.context.message_kinds import MessageKind, content_of, mentions_of
from bots.conversations import ConversationFinder
from bots.encryption import EncryptedClient
from bots.encryption.media import file_content
from bots.errors import NotEncrypted
from bots.sent_answers import SentAnswers
from matrix.client_api import ClientApi
from matrix.ids import EventId, RoomId, UserId

_NO_MARKS: Mapping[str, str] = MappingProxyType({})


class ReplySender:
    """Sends replies into conversations."""

    def __init__(
        self,
        client: EncryptedClient,
        api: ClientApi,
        conversations: ConversationFinder,
        identities: IdentityPins,
        given: SentAnswers,
    ) -> None:
        self._client = client
        self._api = api
        self._given = given
        self._conversations = conversations
        self._identities = identities

    async def send(
        self,
        key: str,
        to: Address,
        reply: Reply,
        marks: Mapping[str, str] = _NO_MARKS,
        *,
        is_plain: bool = False,
        origins: Collection[str] = (),
    ) -> EventId:
        """Send a reply and its files, at most once for each ``key`` in a day; return the reply's event id.

        ``is_plain``: it answers and does nothing else (`SentAnswer`). ``origins`` are the messages that its words are
        from, besides the one that it answers: it is withdrawn where one of them is deleted.

        Raises:
            NotEncrypted: the room is not known to be encrypted, or we are not in it.
            MatrixError: the homeserver does not answer or refuses.
        """
        event_id = await self._send(key, to, {**content_of(MessageKind.ANSWER, reply, to.user_id), **marks})
        self._conversations.note_newest(to.room_id, event_id, to.conversation, to.user_id)
        await signs.place(self._api, RoomId(to.room_id), event_id, reply.signs)
        files = await self._send_files(key, to, reply)
        answer = (event_id, *files)
        if not self._given.note(to, answer, is_plain=is_plain, origins=origins):
            await self.withdraw(to.room_id, answer)
        return event_id

    async def replace(
        self, key: str, to: Address, replaced: Sequence[str], reply: Reply, *, origins: Collection[str] = ()
    ) -> None:
        """Edit an earlier answer into another, or withdraw it where that has no words; its files go.

        Raises:
            MatrixError: the homeserver does not answer or refuses.
        """
        first, *files = replaced
        if not reply.text:
            await self.withdraw(to.room_id, replaced)
            return
        content = {**content_of(MessageKind.ANSWER, reply, to.user_id), CONVERSATION: to.conversation}
        await self._client.send(RoomId(to.room_id), edit_content(content, first), _transaction(key))
        self._conversations.note_newest(to.room_id, first, to.conversation, to.user_id)
        await self.withdraw(to.room_id, files)
        answer = (first, *await self._send_files(key, to, reply))
        if not self._given.note(to, answer, is_plain=True, origins=origins):
            await self.withdraw(to.room_id, answer)

    async def rewrite(self, key: str, room_id: str, event_id: str, reply: Reply) -> None:
        """Edit a message of ours that is for nobody in particular. Raises MatrixError.

        Raises:
            NotEncrypted: the room is not known to be encrypted, or we are not in it.
        """
        content = edit_content(content_of(MessageKind.DECIDED, reply), event_id)
        await self._client.send(RoomId(room_id), content, _transaction(key))

    async def withdraw(self, room_id: str, event_ids: Iterable[str]) -> None:
        """Redact messages of ours. Raises MatrixError."""
        for event_id in event_ids:
            transaction = _transaction(f"withdraw/{event_id}")
            await self._api.redact_event(RoomId(room_id), EventId(event_id), transaction)

    async def _send_files(self, key: str, to: Address, reply: Reply) -> list[str]:
        mentioned = {"m.mentions": mentions_of(MessageKind.FILE, to.user_id)}
        return [
            await self._send(f"{key}/file/{number}", to, {**file_content(file), **mentioned})
            for number, file in enumerate(reply.files)
        ]

    async def bring(self, key: str, to: Address, reply: Reply, *, origins: Collection[str] = ()) -> bool:
        """Send a reply where somebody asked earlier, at most once for each ``key`` in a day; ``origins`` as in `send`.

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
            await self.send(key, to, reply, reply.marks, origins=origins)
        except NotEncrypted:
            return False
        return True

    async def _send(self, key: str, to: Address, content: Mapping[str, Any]) -> EventId:
        whole = {
            **content,
            CONVERSATION: to.conversation,
            "m.relates_to": reply_relation(to.event_id, to.thread),
        }
        event_id = await self._client.send(RoomId(to.room_id), whole, _transaction(key))
        self._conversations.note(event_id, to.conversation)
        return event_id


def _transaction(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:40]
