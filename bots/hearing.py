"""From what was said in a room to what the skills are asked: who asks, where, who reads the answer, what it goes on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import assert_never

from bots.addressing import question
from bots.conversations import Conversations
from bots.encryption import EncryptedClient, Received, RoomView
from bots.rooms import Community as OurCommunity
from bots.rooms import Direct, Foreign, Ours, Place, place, readers_of
from bots.skill import Asked, Quoted
from community.model import Community
from community.rooms import roles_admitted
from community.store import Person
from matrix.ids import RoomId

People = Mapping[str, Person]
"""The active members by their Matrix ID."""


class Hearing:
    """The bot's ears in its rooms. ``ours`` says which rooms are the community's, ``community`` what it is."""

    def __init__(
        self,
        client: EncryptedClient,
        ours: OurCommunity,
        community: Community,
        *,
        display_name: str,
        now: Callable[[], datetime],
    ) -> None:
        self.conversations = Conversations(client, display_name)
        self.ours = ours
        self.community = community
        self._client = client
        self._display_name = display_name
        self._now = now
        self._own = frozenset({client.user_id, ours.provisioner})
        self._admitted: dict[str, frozenset[str]] = {}

    def place(self, room: RoomView, people: People) -> Place:
        """Return what a room is to the bot."""
        return place(room, self.ours, me=self._client.user_id, active=people)

    def where(self, room_id: RoomId, sender: str, people: People) -> Asked | None:
        """Return what is known of whatever somebody says in a room, None where they are not listened to there."""
        room, person = self._client.rooms.get(room_id), people.get(sender)
        if room is None or person is None:
            return None
        where = self.place(room, people)
        match where:
            case Foreign():
                return None
            case Ours(locator):
                readers = readers_of(room, self._roles(locator.key), people, self._own)
                return Asked("", person, False, self._now(), locator.theme, locator.cohort, readers)
            case Direct():
                return Asked("", person, True, self._now(), readers=frozenset({person.role}))
            case _:
                assert_never(where)

    async def asked(self, message: Received, people: People) -> Asked | None:
        """Return what a message asks, None where it is not for the bot or not from an active member."""
        where = self.where(message.room_id, message.sender, people)
        text = None if where is None else await self._text(message, is_direct=where.is_direct)
        if where is None or text is None:
            return None
        conversation = await self.conversations.of(message, is_direct=where.is_direct)
        self.conversations.note(message.event_id, conversation)
        quoted = await self.conversations.quoted(message)
        return replace(
            where,
            text=text,
            conversation=conversation,
            quoted=None if quoted is None else Quoted(quoted.sender, quoted.content),
        )

    async def _text(self, message: Received, *, is_direct: bool) -> str | None:
        """Return what is said to the bot, None where a message is not for it."""
        bot, name = self._client.user_id, self._display_name
        text = question(message.content, bot=bot, display_name=name, is_direct=is_direct)
        if text is None and not is_direct and await self.conversations.continues(message):
            return question(message.content, bot=bot, display_name=name, is_direct=True)
        return text

    def _roles(self, room_key: str) -> frozenset[str]:
        if room_key not in self._admitted:
            self._admitted[room_key] = roles_admitted(self.community, room_key)
        return self._admitted[room_key]
