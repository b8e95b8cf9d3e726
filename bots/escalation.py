"""Requests that wait for people are posted where these see them, once each. What is posted is said by the features."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

import structlog

from bots.context.feature import Post
from bots.context.knowledge import Knowledge
from bots.context.marks import REQUEST
from bots.context.reply_text import reply_of
from bots.encryption import RoomView
from bots.feature_set import FeatureSet
from bots.incoming_reader import IncomingReader
from bots.periodic import repeat
from bots.posting import PostOnce, always
from community.core.messages import Message, Translator
from community.description.person import Person
from community.description.rooms import coordinating_roles, coordination_room
from community.storage import Request, Store

log = structlog.get_logger()

LOOK_EVERY = 30.0
"""Seconds between looks for what was filed and not posted: after a crash, or where the room was not there."""


class Escalation:
    """Posts what waits for people."""

    def __init__(
        self,
        store: Store,
        once: PostOnce,
        incoming: IncomingReader,
        features: FeatureSet,
        *,
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._once = once
        self._incoming = incoming
        self._features = features
        self.people = incoming.people
        self.now = now
        self._posted: set[int] = set()
        self._unseen: set[int] = set()
        self.community = incoming.community
        self._room_key = coordination_room(self.community)
        self.coordinating_roles = coordinating_roles(self.community)

    @property
    def coordinators(self) -> RoomView | None:
        """The coordinators' room, None where there is none that we are in, none of them reads it, or others do too."""
        room = self._room
        if room is None:
            return None
        readers = set(room.entitled) - self._incoming.own
        return room if readers and readers <= {person.user_id for person in self._theirs} else None

    @property
    def watched_coordinators(self) -> list[Person]:
        """The coordinators where their room is there and others read it too: what is theirs alone goes to each."""
        room, theirs = self._room, self._theirs
        known = self._incoming.own.union(person.user_id for person in theirs)
        if room is None or known.issuperset(room.entitled):
            return []
        return [person for person in theirs if not self.is_changed(person.user_id)]

    @property
    def _room(self) -> RoomView | None:
        return None if self._room_key is None else self._incoming.rooms().get(self._room_key)

    @property
    def _theirs(self) -> list[Person]:
        return [person for person in self.people.values() if person.role in self.coordinating_roles]

    async def run(self, stop: asyncio.Event) -> None:
        """Post what is left from before, now and then until ``stop``."""
        await repeat(self.post, stop, every=LOOK_EVERY, failed="posting_requests_failed")

    async def post(self) -> None:
        """Post the requests that wait and have not been posted.

        Raises:
            PalabreError: the store or the homeserver does not answer; the next call tries again.
        """
        for each in self._features.request_types:
            for request in await self._store.requests.pending(each.kind):
                await self._post(request, list(each.posts(request, self)))

    async def _post(self, request: Request, posts: Sequence[Post]) -> None:
        if request.id in self._posted:
            return
        for room, reply in posts:
            if room is None:
                if request.id not in self._unseen:
                    self._unseen.add(request.id)
                    log.warning("nobody_to_ask", kind=request.kind)
                continue
            key = f"request/{request.idempotency_key}"
            marks = {REQUEST: str(request.id)}
            await self._once.post(
                key, room.room_id, room.room_id, due=self.now(), message=partial(always, reply), marks=marks
            )
            self._posted.add(request.id)

    async def tell_coordinators(self, key: str, message: Message) -> None:
        """Post a message to the coordinators, once for each ``key``.

        Raises:
            PalabreError: it was not posted; the next call tries again.
        """
        room, translate = self.coordinators, self.translator
        if room is None:
            log.warning("nobody_to_tell")
            return
        reply = reply_of([translate(message)], [], [], translate.language)
        await self._once.post(key, room.room_id, room.room_id, due=self.now(), message=partial(always, reply))

    def place(self, room_id: str) -> str:
        """Return what a room of ours is called to coordinators: its key; empty for a direct message."""
        rooms = self._incoming.rooms()
        return next((key for key, room in rooms.items() if room.room_id == room_id), "")

    @property
    def languages(self) -> tuple[str, ...]:
        """The community's languages."""
        return tuple(self.community.languages)

    @property
    def translator(self) -> Translator:
        """The translator into the community's first language that the bot speaks."""
        return self.knowledge.translator(self.community.languages)

    @property
    def knowledge(self) -> Knowledge:
        """What is known now."""
        return self._features.knowledge

    def direct(self, user_id: str) -> RoomView | None:
        """Return the direct message with a person."""
        return self._incoming.direct(user_id)

    def is_changed(self, user_id: str) -> bool:
        """Whether somebody's identity is another than the pinned one."""
        return self._incoming.identities.is_changed(user_id)
