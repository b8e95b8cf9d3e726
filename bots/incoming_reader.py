"""From an event to what features see of it: who writes, where, who reads the answer, and what it goes on from."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from datetime import datetime
from typing import assert_never

from bots.active import ActivePeople
from bots.context.incoming import IncomingMessage
from bots.context.message import Awaited, MessageContext
from bots.context.numbered import confirmed_number
from bots.context.short_answer import refers_back
from bots.context.shown_dates import dates_shown
from bots.context.stranger import guest
from bots.conversations import ConversationFinder
from bots.encryption import EncryptedClient, Reacted, Received, RoomView
from bots.identities import PinnedIdentities
from bots.rooms import (
    CommunityOrigin,
    Direct,
    Foreign,
    Ours,
    Place,
    ours_by_key,
    place,
    readers_of,
    spaces_by_key,
)
from community.accounts.identities import Standing
from community.core.plain_text import clean
from community.description.admitted import roles_admitted
from community.description.model import Community, Status
from community.description.person import Person
from community.description.rooms import NO_ROLE, expand_rooms
from community.storage import Store
from matrix.ids import RoomId, UserId


class IncomingReader:
    """Reads events into what features see of them.

    ``ours`` says which rooms are the community's, ``community`` is its description. ``keys_withheld``: whether devices
    of an identity that nobody has accepted get no keys of the bot's messages.
    """

    def __init__(
        self,
        client: EncryptedClient,
        ours: CommunityOrigin,
        community: Community,
        *,
        store: Store,
        display_name: str,
        now: Callable[[], datetime],
        keys_withheld: bool = False,
    ) -> None:
        self.conversations = ConversationFinder(client, display_name, now)
        self.ours = ours
        self._client = client
        self.me = client.user_id
        self.people = ActivePeople(store)
        self.identities = PinnedIdentities(store, client, self.people, now)
        self._store = store
        self._drafts = store.drafts
        self._display_name = display_name
        self.now = now
        self.own = frozenset({client.user_id, ours.provisioner})
        self.keys_withheld = keys_withheld
        self._go_by(community)
        self.described: Callable[[int], Awaitable[None]] = _unchanged
        """Is given the revision of the applied description before anything is heard (`bots.community_reloader`)."""
        self.heard: Callable[[Received | Reacted], Coroutine[object, object, None]] = _nothing
        """Is given what somebody says, before it is answered (`bots.visits`)."""
        self.admits: Callable[[RoomView, UserId], bool] = _nobody
        """Whether somebody is an admitted guest in a room (`bots.guests`)."""
        self.changes_posts: Callable[[str], bool] = lambda _text: False
        """Whether a text asks to change what a post shows (`Feature.changes_posts`)."""
        self.is_clock_believed: Callable[[], bool] = lambda: True
        """Whether what is too old may count as such (`bots.clock_watch`)."""

    def _go_by(self, community: Community) -> None:
        self.community = community
        self._names = {room.key: room.name for room in expand_rooms(community)}
        self._alumni = {one.username: one for one in community.members if one.status is Status.ALUMNI}
        self._admitted: dict[str, frozenset[str]] = {}

    def alumnus(self, user_id: str) -> Person | None:
        """Return a former member, who has no role any more; None for anybody else."""
        found = self._alumni.get(user_id[1:].partition(":")[0]) if user_id in self.people.alumni else None
        if found is None:
            return None
        return Person(user_id, found.username, found.name, NO_ROLE, None, (), tuple(found.languages))

    async def take(self, community: Community) -> None:
        """Go by another community from now on."""
        self._go_by(community)

    async def refresh(self, changed: frozenset[UserId]) -> None:
        """Take in what was applied, who is active and whose identity is pinned.

        ``changed``: whose devices have changed.

        Raises:
            StoreError: the database failed.
            HomeserverUnreachable: the homeserver does not answer.
        """
        people, identities, described = await self._store.revisions("people", "identities", "description")
        await self.people.refresh(people)
        await self.described(described)
        await self.identities.look(changed, identities)

    def place(self, room: RoomView) -> Place:
        """Return what a room is to the bot."""
        found = place(room, self.ours, me=self.me, active=self.people)
        if not isinstance(found, Foreign):
            return found
        others = [u for u in room.members if u in self.people.alumni or self.admits(room, u)]
        return place(room, self.ours, me=self.me, active=others)

    def rooms(self) -> dict[str, RoomView]:
        """Return our rooms by key."""
        return ours_by_key(self._client.rooms, self.ours, me=self._client.user_id)

    def spaces(self) -> dict[str, RoomView]:
        """Return our spaces by key."""
        return spaces_by_key(self._client.rooms, self.ours, me=self._client.user_id)

    @property
    def known_rooms(self) -> frozenset[RoomId]:
        """The rooms that the bot knows of: another set, where a direct message has come or gone."""
        return frozenset(self._client.rooms)

    def directly_with(self, room_id: str) -> str | None:
        """Return whose direct message with the bot a room is, None for any other."""
        room = self._client.rooms.get(RoomId(room_id))
        where = None if room is None else self.place(room)
        return where.other if isinstance(where, Direct) else None

    def room_name(self, key: str) -> str:
        """Return what a room of that key is called in the community's first language; the key of one not described."""
        name = self._names.get(key)
        return key if name is None else clean(name.text(*self.community.languages))

    def direct(self, user_id: str) -> RoomView | None:
        """Return the direct message with a person: one that they have joined, else one that they are invited to.

        It may be somebody whom the bot only writes to.
        """
        found = [
            room
            for room in self._client.rooms.values()
            if place(room, self.ours, me=self.me, active=(user_id,)) == Direct(UserId(user_id))
        ]
        return min(found, key=lambda r: (r.members[UserId(user_id)] != "join", r.room_id), default=None)

    def standing(self, said: Received | Reacted) -> Standing:
        """Return what is known of who has said something, and of who reads what they are told there.

        In a direct message an answer to a device that the pinned identity has signed is read by the new devices too,
        unless they get no keys: so nothing is said to it either that only its person may know.
        """
        standing = self.identities.of(said)
        room = self._client.rooms.get(said.room_id)
        if (
            standing is not Standing.PINNED
            or self.keys_withheld
            or not self.identities.is_changed(said.sender)
        ):
            return standing
        is_direct = room is not None and isinstance(self.place(room), Direct)
        return Standing.CHANGED if is_direct else standing

    def where(self, room_id: RoomId, sender: str) -> MessageContext | None:
        """Return what is known of whatever somebody says in a room, None where they are not listened to there."""
        room, person = self._client.rooms.get(room_id), self.people.get(sender)
        if room is not None and person is None and self.admits(room, UserId(sender)):
            person = guest(sender)
        if room is not None and person is None and isinstance(self.place(room), Direct):
            person = self.alumnus(sender)
        if room is None or person is None:
            return None
        where, is_believed = self.place(room), self.is_clock_believed()
        match where:
            case Foreign():
                return None
            case Ours(locator):
                readers = readers_of(room, self._roles(locator.key), self.people, self.own)
                if any(map(self.identities.is_changed, room.entitled)):
                    # Whoever reads along under a new identity is nobody until it is accepted.
                    readers |= {NO_ROLE}
                return MessageContext(
                    "",
                    person,
                    False,
                    self.now(),
                    locator.theme,
                    locator.cohort,
                    readers,
                    room_id=room_id,
                    is_clock_believed=is_believed,
                    room_key=locator.key,
                )
            case Direct():
                readers = frozenset({person.role})
                return MessageContext(
                    "",
                    person,
                    True,
                    self.now(),
                    readers=readers,
                    room_id=room_id,
                    is_clock_believed=is_believed,
                )
            case _:
                assert_never(where)

    async def read(self, message: IncomingMessage) -> MessageContext | None:
        """Return what a message asks, None where it is not for the bot or from nobody that it listens to.

        Besides what is said to the bot that is whatever its sender says where they have a draft, and “yes” and a number
        in a room soon after the bot has told them something there.
        """
        where = self.where(RoomId(message.room_id), message.sender)
        if where is None:
            return None
        where = replace(where, event_id=message.event_id)
        said = await self._text(message, is_direct=where.is_direct)
        if said is None and self._confirms(message):
            said = message.body.strip()
        if said is None and not (where.is_direct or message.refers_to is not None):
            return None
        where = await self.with_kept(await self._in_conversation(message, where, said))
        context = await self._asked(message, where, said)
        if context is not None:
            self.conversations.note(message.event_id, where.conversation)
        return context

    async def _in_conversation(
        self, message: IncomingMessage, where: MessageContext, said: str | None
    ) -> MessageContext:
        """Return a message with its conversation, and the one that it may go on with.

        In a room, a word that means nothing by itself belongs to what the bot last told its sender there. What they are
        editing goes on with nothing else that they say outside its thread.
        """
        last = None if where.is_direct else self.conversations.last_exchange(message)
        if last is not None and said is not None and refers_back(said):
            return replace(where, conversation=last, previous=last)
        conversation = await self.conversations.of(message, is_direct=where.is_direct)
        return replace(where, conversation=conversation, previous=last or "")

    async def is_for_bot(self, message: IncomingMessage, *, is_direct: bool) -> bool:
        """Whether a message is said to the bot, or in reply to a message of the bot's."""
        if self._confirms(message) or await self._text(message, is_direct=is_direct) is not None:
            return True
        if is_direct or message.mentions - {self.me}:
            return is_direct and message.caption is not None
        quoted = await self.conversations.quoted(message)
        return quoted is not None and quoted.sender == self.me

    async def with_kept(self, where: MessageContext) -> MessageContext:
        """Return a message with what is kept of what its sender has said before."""
        kept = await self._drafts.waiting(where.room_id, where.conversation, where.person.user_id)
        here = next((each for each in kept if each.room_id), None)
        awaited = tuple(
            Awaited(each.conversation, each.content, each.at) for each in kept if not each.room_id
        )
        if here is None:
            return replace(where, draft=None, awaited=awaited)
        return replace(where, draft=here.content, draft_origins=here.origins, awaited=awaited)

    async def _asked(
        self, message: IncomingMessage, where: MessageContext, said: str | None
    ) -> MessageContext | None:
        caption, draft = message.caption, where.draft
        if caption is not None and (draft is not None or (where.is_direct and caption)):
            # The file itself is what is spoken of.
            return replace(where, text=caption, quoted=message)
        to_others = message.mentions - {self._client.user_id}
        if said is None and draft is not None and not to_others:
            said = self._spoken(message, is_direct=True)
        if said is None:
            return None
        return await self._with_quoted(replace(where, text=said), message)

    async def _with_quoted(self, where: MessageContext, message: IncomingMessage) -> MessageContext:
        """Return a message with the one that it replies to, if its sender could read that when it was said."""
        quoted = await self.conversations.quoted(message)
        if quoted is None:
            return where
        if await self.conversations.may_read(message.sender, quoted):
            return replace(where, quoted=quoted, shown=dates_shown(quoted, self.me))
        return replace(where, hides_quoted=True)

    async def _text(self, message: IncomingMessage, *, is_direct: bool) -> str | None:
        """Return what is said to the bot, None where a message is not for it."""
        text = self._spoken(message, is_direct=is_direct)
        if text is not None or is_direct:
            return text
        if await self.conversations.continues(message) or await self._is_about_a_post(message):
            return self._spoken(message, is_direct=True)
        return None

    async def _is_about_a_post(self, message: IncomingMessage) -> bool:
        """Whether a message in a room asks, in reply to a post of the bot's, to change a date that it shows."""
        if message.replies_to is None or message.text is None or message.mentions - {self.me}:
            return False
        if not self.changes_posts(message.text):
            return False
        post = await self.conversations.quoted(message)
        return post is not None and bool(dates_shown(post, self.me))

    def _confirms(self, message: IncomingMessage) -> bool:
        """Whether a message that stands alone may confirm, without naming the bot, what that has just shown."""
        if not message.has_number or message.mentions - {self.me}:
            return False
        is_number = message.text is not None and confirmed_number(message.text) is not None
        return is_number and self.conversations.last_exchange(message) is not None

    def _spoken(self, message: IncomingMessage, *, is_direct: bool) -> str | None:
        return message.question(self.me, self._display_name, is_direct=is_direct)

    def _roles(self, room_key: str) -> frozenset[str]:
        if room_key not in self._admitted:
            self._admitted[room_key] = roles_admitted(self.community, room_key)
        return self._admitted[room_key]


async def _unchanged(_revision: int) -> None:
    pass


async def _nothing(_said: Received | Reacted) -> None:
    pass


def _nobody(_room: RoomView, _user: UserId) -> bool:
    return False
